"""Texts of the console name keys by the action's id, so that they show them as they are bound."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import dsql_tui.console
from tests.support.source_trees import strings_of

CONSOLE = Path(dsql_tui.console.__file__).parent
NAMED = re.compile(
    r"""
    \b(ctrl|alt|shift|super)\+\w             # ctrl+r, alt+c
    | [⇧^]\w                                  # as the footer writes them: ^r
    | \b[Ff](1[0-2]|[1-9])\b                  # F5
    | \b(esc|escape|pgup|pgdn|pageup|pagedown|backspace)\b
    | \b[Pp]ress(es|ing)?\s(?!again|\{)\S     # Press r, press enter
    | \balso\s(enter|tab|space|\w\b)          # (also enter)
    | ;\s(enter|tab|space)\s                  # ; tab accepts
    | (^|[·\n]\s*)                            # a footer: c copy · tab next field
      (?!A\s)([A-Za-z?/]|enter|tab|space|[←↑→↓]+(\s[←↑→↓])?)\s+\w
    """,
    re.VERBOSE,
)
FIELD = "Textual's key in forms, which no id of ours rebinds"
SUBMITS = "Textual's line of input submits with it"
FIXED = {
    "tab next field": FIELD,
    "tab complete": "the input's own key",
    "tab Regions": FIELD,
    "space select": "the key of Textual's list of checkboxes",
    "{} already exists. Press enter again to replace it.": SUBMITS,
    "Select the next match (also enter)": SUBMITS,
    "Suggest names and keywords; tab accepts": "the list of suggestions takes it before any key",
    "Remove one level of indentation; tab indents a selection": "it types, as in any editor",
    "Press esc to clear the filter.": "the list of clusters takes it before any key",
    "S select  I insert  U update  D delete · lower case: some columns · ⊘ no USAGE": (
        "letters of the matrix, not keys"
    ),
    "↑ ↓ scroll": "Textual's keys of a text that scrolls",
    "enter open": SUBMITS,
    "enter all pages": SUBMITS,
}
"""Texts that name a key which is the same for everybody, each with the reason."""


def names_a_key(text: str) -> bool:
    """Whether a text names a key; a word alone is a name for the program."""
    return " " in text.strip() and NAMED.search(text) is not None


def test_no_text_names_a_key_that_may_be_bound_otherwise() -> None:
    found = {
        text
        for path in sorted(CONSOLE.rglob("*.py"))
        for _, text in strings_of(path)
        if names_a_key(text)
    }
    assert found == FIXED.keys()


@pytest.mark.parametrize(
    ("text", "names_one"),
    [
        ("No results. Press F5 to run the statement at the cursor.", True),
        ("alt+q fix · ", True),
        ("tx failed · alt+z roll back", True),
        ("Press ^r to retry.", True),
        ("^r regex", True),
        ("{} · esc cancel", True),
        ("pgup pgdn scroll", True),
        ("Create a role first: press n.", True),
        ("r run again · esc back", True),
        ("c copy", True),
        ("k  marks the step as done.", True),
        ("← → choose", True),
        ("Close (also q)", True),
        ("F5 resumes after step {}", True),
        ("Press {run.statement} to run.", False),
        ("{pages.copy} copy", False),
        ("Press again to cancel it.", False),
        ("A statement is running.", False),
        ("Open a SQL tab with its own session", False),
        ("f5,ctrl+j", False),
    ],
)
def test_the_rule_distinguishes_names_of_keys_from_other_words(text: str, names_one: bool) -> None:
    assert names_a_key(text) == names_one
