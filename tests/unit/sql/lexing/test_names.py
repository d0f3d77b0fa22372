"""Names as they are written in settings."""

from __future__ import annotations

import pytest

from dsql_tui.sql.lexing.names import schemas_in


@pytest.mark.parametrize(
    ("setting", "schemas"),
    [
        ("public", ("pg_catalog", "public")),
        ('"$user", public', ("pg_catalog", "app_rw", "public")),
        ('"Mixed, Case", "a""b"', ("pg_catalog", "Mixed, Case", 'a"b')),
        ("audit, pg_catalog", ("audit", "pg_catalog")),
        ('""', ("pg_catalog", "")),
    ],
)
def test_a_search_path_is_read_as_the_server_reads_it(
    setting: str, schemas: tuple[str, ...]
) -> None:
    assert schemas_in(setting, "app_rw") == schemas
