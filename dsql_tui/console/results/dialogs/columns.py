"""Selecting which columns are shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets.selection_list import Selection

from dsql_tui.console.widgets.cells import inert
from dsql_tui.console.widgets.dialog import Dialog
from dsql_tui.console.widgets.toggles import CheckList
from dsql_tui.model.result import Column
from dsql_tui.results.kinds import type_name


class ColumnsDialog(Dialog[tuple[int, ...]]):
    """A list of columns; returns the selected ones.

    Args:
        columns: All columns of the result.
        shown: Numbers of those shown now.
    """

    DEFAULT_CSS = """
    ColumnsDialog SelectionList { height: auto; max-height: 20; border: none; padding: 0;
        background: transparent; }
    """
    HEADING = "Columns"
    VERB = "Show selected"
    HINTS: ClassVar[tuple[str, ...]] = ("space select",)

    def __init__(self, columns: Sequence[Column], shown: Sequence[int]) -> None:
        super().__init__()
        self._columns = columns
        self._shown = set(shown)

    def body(self) -> ComposeResult:
        """Yield the columns in the server's order."""
        yield CheckList[int](
            *(
                Selection(
                    Content(f"{inert(column.name) or '?column?'}  {type_name(column)}"),
                    number,
                    number in self._shown,
                )
                for number, column in enumerate(self._columns)
            )
        )

    def key_enter(self) -> None:
        """Dismiss with the selected columns; an empty selection changes nothing."""
        selected = sorted(self.query_one(CheckList).selected)
        self.dismiss(tuple(selected) or None)
