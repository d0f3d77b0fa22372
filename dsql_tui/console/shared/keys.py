"""Every action of the console, its default keys, and the current keys.

The bindings of every widget, the footer, the palette, the help and the manual read `KEYS`; a key
that is not there does not exist. Every entry has an id, so that a keymap can rebind it; quitting
alone is fixed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from textual.binding import Binding

from dsql_tui.console.shared.key import ARROWS, Key, Place, written_key
from dsql_tui.console.shared.key_tables.access import ACCESS
from dsql_tui.console.shared.key_tables.dialogs import DIALOGS
from dsql_tui.console.shared.key_tables.editor import EDITOR, FIND, FIX
from dsql_tui.console.shared.key_tables.fleet import DETAILS, FLEET, MEASUREMENTS
from dsql_tui.console.shared.key_tables.inspector import INSPECTOR
from dsql_tui.console.shared.key_tables.lists import LISTS, SIDEBAR, TABLES
from dsql_tui.console.shared.key_tables.results import GRID, PLAN, PROMPT, RESULTS, VALUES
from dsql_tui.console.shared.key_tables.rows import CELL_FIELD, ROW_EDITING
from dsql_tui.console.shared.key_tables.runs import RUNS
from dsql_tui.console.shared.key_tables.workspace import EVERYWHERE, WORKSPACE

QUIT = Key(
    "app.quit",
    "app.quit_console",
    "ctrl+q",
    "Quit",
    "Quit; asks when something would be lost",
    Place.EVERYWHERE,
    synonyms="exit leave close",
    priority=True,
)
"""The one key that a keymap cannot change, so that no typing error can lock a person in."""
KEYS: tuple[Key, ...] = (
    *WORKSPACE, *EDITOR, *FIND, *LISTS, *TABLES, *SIDEBAR, *GRID, *RESULTS,
    *ROW_EDITING, *PROMPT, *VALUES, *CELL_FIELD,
    *PLAN, *INSPECTOR, *ACCESS, *FLEET, *DETAILS, *MEASUREMENTS, *RUNS, *FIX, *DIALOGS, *EVERYWHERE,
)  # fmt: skip
"""In the order in which the footer and the help show them; without `QUIT`."""
BY_ID: Mapping[str, Key] = {key.id: key for key in (*KEYS, QUIT)}

FORMER_IDS: Mapping[str, str] = {
    "run.go_on": "run.continue_after_errors",
    "session.examine": "session.diagnostics",
    "edit.outside": "edit.external",
    "edit.dedent": "edit.outdent",
    "results.keep_value": "results.filter_value",
    "results.drop_value": "results.exclude_value",
    "results.unarrange": "results.reset",
    "fleet.favourite": "fleet.favorite",
    "fleet.down": "table.down",
    "fleet.up": "table.up",
    "fleet.bottom": "table.bottom",
    "details.drop_stream": "details.delete_stream",
    "long.anew": "long.start_over",
    "schema.fold": "schema.open",
}
"""Ids of earlier versions, which keymaps may still hold."""

LIST_KEYS = ("list.down", "list.up", "list.top", "list.bottom", "list.refresh")
"""For screens that are a list and have no branches to fold."""

_ID_IN_TEXT = re.compile(r"\{([a-z]+(?:_[a-z]+)*\.[a-z0-9_]+)\}")

SPECIFIC: Mapping[Place, tuple[Place, ...]] = {
    Place.WORKSPACE: (Place.EDITOR,),
    Place.LISTS: (Place.CLUSTERS, Place.SCHEMA, Place.DETAILS, Place.METRICS),
    Place.TABLES: (Place.FLEET, Place.ACCESS_TABLE, Place.JSON_LINES),
}
"""Places whose widgets also have the keys of a general place; their own keys take precedence."""
UNBOUND = "unbound"
"""The value in Textual's keymap for an action without a key; no terminal sends it."""

_in_force: dict[str, tuple[str, ...]] = {}
"""Keys that differ from the table's, by id; there is one keyboard, so one keymap for the process.
"""


def put_in_force(keymap: Mapping[str, tuple[str, ...]]) -> None:
    """Replace the default keys by these, everywhere a key is bound or named.

    A key assigned to one action is removed from the other actions of its place.

    Args:
        keymap: Textual key names by id.
    """
    _in_force.clear()
    for wish in KEYS:
        if wish.id in keymap:
            others = [key for key in keys_at(wish.place) if key.id in _in_force]
            taken = {each for key in others if key.id in keymap for each in _in_force[key.id]}
            _in_force[wish.id] = tuple(each for each in keymap[wish.id] if each not in taken)
            for key in keys_at(wish.place):
                left = tuple(each for each in keys_of(key) if each not in _in_force[wish.id])
                if key.id not in keymap and left != keys_of(key):
                    _in_force[key.id] = left


def keys_at(place: Place) -> list[Key]:
    """Return the entries of a place and of the more specific ones."""
    places = (place, *SPECIFIC.get(place, ()))
    return [key for key in KEYS if key.place in places]


def keymap_in_force() -> dict[str, str]:
    """Return the keymap for `App.set_keymap`."""
    return {name: ",".join(keys) or UNBOUND for name, keys in _in_force.items()}


def keys_of(key: Key) -> tuple[str, ...]:
    """Return the keys that start an action, as bound now."""
    return _in_force.get(key.id, tuple(filter(None, key.keys.split(","))))


def key_name(name: str) -> str:
    """Return the key of an action as sentences write it, as bound now: `F5`, `ctrl+s`, `↑`.

    An action without a key is named by the palette's key and its label.

    Args:
        name: Its id.
    """
    key = BY_ID[name]
    if keys := keys_of(key):
        return ARROWS.get(keys[0], written_key(keys[0]))
    return " ".join([*map(written_key, keys_of(BY_ID["app.palette"])[:1]), key.label])


def with_keys(text: str) -> str:
    """Return a text with each `{id}` replaced by the key as bound now.

    `with_keys("{run.statement} runs it.")` is `F5 runs it.`. Never give it data: a statement may
    hold such braces too.
    """
    return _ID_IN_TEXT.sub(lambda match: key_name(match[1]), text)


def bindings(*places: Place) -> list[Binding]:
    """Return the Textual bindings of these places, in the table's order."""
    return [_binding(key) for key in KEYS if key.place in places and key.keys]


def bindings_of(*names: str) -> list[Binding]:
    """Return the Textual bindings of these ids."""
    return [_binding(BY_ID[name]) for name in names]


def _binding(key: Key) -> Binding:
    return Binding(
        key.keys, key.action, key.label, show=key.footer, id=key.id, priority=key.priority
    )
