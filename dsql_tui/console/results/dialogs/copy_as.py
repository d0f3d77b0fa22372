"""Selecting the format to copy in."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from dsql_tui.console.widgets.dialog import Dialog
from dsql_tui.console.widgets.toggles import ChoiceList
from dsql_tui.export.formats import Format

LABELS = {
    Format.SPREADSHEET: "Spreadsheet cells (tab-separated)",
    Format.CSV: "CSV",
    Format.TSV: "TSV (COPY text format)",
    Format.JSON: "JSON",
    Format.JSONL: "JSON Lines",
    Format.MARKDOWN: "Markdown table",
    Format.TABLE: "Aligned text",
    Format.INSERT: "INSERT statements",
    Format.VALUES: "VALUES list",
    Format.IN_LIST: "IN (…) list of the first column",
    Format.PARQUET: "Parquet",
    Format.XLSX: "Excel workbook",
}


class CopyAsDialog(Dialog[Format]):
    """A list of formats; returns the selected one.

    Args:
        scope: The selection to copy, in words.
    """

    HEADING = "Copy as"
    VERB = "Copy"

    def __init__(self, scope: str) -> None:
        super().__init__()
        self._scope = scope
        self._formats = [each for each in LABELS if each.is_text]

    def heading(self) -> str:
        """Return what is copied."""
        return f"Copy {self._scope} as"

    def body(self) -> ComposeResult:
        """Yield the formats."""
        yield ChoiceList(*(Option(LABELS[each]) for each in self._formats), markup=False)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Dismiss with the format."""
        self.dismiss(self._formats[event.option_index])
