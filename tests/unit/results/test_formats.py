"""Formats of values that the user can choose."""

from __future__ import annotations

import time
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from dsql_tui.model.result import Column
from dsql_tui.results.formats import Formats, LocalZone, formatter, group_digits, in_zone
from dsql_tui.results.kinds import ValueKind, kind_of, type_name
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
    changing = [kind for kind in ValueKind if formatter(kind, Formats())]
    assert changing == [ValueKind.BOOLEAN]


def test_types_are_named_as_sql_writes_them() -> None:
    assert type_name(Column("p", TYPE_OIDS["numeric"], (12 << 16 | 2) + 4)) == "numeric(12,2)"
    assert type_name(Column("v", 1043, 44)) == "character varying(40)"
    assert type_name(Column("a", TYPE_OIDS["text[]"])) == "text[]"
    assert kind_of(Column("a", TYPE_OIDS["text[]"])) is ValueKind.ARRAY
    assert type_name(Column("x", 99_999)) == "type 99999"


def test_the_local_zone_follows_the_machine_through_the_year(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    try:
        zone = LocalZone()
        assert in_zone("2026-01-15 12:00:00.5+00", zone) == "2026-01-15 13:00:00.5+01"
        assert in_zone("2026-07-15 12:00:00+00", zone) == "2026-07-15 14:00:00+02"
        assert in_zone("0001-01-01 00:00:00+00", zone).startswith("0001-01-01")
        assert datetime(2026, 7, 15, 14, tzinfo=zone).isoformat() == "2026-07-15T14:00:00+02:00"
    finally:
        monkeypatch.undo()
        time.tzset()
