from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsql_tui.errors import InputError
from dsql_tui.load.batches import BadRow, Batch, cut, halves
from dsql_tui.load.records import FIELD_MAX_BYTES, Record
from dsql_tui.load.target import parse_name

VALUES = st.lists(st.one_of(st.none(), st.text(max_size=20)), min_size=2, max_size=2)


def numbered(rows: list[list[str | None]]) -> Iterator[Record]:
    return (Record(line, tuple(values)) for line, values in enumerate(rows, start=1))


def batches(rows: list[list[str | None]], rows_max: int = 3, bytes_max: int = 40) -> list[Batch]:
    return list(cut(numbered(rows), rows_max=rows_max, bytes_max=bytes_max))


@given(st.lists(VALUES, max_size=20))
def test_every_row_is_in_exactly_one_batch(rows: list[list[str | None]]) -> None:
    found = batches(rows)
    lines = [row.line for batch in found for row in batch.rows]
    lines += [row.line for batch in found for row in batch.bad]
    assert sorted(lines) == list(range(1, len(rows) + 1))
    assert [batch.number for batch in found] == list(range(1, len(found) + 1))


@given(st.lists(VALUES, max_size=20))
def test_no_batch_is_over_a_limit_but_for_a_single_row(rows: list[list[str | None]]) -> None:
    for batch in batches(rows):
        assert len(batch.rows) + len(batch.bad) <= 3
        assert len(batch.rows) <= 1 or sum(len(row.data) for row in batch.rows) <= 40


@given(st.lists(VALUES, min_size=1, max_size=5))
def test_copy_text_can_be_read_back(rows: list[list[str | None]]) -> None:
    unescape = {"\\\\": "\\", "\\t": "\t", "\\n": "\n", "\\r": "\r"}
    for batch in batches(rows, bytes_max=10_000, rows_max=10):
        for row in batch.rows:
            line = row.data.decode()
            assert line.endswith("\n")
            fields = []
            for field in line[:-1].split("\t"):
                text, at = "", 0
                while at < len(field):
                    piece = unescape.get(field[at : at + 2], field[at])
                    at += 2 if field[at : at + 2] in unescape else 1
                    text += piece
                fields.append(None if field == "\\N" else text)
            assert tuple(fields) == row.values


@pytest.mark.parametrize(
    ("value", "reason"), [("a\0b", "NUL"), ("ä" * (FIELD_MAX_BYTES // 2 + 1), "larger than 1 MiB")]
)
def test_what_no_column_can_hold_is_set_aside_before_it_is_sent(value: str, reason: str) -> None:
    [batch] = batches([[value, None]])
    [bad] = batch.bad
    assert isinstance(bad, BadRow)
    assert reason in bad.reason


def test_halves_are_both_of_something() -> None:
    [batch] = batches([["1", None], ["2", None], ["3", None]])
    one, other = halves(batch.rows)
    assert (*one, *other) == batch.rows
    assert one
    assert other


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("items", ("public", "items")),
        ("Shop.Items", ("shop", "items")),
        ('"My Shop"."a.b"', ("My Shop", "a.b")),
    ],
)
def test_a_table_is_named_as_in_sql(text: str, name: tuple[str, str]) -> None:
    assert parse_name(text) == name


@pytest.mark.parametrize("text", ["", "a.b.c", "a b", "a;drop table b", "1", "a."])
def test_what_is_no_name_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        parse_name(text)
