"""Staged changes are saved with the tab, and staged again where they fit."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsql_tui.rows import saved as saved_module
from dsql_tui.rows.saved import SavedChanges, fits, from_text, restored, saved_changes, to_text
from dsql_tui.rows.staged import DEFAULT, Change, Deleted, Edited, Row, RowKey, Staged
from tests.unit.rows.tables import LINES, ORDERS, editable

HOST, STYLES = "a.dsql.us-east-1.on.aws", ("ISO, MDY", "postgres", "UTC")
TABLE = editable(ORDERS)
TEXTS = st.one_of(st.none(), st.text(st.characters(codec="utf-8", exclude_characters="\0")))
VALUES = st.one_of(TEXTS, st.just(DEFAULT))
NUMBERS = st.sampled_from([3, 4, 5])
KEYS = st.text("ab", min_size=1, max_size=2)


@st.composite
def changes(draw: st.DrawFn) -> Staged:
    staged = Staged()
    for _ in range(draw(st.integers(0, 4))):
        values = draw(st.dictionaries(NUMBERS, VALUES, min_size=1))
        row: Row = RowKey(7, (draw(KEYS),))
        shown = {number: draw(TEXTS) for number in (1, 3, 4, 5)}
        change: Change = Edited(values, shown) if draw(st.booleans()) else Deleted(shown)
        staged = staged.with_change(row, change) if draw(st.booleans()) else staged.add(7, values)
    return staged


def only_what_changed(staged: Staged) -> Staged:
    """Return changes as they are saved: of an edited row, the old values of its changed cells."""
    for row, change in staged.changes.items():
        if isinstance(change, Edited):
            shown = {number: change.shown[number] for number in change.values}
            staged = staged.with_change(row, Edited(change.values, shown))
    return staged


def saved(staged: Staged) -> tuple[SavedChanges, ...]:
    sets = from_text(to_text(saved_changes(staged, [TABLE], HOST, STYLES)))
    assert sets is not None
    return sets


@given(changes())
def test_changes_come_back_as_they_were(staged: Staged) -> None:
    again = Staged()
    for each in saved(staged):
        assert fits(each, TABLE, HOST, STYLES)
        again, left_out = restored(again, each, TABLE)
        assert left_out == 0
    assert [*again.changes.values()] == [*only_what_changed(staged).changes.values()]
    rows = [row for row in staged.changes if isinstance(row, RowKey)]
    assert [row for row in again.changes if isinstance(row, RowKey)] == rows


def test_only_what_was_changed_is_saved_by_table() -> None:
    shown = {1: "a", 3: "paid", 4: "unchanged"}
    staged = Staged().set_cell(RowKey(7, ("a",)), 3, "sent", shown)
    staged = staged.set_cell(RowKey(8, ("a", "1")), 3, "2", {3: "of lines"})
    text = to_text(saved_changes(staged, [TABLE], HOST, STYLES))
    assert "paid" in text
    assert "unchanged" not in text
    assert "of lines" not in text
    assert to_text(saved_changes(Staged(), [TABLE], HOST, STYLES)) == ""


def test_changes_fit_the_same_table_key_place_and_way_of_writing() -> None:
    (own,) = saved(Staged().add(7, {3: "x"}))
    assert fits(own, TABLE, HOST, STYLES)
    assert not fits(own, TABLE, "another.host", STYLES)
    assert not fits(own, TABLE, HOST, ("SQL, DMY",))
    assert not fits(own, editable(LINES), HOST, STYLES)
    assert not fits(replace(own, key=("status",)), TABLE, HOST, STYLES)


@pytest.mark.parametrize(
    "text", ["{", "{}", "[1]", '[{"schema": 1}]', '[{"rows": 1}]', "null", "[" * 100_000]
)
def test_damaged_changes_are_none(text: str) -> None:
    assert from_text(text) is None


@pytest.mark.parametrize(
    "entry",
    [
        {"key": ["a"], "values": {"gone": "x"}, "shown": {}},
        {"key": [1], "values": {}, "shown": {}},
        {"key": ["a"], "values": {"status": 3}, "shown": {}},
        {"key": ["a"]},
        {"values": []},
    ],
)
def test_a_change_that_the_table_cannot_have_is_counted(entry: dict[str, Any]) -> None:
    good = {"key": ["b"], "values": {"status": "x"}, "shown": {"status": "y"}}
    (own,) = saved(Staged().add(7, {3: "x"}))
    before = Staged().add(7, {3: "first"})
    again, left_out = restored(before, replace(own, rows=(entry, good)), TABLE)
    assert left_out == 1
    assert again.changes == {**before.changes, RowKey(7, ("b",)): Edited({3: "x"}, {3: "y"})}


def test_too_many_changes_are_not_saved(monkeypatch: pytest.MonkeyPatch) -> None:
    sets = saved(Staged().add(7, {3: "x"}))
    size = len(json.dumps([asdict(each) for each in sets]))
    for most, is_saved in ((size, True), (size - 1, False)):
        monkeypatch.setattr(saved_module, "SIZE_MAX_CHARACTERS", most)
        assert bool(to_text(sets)) is is_saved
