"""The visible part of a line that is wider than its table."""

from __future__ import annotations

from rich.segment import Segment
from textual.strip import Strip

from dsql_tui.console.widgets.cells import CLIP_MARK


def cropped(line: Strip, start: int, end: int) -> Strip:
    """Return the cells from `start` to `end`, with a mark where text is cut off."""
    shown = line.crop(start, end)
    if start and line.crop(0, start).text.strip():
        shown = Strip([*_mark(shown, 0), *shown.crop(1)], shown.cell_length)
    if end < line.cell_length and line.crop(end).text.strip():
        last = shown.cell_length - 1
        shown = Strip([*shown.crop(0, last), *_mark(shown, last)], shown.cell_length)
    return shown


def _mark(line: Strip, cell: int) -> list[Segment]:
    """Return the mark of cut text in the style of a cell; nothing if there is no such cell."""
    return [Segment(CLIP_MARK, segment.style) for segment in line.crop(cell, cell + 1)][:1]
