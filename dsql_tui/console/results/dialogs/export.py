"""The file and format to export a result to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from dsql_tui.console.results.dialogs.copy_as import LABELS
from dsql_tui.console.widgets.dialog import Dialog
from dsql_tui.console.widgets.paths import PathInput
from dsql_tui.console.widgets.toggles import CheckBox, ChoiceList
from dsql_tui.export.formats import DEFAULT_TABLE, ExportOptions, Format

DEFAULT_STEM = "result"
GUARDED = {Format.CSV, Format.TSV, Format.SPREADSHEET}
"""Formats that a spreadsheet may open."""


@dataclass(frozen=True, slots=True)
class ExportOrder:
    """The selected format, scope and file.

    Attributes:
        path: Where to.
        file_format: How.
        options: What can be chosen about it.
        overwrite: They agreed to replace the file that is there.
    """

    path: Path
    file_format: Format
    options: ExportOptions
    overwrite: bool


class ExportDialog(Dialog[ExportOrder]):
    """Asks for a path, a format and its options; an existing file needs a second enter.

    Args:
        scope: The rows to export, in words.
        folder: Where files go unless another folder is typed.
        guard_formulas: The person's setting.
    """

    DEFAULT_CSS = """
    ExportDialog OptionList { height: 11; margin-bottom: 1; }
    ExportDialog CheckBox { border: none; padding: 0 0 0 1; background: transparent; }
    ExportDialog #export-note { height: auto; min-height: 1; color: $text-warning; }
    """
    VERB = "Export"
    HINTS: ClassVar[tuple[str, ...]] = ("tab next field",)

    def __init__(self, scope: str, folder: Path, *, guard_formulas: bool) -> None:
        super().__init__()
        self._scope = scope
        self._folder = folder
        self._guard = guard_formulas
        self._formats = list(LABELS)
        self._format = Format.CSV
        self._agreed: Path | None = None

    def heading(self) -> str:
        """Return what is exported."""
        return f"Export {self._scope}"

    def body(self) -> ComposeResult:
        """Yield the path, the formats and the options."""
        yield ChoiceList(*(Option(LABELS[each]) for each in self._formats), markup=False)
        yield PathInput(
            str(self._folder / f"{DEFAULT_STEM}{self._format.suffix}"),
            placeholder="file name",
            id="export-path",
            compact=False,
        )
        yield Input(DEFAULT_TABLE, id="export-table", placeholder="table name for INSERT")
        yield CheckBox("Escape spreadsheet formulas (')", self._guard, id="export-guard")
        yield Static("", id="export-note", markup=False)

    def on_mount(self) -> None:
        """Select CSV."""
        self.query_one(OptionList).highlighted = self._formats.index(self._format)
        self._show_choices()
        self.query_one("#export-path", Input).focus()

    @on(OptionList.OptionHighlighted)
    def _format_chosen(self, event: OptionList.OptionHighlighted) -> None:
        chosen = self._formats[event.option_index]
        path = self.query_one("#export-path", Input)
        if path.value.endswith(self._format.suffix):
            path.value = path.value.removesuffix(self._format.suffix) + chosen.suffix
        self._format = chosen
        self._show_choices()

    def _show_choices(self) -> None:
        self.query_one("#export-table").display = self._format is Format.INSERT
        self.query_one("#export-guard").display = self._format in GUARDED

    @on(OptionList.OptionSelected)
    @on(Input.Submitted)
    def _answer(self) -> None:
        typed = self.query_one("#export-path", Input).value.strip()
        path = Path(typed).expanduser()
        if not typed or path.is_dir():
            self._say("Enter a file name.")
        elif not path.parent.is_dir():
            self._say(f"The folder {path.parent} does not exist.")
        elif path.exists() and self._agreed != path:
            self._agreed = path
            self._say(f"{path.name} already exists. Press enter again to replace it.")
        else:
            options = ExportOptions(
                table=self.query_one("#export-table", Input).value.strip() or DEFAULT_TABLE,
                guard_formulas=self.query_one("#export-guard", CheckBox).value,
            )
            self.dismiss(ExportOrder(path, self._format, options, self._agreed == path))

    def _say(self, words: str) -> None:
        self.query_one("#export-note", Static).update(words)
