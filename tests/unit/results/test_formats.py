"""Values as the person wants to see them."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from dsql_tui.model.result import Column
from dsql_tui.results.formats import Formats, formatter, group_digits, in_zone
from dsql_tui.results.kinds import Kind, kind_of, type_name
from tests.support.rows import TYPE_OIDS


@pytest.mark.parametrize(
    ("text", "grouped"),
    [
        ("1234567.8901", "1,234,567.8901"),
        ("-1234", "-1,234"),
        ("123", "123"),
        ("1e+20", "1e+20"),
        ("NaN", "NaN"),
    ],
)
def test_digits_are_grouped_before_the_point(text: str, grouped: str) -> None:
    assert group_digits(text) == grouped


@pytest.mark.parametrize(
    ("text", "there"),
    [
        ("2026-11-21 06:00:00+00", "2026-11-21 07:00:00+01"),
        ("2026-07-01 06:00:00.120+00", "2026-07-01 08:00:00.120+02"),
        ("infinity", "infinity"),
        ("0044-03-15 00:00:00+00 BC", "0044-03-15 00:00:00+00 BC"),
    ],
)
def test_moments_move_to_a_zone(text: str, there: str) -> None:
    assert in_zone(text, ZoneInfo("Europe/Berlin")) == there


def test_nothing_is_changed_unasked_but_booleans() -> None:
    changing = [kind for kind in Kind if formatter(kind, Formats())]
    assert changing == [Kind.BOOLEAN]


def test_types_are_named_as_sql_writes_them() -> None:
    assert type_name(Column("p", TYPE_OIDS["numeric"], (12 << 16 | 2) + 4)) == "numeric(12,2)"
    assert type_name(Column("v", 1043, 44)) == "character varying(40)"
    assert type_name(Column("a", TYPE_OIDS["text[]"])) == "text[]"
    assert kind_of(Column("a", TYPE_OIDS["text[]"])) is Kind.ARRAY
    assert type_name(Column("x", 99_999)) == "type 99999"
