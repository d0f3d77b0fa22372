"""An action with its keys, the places where keys work, and how keys are written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Place(StrEnum):
    """A place where keys work; the values are the headings of the help."""

    EVERYWHERE = "Everywhere"
    WORKSPACE = "Workspace"
    EDITOR = "SQL editor"
    FIND = "Find and replace"
    LISTS = "Lists and trees"
    TABLES = "Tables"
    CLUSTERS = "Clusters"
    SCHEMA = "Schema"
    GRID = "Result grid"
    RESULTS = "Results"
    PROMPT = "Find and filter in results"
    CELL = "Value of a cell"
    JSON_LINES = "Folded text"
    RECORD = "Record"
    PLOT = "Plot"
    CELL_FIELD = "Editing a cell"
    VALUE_EDITOR = "Editing a value in a dialog"
    CHANGES = "Review of changed rows"
    PLAN = "Plan"
    ROLES = "Roles and grants"
    ACCESS_TABLE = "Tables of roles and grants"
    REVIEW = "Review SQL"
    PAGES = "Policies, snippets and exported SQL"
    FLEET = "Fleet board: the cluster under the cursor"
    FLEET_SCREEN = "Fleet board"
    DETAILS = "Cluster details"
    METRICS = "Metrics"
    LATENCY = "Latency"
    OWN_LATENCY = "Statement latency"
    INSPECTOR = "Table inspector"
    SOURCE = "Definition"
    DEFINITIONS = "Definitions side by side"
    BESIDE = "Two sessions side by side"
    LONG_RUN = "Scripts and batches"
    HISTORY = "History and snippets"
    ROLE = "Choose a role"
    DIAGNOSTICS = "Diagnostics"
    FIX = "Fix for DSQL"
    FORM = "Forms"
    PROGRESS = "Progress"
    POLICY = "Resource policy"
    HELP = "Help and palette"
    DIALOGS = "Dialogs"


@dataclass(frozen=True, slots=True)
class Key:
    """One action and the keys that start it.

    Attributes:
        id: Name for a keymap, `place.verb`.
        action: Textual action; the prefix `app.` or `screen.` names its owner.
        keys: Textual key names separated by commas; empty when only the palette offers it.
        label: The action's name in the footer, the palette, the help and the manual.
        description: Its effect, in one line.
        place: The screen or widget that it works in.
        footer: Whether the footer shows it.
        synonyms: Other words that find it in the palette.
        priority: Whether it comes before the keys of the focused widget.
    """

    id: str
    action: str
    keys: str
    label: str
    description: str
    place: Place
    footer: bool = False
    synonyms: str = ""
    priority: bool = False


_NAMES = {
    "@": "space",
    "question_mark": "?",
    "slash": "/",
    "colon": ":",
    "full_stop": ".",
    "escape": "esc",
    "pagedown": "pgdn",
    "pageup": "pgup",
    "underscore": "_",
    "right_square_bracket": "]",
    "left_square_bracket": "[",
    "right_curly_bracket": "}",
    "left_curly_bracket": "{",
    "greater_than_sign": ">",
    "less_than_sign": "<",
    "circumflex_accent": "^",
    "dollar_sign": "$",
    "equals_sign": "=",
    "exclamation_mark": "!",
    "ampersand": "&",
    "number_sign": "#",
    "comma": ",",
    "minus": "-",
}
TWINS = {"ctrl+space": "ctrl+@", "ctrl+slash": "ctrl+underscore"}
"""What most terminals send for a key; only those with the kitty protocol send the key itself."""
ARROWS = {"up": "↑", "down": "↓", "left": "←", "right": "→"}


def written_key(key: str) -> str:
    """Return a key as sentences write it: `ctrl+p`, `F5`, `shift+F6`, `alt+.`, `esc`."""
    *modifiers, name = key.split("+")
    name = _NAMES.get(name, name)
    if len(name) > 1 and name[0] == "f" and name[1:].isdigit():
        name = name.upper()
    return "+".join([*modifiers, name])


def written_keys(keys: Iterable[str]) -> tuple[str, ...]:
    """Return keys as sentences write them, each once even if terminals send it in several ways."""
    former = {sent: key for key, sent in TWINS.items()}
    return tuple(dict.fromkeys(written_key(former.get(key, key)) for key in keys))


def display_key(key: str) -> str:
    """Return a key in the short form of the footer: `^p`, `F5`, `⇧F6`, `alt+.`."""
    *modifiers, name = written_key(key).split("+")
    shown = "".join(
        "^" if each == "ctrl" else "⇧" if each == "shift" else f"{each}+" for each in modifiers
    )
    return shown + ARROWS.get(name, name)
