"""The key table and a person's changes to it."""

from __future__ import annotations

import unicodedata
from itertools import groupby

import pytest
from textual._xterm_parser import XTermParser
from textual.events import Key

from dsql_tui.console.app.alt_keys import ESCAPE, read_alt_at_once
from dsql_tui.console.shared.keys import KEYS, QUIT, display_key, keymap_problems


def test_every_action_has_an_id_of_its_own() -> None:
    ids = [key.id for key in (*KEYS, QUIT)]
    assert len(ids) == len(set(ids))


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
    ("key", "shown"),
    [
        ("f5", "F5"),
        ("shift+f6", "⇧F6"),
        ("ctrl+p", "^p"),
        ("alt+full_stop", "alt+."),
        ("escape", "esc"),
    ],
)
def test_keys_are_shown_as_people_write_them(key: str, shown: str) -> None:
    assert display_key(key) == shown


def test_a_keymap_that_fits_is_silent() -> None:
    assert keymap_problems({"run.statement": "f5,alt+x"}) == []


@pytest.mark.parametrize(
    ("keymap", "words"),
    [({"rnu": "f5"}, "no action 'rnu'"), ({"explain.plan": "f5"}, "F5 is bound twice")],
)
def test_what_is_wrong_with_a_keymap_is_said(keymap: dict[str, str], words: str) -> None:
    (problem,) = keymap_problems(keymap)
    assert words in problem
