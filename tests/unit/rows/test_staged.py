"""Staged changes: what each edit leaves, undo and redo."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from dsql_tui.rows.staged import (
    DEFAULT,
    UNDO_STEPS,
    Added,
    ChangeStack,
    Deleted,
    Edited,
    NewKey,
    RowKey,
    Staged,
    Value,
)

ROW = RowKey(7, ("a",))
SHOWN = {1: "a", 3: "paid", 4: None, 5: ""}
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=3)
VALUES: st.SearchStrategy[Value] = st.none() | st.just(DEFAULT) | TEXT


def edited(**cells: Value) -> Staged:
    staged = Staged()
    for name, value in cells.items():
        staged = staged.set_cell(ROW, int(name[1:]), value, SHOWN)
    return staged


@pytest.mark.parametrize(
    ("value", "stays"),
    [("paid", False), ("", True), (None, True), (DEFAULT, True), ("paid ", True)],
)
def test_a_value_that_is_stored_already_is_no_change(value: Value, stays: bool) -> None:
    assert bool(edited(_3=value)) is stays


def test_null_empty_and_default_are_three_values() -> None:
    staged = edited(_5=None, _4="", _3=DEFAULT)
    assert staged.changes[ROW] == Edited({5: None, 4: "", 3: DEFAULT}, SHOWN)
    assert not edited(_4=None)
    assert not edited(_5="")


def test_an_edit_back_to_the_stored_value_leaves_the_other_cells() -> None:
    staged = edited(_3="sent", _4="1").set_cell(ROW, 3, "paid", SHOWN)
    assert staged.changes == {ROW: Edited({4: "1"}, SHOWN)}
    assert staged.revert_cell(ROW, 4).changes == {}
    assert staged.revert_cell(ROW, 3) is staged


def test_a_row_keeps_what_was_shown_when_it_was_edited_first() -> None:
    staged = edited(_3="sent").set_cell(ROW, 4, "1", {**SHOWN, 3: "moved"})
    assert staged.changes == {ROW: Edited({3: "sent", 4: "1"}, SHOWN)}


def test_a_row_marked_for_deletion_is_not_edited_and_can_be_unmarked() -> None:
    staged = edited(_3="sent").toggle_deleted(ROW, SHOWN)
    assert staged.changes == {ROW: Deleted(SHOWN)}
    assert staged.set_cell(ROW, 3, "x", SHOWN) is staged
    assert staged.revert_cell(ROW, 3) is staged
    assert not staged.toggle_deleted(ROW, SHOWN)


def test_added_rows_have_numbers_of_their_own_that_are_not_used_again() -> None:
    staged = Staged().add(7, {3: "new"}).add(7, {})
    first, second = staged.new_rows()
    assert staged.changes == {first: Added({3: "new"}), second: Added({})}
    staged = staged.set_cell(second, 4, None, {}).without([first]).add(7, {})
    assert staged.new_rows() == [NewKey(7, 2), NewKey(7, 3)]
    assert staged.revert_cell(second, 4).changes[second] == Added({})


def test_changes_are_counted_by_what_happens_to_the_row() -> None:
    staged = edited(_3="sent").add(7, {}).toggle_deleted(RowKey(7, ("b",)), SHOWN)
    assert (len(staged), staged.words()) == (3, "1 changed, 1 added, 1 to delete")
    assert Staged().words() == ""


def test_a_reloaded_row_keeps_the_edits_and_shows_what_is_stored() -> None:
    now = {**SHOWN, 3: "returned", 4: "1"}
    staged = edited(_3="sent", _4="1").reloaded(ROW, now)
    assert staged.changes == {ROW: Edited({3: "sent"}, now)}
    assert not edited(_4="1").reloaded(ROW, now)
    marked = Staged().toggle_deleted(ROW, SHOWN).reloaded(ROW, now)
    assert marked.changes == {ROW: Deleted(now)}
    assert Staged().reloaded(ROW, now) == Staged()


def test_undo_and_redo_go_step_by_step_until_a_new_edit() -> None:
    stack = ChangeStack()
    states = [edited(_3=str(number)) for number in range(3)]
    assert [stack.stage(state) for state in (*states, states[-1])] == [True, True, True, False]
    assert stack.undo()
    assert stack.undo()
    assert stack.now == states[0]
    assert stack.redo()
    assert stack.now == states[1]
    assert stack.stage(edited(_4="x"))
    assert not stack.redo()
    stack.forget(states[2])
    assert not stack.undo()
    assert stack.now == states[2]


def test_the_last_edits_can_be_undone() -> None:
    stack = ChangeStack()
    for number in range(UNDO_STEPS + 5):
        stack.stage(edited(_3=str(number)))
    assert sum(iter(stack.undo, False)) == UNDO_STEPS
    assert stack.now == edited(_3="4")


class Editing(RuleBasedStateMachine):
    """Random edits agree with a list of what the person did."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ChangeStack()
        self.history = [Staged()]
        self.at = 0

    def _staged(self, staged: Staged) -> None:
        if self.stack.stage(staged):
            self.history = [*self.history[: self.at + 1], staged]
            self.at += 1

    @rule(row=st.sampled_from("abc"), number=st.sampled_from([3, 4, 5]), value=VALUES)
    def edit(self, row: str, number: int, value: Value) -> None:
        shown = {**SHOWN, 1: row}
        self._staged(self.stack.now.set_cell(RowKey(7, (row,)), number, value, shown))

    @rule(row=st.sampled_from("abc"))
    def mark(self, row: str) -> None:
        self._staged(self.stack.now.toggle_deleted(RowKey(7, (row,)), SHOWN))

    @rule(values=st.dictionaries(st.sampled_from([1, 3, 4]), VALUES))
    def add(self, values: dict[int, Value]) -> None:
        self._staged(self.stack.now.add(7, values))

    @precondition(lambda self: self.at > 0)
    @rule()
    def undo(self) -> None:
        assert self.stack.undo()
        self.at -= 1

    @precondition(lambda self: self.at < len(self.history) - 1)
    @rule()
    def redo(self) -> None:
        assert self.stack.redo()
        self.at += 1

    @invariant()
    def agrees(self) -> None:
        assert self.stack.now == self.history[self.at]
        for change in self.stack.now.changes.values():
            if isinstance(change, Edited):
                assert change.values
                assert all(change.shown[n] != value for n, value in change.values.items())


TestEditing = Editing.TestCase
TestEditing.settings = settings(max_examples=20, stateful_step_count=20)
