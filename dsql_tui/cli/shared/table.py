"""Plain tables: columns as wide as their widest cell, separated by two spaces."""

from __future__ import annotations

from collections.abc import Sequence

from dsql_tui.model.cells import cell_width, inert


def table(
    header: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()
) -> str:
    """Return the lines of a table, without control characters.

    Args:
        header: One word per column.
        rows: Each as long as the header.
        right: Columns to align right.
    """
    lines = [[inert(cell) for cell in line] for line in (header, *rows)]
    widths = [max(cell_width(line[index]) for line in lines) for index in range(len(header))]

    def cell(line: Sequence[str], index: int) -> str:
        padding = " " * (widths[index] - cell_width(line[index]))
        return padding + line[index] if index in right else line[index] + padding

    return "\n".join(
        "  ".join(cell(line, index) for index in range(len(header))).rstrip() for line in lines
    )
