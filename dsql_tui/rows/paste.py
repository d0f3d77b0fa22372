"""Blocks of cells as spreadsheets put them on the clipboard."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from io import StringIO

from dsql_tui.errors import InputError

CELL_MAX_CHARACTERS = 16 * 1024 * 1024
"""Longer than any value that DSQL stores."""


def read_block(text: str) -> list[list[str]]:
    """Return the rows of cells of a tab-separated text; cells may be quoted and contain line ends.

    Raises:
        InputError: A quoted cell does not end.
    """
    before = csv.field_size_limit(CELL_MAX_CHARACTERS)
    try:
        rows = list(csv.reader(StringIO(text, newline=""), "excel-tab", strict=True))
    except csv.Error as error:
        raise InputError(
            f"The clipboard holds no block of cells: {error}.",
            remedy="Copy the cells in the spreadsheet again.",
        ) from None
    finally:
        csv.field_size_limit(before)
    return [row or [""] for row in rows]


def fill(block: Sequence[Sequence[str]], rows: int, columns: int) -> list[list[str]]:
    """Return a block repeated over a selection, as spreadsheets do, if it fits a whole number.

    Args:
        block: The cells.
        rows: Rows of the selection.
        columns: Columns of the selection.
    """
    height, width = len(block), max(map(len, block), default=0)
    if not height or rows % height or columns % width or any(len(row) != width for row in block):
        return [list(row) for row in block]
    return [list(row) * (columns // width) for row in block] * (rows // height)
