"""The `[keys]` section of the configuration: keys and the errors in them."""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from textual.keys import Keys, _character_to_key

from dsql_tui.console.shared.key import TWINS, Key, Place, written_key, written_keys
from dsql_tui.console.shared.keys import BY_ID, FORMER_IDS, KEYS, QUIT, SPECIFIC

MODIFIERS = ("ctrl", "alt", "shift", "super", "meta", "hyper")
"""In the order in which Textual writes them."""
_SHORT = {
    "esc": "escape",
    "return": "enter",
    "del": "delete",
    "ins": "insert",
    "pgup": "pageup",
    "pgdn": "pagedown",
    "↑": "up",
    "↓": "down",
    "←": "left",
    "→": "right",
}
_NAMED = {
    *(each.value.rpartition("+")[2] for each in Keys if each.value[0] != "<"),
    *map(_character_to_key, string.punctuation),
}
"""Names of keys without modifiers, characters beyond ASCII excepted."""

OUTER: Mapping[Place, tuple[Place, ...]] = {
    Place.EDITOR: (Place.WORKSPACE,),
    Place.FIND: (Place.WORKSPACE,),
    Place.CLUSTERS: (Place.LISTS, Place.WORKSPACE),
    Place.SCHEMA: (Place.LISTS, Place.WORKSPACE),
    Place.LISTS: (Place.WORKSPACE, Place.ROLES, Place.DEFINITIONS),
    Place.TABLES: (Place.ROLES, Place.FLEET_SCREEN, Place.CELL, Place.RECORD, Place.DIALOGS),
    Place.GRID: (Place.RESULTS, Place.WORKSPACE, Place.INSPECTOR),
    Place.RESULTS: (Place.WORKSPACE, Place.INSPECTOR),
    Place.CELL_FIELD: (Place.RESULTS, Place.WORKSPACE, Place.INSPECTOR),
    Place.PROMPT: (Place.RESULTS, Place.WORKSPACE, Place.INSPECTOR),
    Place.SOURCE: (Place.INSPECTOR,),
    Place.PLAN: (Place.WORKSPACE,),
    Place.ACCESS_TABLE: (Place.TABLES, Place.ROLES),
    Place.JSON_LINES: (Place.TABLES, Place.CELL, Place.RECORD, Place.DIALOGS),
    Place.FLEET: (Place.TABLES, Place.FLEET_SCREEN),
    Place.DETAILS: (Place.LISTS,),
    Place.METRICS: (Place.LISTS,),
    Place.POLICY: (Place.FORM, Place.DIALOGS),
    **dict.fromkeys(
        (
            Place.CELL,
            Place.RECORD,
            Place.PLOT,
            Place.VALUE_EDITOR,
            Place.CHANGES,
            Place.REVIEW,
            Place.PAGES,
            Place.HISTORY,
            Place.ROLE,
            Place.DIAGNOSTICS,
            Place.FIX,
            Place.FORM,
            Place.PROGRESS,
            Place.HELP,
        ),
        (Place.DIALOGS,),
    ),
}
"""Places whose keys work in another one too, unless that one has the key itself."""
MODAL = frozenset({
    Place.CELL, Place.JSON_LINES, Place.RECORD, Place.PLOT, Place.VALUE_EDITOR, Place.CHANGES,
    Place.REVIEW, Place.PAGES,
    Place.HISTORY, Place.ROLE, Place.DIAGNOSTICS, Place.FIX, Place.FORM, Place.PROGRESS,
    Place.POLICY, Place.HELP, Place.DIALOGS,
})  # fmt: skip
"""Dialogs, where the keys of everywhere else do not work."""


@dataclass(frozen=True, slots=True)
class Keymap:
    """The configured keys and the errors in them.

    Attributes:
        keys: Textual key names by id; an action without keys is not bound.
        problems: Invalid or ambiguous keys, a sentence or two each; the rest still works.
    """

    keys: Mapping[str, tuple[str, ...]]
    problems: tuple[str, ...]


