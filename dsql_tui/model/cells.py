"""Text for a terminal: without control characters, and its width in cells.

This module has the only list of characters that control a terminal or hide text. They can occur in
names, values, files, arguments and messages of AWS and PostgreSQL. Letters of every script, emoji
with their joiners and variation selectors, the flags of England, Scotland and Wales, and
private-use characters, which fonts use for icons, are not removed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

_ACTIVE = (
    "\x00-\x1f\x7f-\x9f"  # C0, DEL, C1
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f"  # bidirectional controls reorder text
    "\u2028\u2029"  # line and paragraph separator
    "\u180e\u200b\u2060-\u2065\ufeff"  # zero width: two different names would look the same
    "\ufff9-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"  # annotate other characters
    "\ud800-\udfff"  # bytes of an argument or a file name that are not UTF-8
    "\U000e0000-\U000e007f"  # tags: invisible ASCII
)
_FLAG = "\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,6}\U000e007f"
# A joiner is kept after a character that it can join; after ASCII it only hides.
_STRAY_JOINER = f"(?<![^\x00-\x7f{_ACTIVE}\u200c\u200d])[\u200c\u200d]"
# Compiled when first needed, which takes 1 ms each: most starts show nothing to replace.
_ON_A_LINE = f"({_FLAG})|[{_ACTIVE}]|{_STRAY_JOINER}"
_IN_LINES = f"({_FLAG})|(?![\n\t])[{_ACTIVE}]|{_STRAY_JOINER}"


def replace_active(text: str, shown: Callable[[str], str]) -> str:
    """Return the text with each control character, including line breaks, replaced by `shown`."""
    return text if text.isprintable() else _replaced(_ON_A_LINE, text, shown)


def inert(text: str) -> str:
    r"""Return text on one line, control characters escaped as in Python (`\x1b`, `\u202e`)."""
    return replace_active(text, _escaped)


def inert_lines(text: str) -> str:
    r"""Return text like `inert`, but keep its line breaks (`\r\n` becomes `\n`) and tabs."""
    return _replaced(_IN_LINES, text.replace("\r\n", "\n"), _escaped)


def cell_width(text: str) -> int:
    """Return the width of printable text in cells: East Asian wide characters count two."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(each) else 1 + (unicodedata.east_asian_width(each) in "WF")
        for each in text
    )


def _replaced(pattern: str, text: str, shown: Callable[[str], str]) -> str:
    return re.sub(pattern, lambda match: match[1] or shown(match[0]), text)


def _escaped(character: str) -> str:
    return repr(character)[1:-1]
