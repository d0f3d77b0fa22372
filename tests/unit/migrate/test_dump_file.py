r"""Which files of pg_dump are refused before a server is started for them."""

from __future__ import annotations

from pathlib import Path

import pytest

from dsql_tui.errors import InputError
from dsql_tui.migrate.dump_file import check_dump


@pytest.mark.parametrize(
    ("head", "message"),
    [
        (b"PGDMP\x01\x0e\x00", "custom format"),
        (b"toc.dat" + b"\0" * 250 + b"ustar\x0000", "tar format"),
    ],
)
def test_another_format_is_refused_with_the_line_that_makes_it_plain(
    head: bytes, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "shop.dump"
    path.write_bytes(head)
    with pytest.raises(InputError, match=message) as refused:
        check_dump(path)
    assert "pg_restore -f dump.sql shop.dump" in refused.value.remedy


def test_a_folder_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a folder") as refused:
        check_dump(tmp_path)
    assert "pg_restore" in refused.value.remedy
    with pytest.raises(InputError, match="cannot be read: No such file"):
        check_dump(tmp_path / "missing.sql")


def test_a_plain_file_is_accepted(tmp_path: Path) -> None:
    path = tmp_path / "dump.sql"
    path.write_text("--\n-- PostgreSQL database dump\n--\n", encoding="utf-8")
    check_dump(path)
