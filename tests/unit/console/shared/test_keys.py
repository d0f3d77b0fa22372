"""The key table, and the keys in force."""

from __future__ import annotations

import ast
import re
import unicodedata
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pytest
from textual._xterm_parser import XTermParser
from textual.events import Key

import dsql_tui.console
from dsql_tui.console.app.alt_keys import ESCAPE, read_alt_at_once
from dsql_tui.console.shared.key import display_key, written_key
from dsql_tui.console.shared.keys import (
    BY_ID,
    FORMER_IDS,
    KEYS,
    QUIT,
    UNBOUND,
    key_name,
    keymap_in_force,
    keys_of,
    put_in_force,
    with_keys,
)
from tests.support.source_trees import nodes_of

CONSOLE = Path(dsql_tui.console.__file__).parent


@pytest.fixture(autouse=True)
def _usual_keys() -> Iterator[None]:
    yield
    put_in_force({})


def test_every_action_has_an_id_of_its_own() -> None:
    ids = [key.id for key in (*KEYS, QUIT)]
    assert len(ids) == len(set(ids))


def test_ids_of_before_lead_to_one_of_now() -> None:
    assert not FORMER_IDS.keys() & BY_ID.keys()
    assert {*FORMER_IDS.values()} <= BY_ID.keys()


def test_every_action_says_its_name_and_what_it_does_in_one_line() -> None:
    for key in (*KEYS, QUIT):
        assert key.label[:1].isupper() or key.label[0].isdigit(), key.id
        assert len(key.label) <= 24, key.id
        assert key.description[:1].isupper() or key.description[:1].isdigit(), key.id
        assert len(key.description) <= 72, key.id
        assert not key.description.endswith("."), key.id


def test_one_action_has_one_label() -> None:
    by_action = sorted((key.action, key.place, key.label) for key in KEYS)
    for _, same in groupby(by_action, key=lambda each: each[:2]):
        assert len({label for *_, label in same}) == 1


def test_no_key_means_two_things_in_one_place() -> None:
    bound = sorted((key.place, each) for key in KEYS if key.keys for each in key.keys.split(","))
    twice = [pair for pair, uses in groupby(bound) if len(list(uses)) > 1]
    assert twice == []


def arrives(key: str) -> bool:
    """Whether alt with a character is that key where the terminal sends escape and it."""
    *_, name = key.split("+")
    character = unicodedata.lookup(name.replace("_", " ")) if len(name) > 1 else name
    sent = ESCAPE + (character.upper() if "shift" in key else character)
    events = list(XTermParser().feed(sent + ESCAPE + "[A"))  # another sequence right behind it
    return [event.key for event in events if isinstance(event, Key)] == [key, "up"]


def test_what_alt_starts_can_be_started_in_every_terminal() -> None:
    read_alt_at_once()
    for key in KEYS:
        keys = key.keys.split(",")
        if all(each.startswith("alt+") for each in keys):
            assert any(map(arrives, keys)), key.id


@pytest.mark.parametrize(
    ("key", "written", "shown"),
    [
        ("f5", "F5", "F5"),
        ("shift+f6", "shift+F6", "⇧F6"),
        ("ctrl+p", "ctrl+p", "^p"),
        ("ctrl+@", "ctrl+space", "^space"),
        ("alt+full_stop", "alt+.", "alt+."),
        ("escape", "esc", "esc"),
        ("shift+up", "shift+up", "⇧↑"),
        ("ctrl+pagedown", "ctrl+pgdn", "^pgdn"),
    ],
)
def test_a_key_is_written_out_in_sentences_and_short_in_the_footer(
    key: str, written: str, shown: str
) -> None:
    assert (written_key(key), display_key(key)) == (written, shown)


def test_texts_name_keys_as_they_are_bound() -> None:
    words = "{run.statement} runs it, {explain.analyze} explains it; {no id} stays."
    assert with_keys(words) == "F5 runs it, shift+F6 explains it; {no id} stays."
    put_in_force({"run.statement": ("ctrl+g", "f5")})
    assert with_keys(words).startswith("ctrl+g runs it")


def test_an_action_without_a_key_is_named_by_the_palette() -> None:
    assert key_name("run.script") == "ctrl+p Run as script"
    put_in_force({"app.palette": ("f2",), "run.script": ("alt+x",)})
    assert (key_name("run.script"), key_name("run.batches")) == ("alt+x", "F2 Run in batches")
    put_in_force({"app.palette": ()})
    assert key_name("run.batches") == "Run in batches"


def test_a_key_given_to_one_action_is_taken_from_the_others_of_its_place() -> None:
    put_in_force({"explain.plan": ("f5",)})
    assert keys_of(BY_ID["run.statement"]) == ("ctrl+j", "ctrl+enter")
    assert keys_of(BY_ID["long.start"]) == ("f5", "ctrl+j")  # another place
    put_in_force({"run.all": ("f6",)})
    assert keymap_in_force() == {"run.all": "f6", "explain.plan": UNBOUND}


def test_a_key_of_the_workspace_is_taken_from_the_editor_but_not_the_other_way_round() -> None:
    put_in_force({"run.statement": ("ctrl+r",)})
    assert keys_of(BY_ID["history.search"]) == ()
    put_in_force({"edit.comment": ("f5",)})
    assert keys_of(BY_ID["run.statement"])[0] == "f5"


def test_of_two_actions_given_one_key_the_first_of_the_table_has_it() -> None:
    put_in_force({"run.statement": ("f8",), "run.all": ("f8", "f9")})
    assert keys_of(BY_ID["run.statement"]) == ("f8",)
    assert keys_of(BY_ID["run.all"]) == ("f9",)
    assert keys_of(BY_ID["history.show"]) == ()


def strings_of_the_console() -> Iterator[tuple[Path, str]]:
    for path in CONSOLE.rglob("*.py"):
        for node in nodes_of(path):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield path, node.value


def test_ids_in_texts_are_in_the_table() -> None:
    for path, text in strings_of_the_console():
        for name in re.findall(r"\{([a-z]+(?:_[a-z]+)*\.[a-z0-9_]+)\}", text):
            assert name in BY_ID, f"{path.name}: {text}"
