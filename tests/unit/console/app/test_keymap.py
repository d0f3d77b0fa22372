"""A person's keys, as the configuration holds them."""

from __future__ import annotations

import pytest

from dsql_tui.console.app.keymap import read_keymap, textual_key
from dsql_tui.console.shared.key import display_key, written_key
from dsql_tui.console.shared.keys import KEYS


def problem_of(wishes: dict[str, str]) -> str:
    (problem,) = read_keymap(wishes).problems
    return problem


def test_keys_that_fit_are_silent() -> None:
    keymap = read_keymap({"run.statement": "f5,alt+x", "app.help": "f1"})
    assert keymap.keys == {"run.statement": ("f5", "alt+x"), "app.help": ("f1",)}
    assert keymap.problems == ()


def test_an_id_of_an_earlier_version_is_read() -> None:
    keymap = read_keymap({"edit.dedent": "alt+d", "fleet.favourite": "F"})
    assert keymap.keys == {"edit.outdent": ("alt+d",), "fleet.favorite": ("F",)}


def test_an_action_can_be_left_without_a_key() -> None:
    assert read_keymap({"run.all": ""}).keys == {"run.all": ()}


def test_every_key_can_be_written_as_it_is_shown() -> None:
    sent_by_most_terminals = {"ctrl+@": "ctrl+space", "ctrl+underscore": "ctrl+underscore"}
    for key in {each for action in KEYS for each in action.keys.split(",") if each}:
        wanted = sent_by_most_terminals.get(key, key)
        assert textual_key(key) == key
        if key != "comma":  # a list of keys is separated by it
            assert (key, textual_key(written_key(key))) == (key, wanted)
            assert (key, textual_key(display_key(key))) == (key, wanted)


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("F5", "f5"),
        ("Ctrl+Shift+F", "ctrl+shift+f"),
        ("shift+ctrl+f5", "ctrl+shift+f5"),
        ("alt+F", "alt+shift+f"),
        ("shift+g", "G"),
        ("G", "G"),
        ("alt+.", "alt+full_stop"),
        ("^", "circumflex_accent"),
        ("+", "plus"),
        ("ctrl+plus", "ctrl+plus"),
        ("PgDn", "pagedown"),
        ("ß", "ß"),
        ("ctr+x", None),
        ("f55", None),
        ("ctrl+", None),
        ("ctrl+sapce", None),
    ],
)
def test_keys_are_read_as_people_write_them(written: str, key: str | None) -> None:
    assert textual_key(written) == key


def test_what_most_terminals_send_for_a_key_is_bound_with_it() -> None:
    keymap = read_keymap({"edit.complete": "ctrl+space", "edit.comment": "^/"})
    assert keymap.keys["edit.complete"] == ("ctrl+space", "ctrl+@")
    assert keymap.keys["edit.comment"] == ("ctrl+slash", "ctrl+underscore")


def test_an_unknown_action_is_named_with_the_nearest() -> None:
    assert problem_of({"run.statment": "f5"}) == (
        "Unknown action 'run.statment' in [keys]. Did you mean 'run.statement'?"
    )
    assert problem_of({"xyzzy": "f5"}) == "Unknown action 'xyzzy' in [keys]."


def test_an_unknown_key_is_named_and_the_others_are_bound() -> None:
    keymap = read_keymap({"run.all": "ctr+x, alt+x"})
    assert keymap.problems == ("Unknown key 'ctr+x' for 'run.all' in [keys].",)
    assert keymap.keys == {"run.all": ("alt+x",)}
    assert read_keymap({"run.all": "ctr+x"}).keys == {}  # it keeps its usual key


def test_the_key_that_quits_stays() -> None:
    assert problem_of({"app.quit": "f9"}) == (
        "'app.quit' in [keys] is ignored: ctrl+q always quits."
    )
    assert "ctrl+q always quits" in problem_of({"run.all": "ctrl+q"})


@pytest.mark.parametrize(
    ("wishes", "problem"),
    [
        (
            {"explain.plan": "f5"},
            "F5 starts Explain (explain.plan); Run (run.statement) keeps ctrl+j, ctrl+enter.",
        ),
        (
            {"run.all": "f6"},
            "F6 starts Run all (run.all); Explain (explain.plan) has no key.",
        ),
        (
            {"run.all": "f14", "explain.plan": "f14"},
            "F14 starts Run all (run.all); Explain (explain.plan) has no key.",
        ),
        (
            {"edit.comment": "f5"},
            "F5 starts Comment (edit.comment) in SQL editor; there it hides Run (run.statement).",
        ),
        (
            {"results.sort": "f9"},
            "F9 starts Sort (results.sort) in Results; there it hides Sidebar (sidebar.toggle).",
        ),
        (
            {"run.all": "s"},
            "s starts Run all (run.all), but Sort (results.sort) in Results.",
        ),
        (
            {"run.statement": "ctrl+r"},
            "ctrl+r starts Run (run.statement); History (history.search) has no key.",
        ),
        (
            {"fleet.sort": "f1"},
            "F1 starts Sort (fleet.sort) in Fleet board; there it hides Help (app.help).",
        ),
        (
            {"history.star": "escape"},
            "esc starts Star (history.star) in History and snippets; "
            "there it hides Close (dialog.close).",
        ),
        (
            {"lines.fold": "y"},
            "y starts Fold (lines.fold) in Folded text; there it hides Copy (cell.copy).",
        ),
    ],
)
def test_two_actions_on_one_key_are_reported(wishes: dict[str, str], problem: str) -> None:
    assert problem in read_keymap(wishes).problems


@pytest.mark.parametrize(
    "wishes",
    [
        {"run.statement": "f14", "explain.plan": "f5"},  # the other one has moved away
        {"history.star": "f1"},  # a dialog hides no key of the screen below it
        {"results.back": "escape"},  # as it is without a keymap
        {"long.start": "f6"},  # on another screen
    ],
)
def test_what_is_no_conflict_is_not_reported(wishes: dict[str, str]) -> None:
    assert read_keymap(wishes).problems == ()
