"""Removes terminal control characters from every line before it is painted.

Textual sends every line of every widget through the application's filters, with its borders,
titles, notices and the command palette. So no pane has to call it.
"""

from __future__ import annotations

import re

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from dsql_tui.model.cells import replace_active

_REPLACEMENT = "\ufffd"
_JOINING = re.compile("[\u200d\ufe0f]")


class InertFilter(LineFilter):
    """Replaces control characters and removes hyperlinks; the width of a text stays the same.

    Almost all such characters have no width, so no mark can replace them here. Where one matters, a
    pane shows a mark in its place, as the result grid does.
    """

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002
        """Return the segments, unchanged if nothing had to be replaced."""
        for text, style, _control in segments:  # a plain loop: this is done for every line drawn
            if not text.isprintable() or (style is not None and style.link):
                return [_inert(segment) for segment in segments]
        return segments


def _inert(segment: Segment) -> Segment:
    text, style, control = segment
    if style is not None and style.link:
        style = style.update_link(None)
    shown = replace_active(text, _of_same_width)
    if shown is not text and cell_len(shown) != cell_len(text):
        # A joiner removes the width of the next character, which was replaced by another one.
        shown = set_cell_size(_JOINING.sub("", shown), cell_len(text))
    return Segment(shown, style, control)


def _of_same_width(character: str) -> str:
    return _REPLACEMENT * cell_len(character)
