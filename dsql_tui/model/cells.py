"""Text on a terminal: made inert, and measured in the cells that it takes."""

from __future__ import annotations

import re
import unicodedata

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


def inert(text: str) -> str:
    """Return text on one line in which what a terminal would act on is escaped as Python does."""
    if text.isprintable():
        return text
    return _CONTROL.sub(lambda found: repr(found.group())[1:-1], text)


def cell_width(text: str) -> int:
    """Return how many cells printable text takes: East Asian wide characters take two."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(each) else 1 + (unicodedata.east_asian_width(each) in "WF")
        for each in text
    )