def read_keymap(wishes: Mapping[str, str]) -> Keymap:
    """Read the keys by action id from the configuration.

    Args:
        wishes: Keys separated by commas, by id; as Textual names them (`full_stop`), or as they
            are shown (`alt+.`, `^p`, `F5`). Ids of earlier versions are accepted.
    """
    keys: dict[str, tuple[str, ...]] = {}
    problems: list[str] = []
    for name, written in wishes.items():
        current = FORMER_IDS.get(name, name)
        if current == QUIT.id:
            problems.append(
                f"{name!r} in [keys] is ignored: {written_key(QUIT.keys)} always quits."
            )
        elif current not in BY_ID:
            problems.append(f"Unknown action {name!r} in [keys].{_nearest(name, BY_ID)}")
        else:
            read, wrong = _read_keys(written)
            problems += [f"{each} for {name!r} in [keys]." for each in wrong]
            if read or not wrong:
                keys[current] = read
    return Keymap(keys, (*problems, *_conflicts(keys)))


def _read_keys(written: str) -> tuple[tuple[str, ...], list[str]]:
    """Return the valid keys of a list, and the problems of the others."""
    read: list[str] = []
    wrong: list[str] = []
    for each in filter(None, map(str.strip, written.split(","))):
        key = textual_key(each)
        if key is None:
            wrong.append(f"Unknown key {each!r}")
        elif key == QUIT.keys:
            wrong.append(f"{QUIT.keys} always quits: it is not bound")
        else:
            read += filter(None, (key, TWINS.get(key)))
    return tuple(dict.fromkeys(read)), wrong


def textual_key(written: str) -> str | None:
    """Return Textual's name of a key, or `None` if there is no such key.

    Args:
        written: As Textual names it or as it is shown: `ctrl+full_stop`, `ctrl+.`, `^.`.
    """
    spelled = written.replace("⇧", "shift+")
    if spelled.startswith("^") and spelled[1:]:
        spelled = f"ctrl+{spelled[1:]}"
    *held, name = spelled.split("+") if spelled != "+" else ("plus",)
    modifiers = {each.strip().lower() for each in held}
    name = name.strip()
    if name.isalpha() and len(name) == 1 and modifiers:
        if name.isupper() and "ctrl" not in modifiers:
            modifiers.add("shift")
        if modifiers == {"shift"}:
            return name.upper()
        name = name.lower()
    name = _name_of(name)
    if not name or not modifiers <= {*MODIFIERS}:
        return None
    return "+".join([*(each for each in MODIFIERS if each in modifiers), name])


def _name_of(name: str) -> str:
    """Return Textual's name of a key without modifiers, empty if there is none."""
    if len(name) == 1 and name not in _SHORT:
        return name if name == "@" else _character_to_key(name)
    name = _SHORT.get(name.lower(), name.lower())
    return name if name in _NAMED else ""


def _nearest(name: str, known: Mapping[str, object]) -> str:
    close = get_close_matches(name, known, n=1)
    return f" Did you mean {close[0]!r}?" if close else ""


def _conflicts(keys: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """Yield where one key would start two actions, and where one hides another."""
    for mine in KEYS:
        for each in keys.get(mine.id, ()):
            yield from filter(None, (_conflict(mine, other, each, keys) for other in KEYS))


def _conflict(mine: Key, other: Key, each: str, keys: Mapping[str, tuple[str, ...]]) -> str:
    """Return how another action with the same key is affected; empty if it is not."""
    before = other.keys.split(",")
    theirs = keys.get(other.id, tuple(before))
    is_usual = each in before and each in mine.keys.split(",")
    if other.action == mine.action or each not in theirs or is_usual:
        return ""
    shown, starts = written_key(each), f"{mine.label} ({mine.id})"
    hidden = f"{other.label} ({other.id})"
    if other.place is mine.place or other.place in SPECIFIC.get(mine.place, ()):
        if other.id in keys and KEYS.index(other) < KEYS.index(mine):
            return ""  # reported from the other side
        left = written_keys(key for key in theirs if key not in keys[mine.id])
        rest = f"keeps {', '.join(left)}" if left else "has no key"
        return f"{shown} starts {starts}; {hidden} {rest}."
    if _is_around(other.place, mine.place):
        return f"{shown} starts {starts} in {mine.place}; there it hides {hidden}."
    if _is_around(mine.place, other.place):
        return f"{shown} starts {starts}, but {hidden} in {other.place}."
    return ""


def _is_around(outer: Place, inner: Place) -> bool:
    everywhere = outer is Place.EVERYWHERE and inner not in MODAL and inner is not outer
    return everywhere or outer in OUTER.get(inner, ())
