"""Keys take effect in the order in which they were typed, however fast they arrive."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest
from hypothesis import settings

from tests.terminal.console import KEYS, TypedConsole, click, paste

START = "select * from a;\nselect 2 as two;\n"
LETTERS = [*"abcdnxyz 129;", paste("select * from a"), paste("x\ny")]
EDITING = [
    "enter",
    "tab",
    "backspace",
    "delete",
    "up",
    "down",
    "left",
    "right",
    "home",
    "end",
    "shift+left",
    "shift+up",
    "f5",
]
OTHERS = sorted(KEYS.keys() - {*EDITING, "escape"})
OTHERS += [click(60, 4), click(45, 3), click(10, 6), click(70, 24)]
"""Without escape: followed by a letter in one burst it is alt with that letter."""
SEQUENCES = 1_500 if settings._current_profile == "thorough" else 150
LONGEST = 12


def sequences() -> Iterator[list[str]]:
    """Yield the same random sequences of keys each time."""
    random = Random(8)
    for _ in range(SEQUENCES):
        kinds = random.choices((LETTERS, EDITING, OTHERS), (5, 3, 2), k=random.randint(2, LONGEST))
        yield [random.choice(kind) for kind in kinds]


@pytest.fixture(scope="module")
def console() -> Iterator[TypedConsole]:
    with TypedConsole() as typed:
        yield typed


def test_a_burst_of_keys_has_the_effect_of_single_key_presses(console: TypedConsole) -> None:
    """Two consoles run the same sequence, so its final state is the same in both."""
    with TypedConsole() as patient:
        for keys in sequences():
            for each in (console, patient):
                each.reset(START)
            assert console.burst(keys) == patient.one_by_one(keys), keys


def test_a_letter_typed_after_run_is_not_part_of_what_runs(console: TypedConsole) -> None:
    console.reset("")
    state = console.burst([*"select 1", "f5", "2"])
    assert state["ran"] == ["select 1"]
    assert state["texts"] == ["select 12"]


def test_the_statement_at_the_cursor_runs_where_the_cursor_was_at_the_key(
    console: TypedConsole,
) -> None:
    console.reset("")
    state = console.burst([*"select 1 as first_one;", "f5", "enter", *"select 2 as second_one"])
    assert state["ran"] == ["select 1 as first_one"]


def test_keys_that_delete_do_so_before_the_letters_after_them(console: TypedConsole) -> None:
    console.reset("")
    keys = [*"q abc", "backspace", "backspace", "backspace", *"xyz 1"]
    assert console.burst(keys)["texts"] == ["q xyz 1"]


def test_letters_after_a_movement_are_typed_where_it_led(console: TypedConsole) -> None:
    console.reset("ab")
    assert console.burst(["home", "x", "end", "y"])["texts"] == ["xaby"]


def test_letters_after_a_key_that_opens_a_dialog_go_into_the_dialog(console: TypedConsole) -> None:
    console.reset("select 1")
    state = console.burst(["ctrl+o", *"abc"])
    assert state["texts"] == ["select 1"]
    assert state["inputs"] == ["abc"]


def test_letters_after_a_new_tab_go_into_the_new_tab(console: TypedConsole) -> None:
    console.reset("select 1")
    assert sorted(console.burst(["ctrl+t", *"xy"])["texts"]) == ["select 1", "xy"]


def test_no_key_typed_before_a_question_was_shown_answers_it(console: TypedConsole) -> None:
    console.reset("drop table a")
    state = console.burst(["f5", "right", "enter", "right", "right", "enter"])
    assert state["screens"][-1] == "DangerDialog"
    assert state["ran"] == []
    assert console.one_by_one(["right", "enter"])["ran"] == ["drop table a"]


def test_an_error_moves_the_cursor_to_its_place(console: TypedConsole) -> None:
    console.reset("select x")
    console.press(["f5"])
    console.taken()
    assert "(0, 7)" in console.fail()["selection"]


def test_an_error_does_not_move_the_cursor_of_a_person_who_types_on(console: TypedConsole) -> None:
    with TypedConsole() as typed:
        typed.reset("select x")
        typed.press(["f5", "enter", *"sel"])
        typed.taken()
        state = typed.fail()
    assert state["texts"] == ["select x\nsel"]
    assert "(1, 3)" in state["selection"]


def test_escape_sequences_in_a_paste_are_text_and_no_keys(console: TypedConsole) -> None:
    text = "select 1;\x1b[15~ \x1bb\x1b[D\x07\x9b -- \x1b]0;x"
    console.reset("")
    state = console.burst([paste(text), "!"])
    assert (state["texts"], state["ran"]) == ([f"{text}!"], [])
