"""Makes Textual read alt with a character without delay.

A terminal without the kitty protocol sends escape and the character. Textual recognizes few such
pairs and waits 100 ms for the rest of an unknown sequence; if another escape sequence follows
within that time, it types the pair as text: alt+c and then an arrow inserted `^c` into the
statement.
"""

from __future__ import annotations

import string
from typing import NamedTuple, cast

from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual.keys import _character_to_key

ESCAPE = "\x1b"
INTRODUCERS = frozenset("[]NOPX^_\\")
"""Characters after escape that begin a longer sequence (ECMA-48: CSI, OSC, SS2, SS3, DCS, …)."""


class AltKey(NamedTuple):
    """A key in the form of Textual's table."""

    value: str


def alt_sequences() -> dict[str, tuple[AltKey]]:
    """Return the sequences missing from Textual's table, each with its key."""
    characters = {*string.ascii_letters, *string.digits, *string.punctuation} - INTRODUCERS
    sequences = {ESCAPE + character: _alt(character) for character in characters}
    return {
        sequence: (AltKey(name),)
        for sequence, name in sequences.items()
        if sequence not in ANSI_SEQUENCES_KEYS
    }


def _alt(character: str) -> str:
    if character.isupper():
        return f"alt+shift+{character.lower()}"
    return f"alt+{character if character.isalnum() else _character_to_key(character)}"


def read_alt_at_once() -> None:
    """Add the sequences to the table that Textual's parser uses."""
    table = cast("dict[str, tuple[AltKey]]", ANSI_SEQUENCES_KEYS)
    table.update(alt_sequences())
