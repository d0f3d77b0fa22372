"""Plain tables for stdout: columns as wide as their widest cell, two spaces between."""

from __future__ import annotations

from collections.abc import Sequence


def table(
    header: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()
) -> str:
    """Return lines of text.

    Args:
        header: One word per column.
        rows: Each as long as the header.
        right: Columns to align right.
    """
    lines = [header, *rows]
    widths = [max(len(line[index]) for line in lines) for index in range(len(header))]

    def cell(line: Sequence[str], index: int) -> str:
        if index in right:
            return line[index].rjust(widths[index])
        return line[index].ljust(widths[index])

    return "\n".join(
        "  ".join(cell(line, index) for index in range(len(header))).rstrip() for line in lines
    )
