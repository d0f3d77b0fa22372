"""The text of a value for painting: no control characters, one line, an exact width.

Data is never markup and never reaches the terminal as a control character.
"""

from __future__ import annotations

from rich.cells import cell_len, set_cell_size

from dsql_tui.model.cells import replace_active

CLIP_MARK = "…"
MAX_CELL_WIDTH = 500
"""Widest a column is ever painted; no value is decoded further than this needs."""
CUT_BYTES = 8 * MAX_CELL_WIDTH
"""Bytes of a value that are looked at; four bytes a character, two characters a cell."""

_CONTROL_PICTURES = 0x2400
_CONTROLS = 0x20
_DELETE = 0x7F
_DELETE_PICTURE = "\u2421"
_REPLACEMENT = "\ufffd"
_LINE_BREAKS = {"\n": "↵", "\u2028": "↵", "\u2029": "↵", "\x85": "↵", "\t": "→"}


_INVISIBLE = str.maketrans(
    {
        "\xad": "¬",
        "\u3000": "\uff3f",
        **dict.fromkeys(("\xa0", "\u202f", "\u205f", *map(chr, range(0x2000, 0x200B))), "⍽"),
    }
)
_BLANK_MARK = "·"


def _mark(character: str) -> str:
    if character in _LINE_BREAKS:
        return _LINE_BREAKS[character]
    code = ord(character)
    if code < _CONTROLS:
        return chr(_CONTROL_PICTURES + code)
    return _DELETE_PICTURE if code == _DELETE else _REPLACEMENT


def inert(text: str) -> str:
    """Return the text on one line with each control character replaced by a visible mark."""
    return replace_active(text, _mark)


def visible(text: str) -> str:
    """Return the text with tabs and line feeds, other control characters replaced by a mark."""
    return replace_active(text, lambda each: each if each in "\t\n" else _mark(each))


def with_invisible(text: str) -> str:
    """Return one line with marks for no-break and other spaces, soft hyphens and trailing blanks.

    It has as many characters as before, each as wide as it was.
    """
    marked = text if text.isascii() else text.translate(_INVISIBLE)
    bare = marked.rstrip(" ")
    return bare + _BLANK_MARK * (len(marked) - len(bare))


def width_of(text: str) -> int:
    """Return the width of a cleaned text in cells; wide characters take two."""
    return len(text) if text.isascii() else cell_len(text)


def fit(text: str, width: int, *, right: bool = False) -> str:
    """Pad or clip a cleaned text to exactly `width` cells; clipped text ends in a mark."""
    taken = width_of(text)
    if taken > width:
        return clip(text, width)
    padding = " " * (width - taken)
    return padding + text if right else text + padding


def clip(text: str, width: int) -> str:
    """Clip a cleaned text to `width` cells, the last of them the clip mark."""
    if width <= 0:
        return ""
    if text.isascii():
        return text[: width - 1] + CLIP_MARK
    return set_cell_size(text, width - 1) + CLIP_MARK
