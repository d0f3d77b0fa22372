"""Dialogs of row editing: a long value, a list of values, and a row that differs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import Button, OptionList, Static, TextArea

from dsql_tui.console.editor.external_editor import edited_outside
from dsql_tui.console.results.row_editing.field import FieldAnswer
from dsql_tui.console.results.row_editing.overlay import value_text
from dsql_tui.console.results.row_editing.values import is_json, problem_of
from dsql_tui.console.shared.key import Place
from dsql_tui.console.shared.keys import bindings, with_keys
from dsql_tui.console.shared.ui import WidgetUi
from dsql_tui.console.widgets.cells import CLIP_MARK, fit, inert
from dsql_tui.console.widgets.dialog import CANCEL_ID, Dialog
from dsql_tui.console.widgets.toggles import ChoiceList
from dsql_tui.model.source_table import TableColumn
from dsql_tui.rows.staged import DEFAULT, Value

NAME_WIDTH, VALUE_WIDTH = 24, 36
OUTSIDE = "{value.outside} opens $VISUAL or $EDITOR"
CHOICES: dict[str, Value] = {"true": "t", "false": "f", "NULL": None, "DEFAULT": DEFAULT}


class ValueDialog(Dialog[FieldAnswer]):
    """Edits a value with several lines; JSON is checked before it is returned.

    Args:
        column: The column.
        text: The text to begin with.
        problem: Why it could not be stored, or empty.
    """

    DEFAULT_CSS = """
    ValueDialog .dialog { width: 92%; height: 85%; max-width: 120; padding: 0 1; }
    ValueDialog TextArea { height: 1fr; }
    ValueDialog #value-problem { color: $text-error; height: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.VALUE_EDITOR)]
    VERB = "Stage"
    CONFIRM_KEY = "{value.stage}"
    HINTS: ClassVar[tuple[str, ...]] = ("{value.null} NULL", "{value.default} DEFAULT")

    def __init__(self, column: TableColumn, text: str, problem: str = "") -> None:
        super().__init__()
        self.ui = WidgetUi(self)
        self._column, self._text, self._problem = column, text, problem
        self._loaded = text

    def heading(self) -> str:
        """Return the column and its type."""
        return f"{inert(self._column.name)} · {self._column.type_name}"

    def body(self) -> ComposeResult:
        """Yield the text and the problem."""
        yield Static(with_keys(OUTSIDE), classes="dialog-note", markup=False)
        yield TextArea(self._text, soft_wrap=True)
        yield Static(self._problem, id="value-problem", markup=False)

    def on_mount(self) -> None:
        """Focus the text."""
        area = self.query_one(TextArea)
        self._loaded = area.text
        area.focus()

    def action_confirm(self) -> None:
        """Return the text, as it was if it was not changed."""
        text = self.query_one(TextArea).text
        text = self._text if text == self._loaded else text
        if problem := problem_of(self._column, text):
            self.query_one("#value-problem", Static).update(Content(problem))
        else:
            self.dismiss(FieldAnswer(text))

    def action_edit_outside(self) -> None:
        """Edit the text in the external editor, which may end it by a line break."""
        area = self.query_one(TextArea)
        name = "value.json" if is_json(self._column) else "value.txt"
        edited = edited_outside(self.ui, area.text, name)
        if edited is not None:
            ends = area.text.endswith("\n")
            area.text = edited if ends else edited.removesuffix("\n").removesuffix("\r")

    def action_give_null(self) -> None:
        """Return NULL."""
        self.dismiss(FieldAnswer(None))

    def action_give_default(self) -> None:
        """Return DEFAULT."""
        self.dismiss(FieldAnswer(DEFAULT))


class BooleanDialog(Dialog[FieldAnswer]):
    """Selects a boolean, NULL or DEFAULT.

    Args:
        column: The column.
        value: The value now.
    """

    DEFAULT_CSS = """
    BooleanDialog .dialog { width: 40; height: auto; }
    BooleanDialog OptionList { height: auto; border: none; }
    """
    VERB = "Stage"

    def __init__(self, column: TableColumn, value: Value) -> None:
        super().__init__()
        self._column, self._value = column, value

    def heading(self) -> str:
        """Return the column's name."""
        return inert(self._column.name)

    def body(self) -> ComposeResult:
        """Yield the list."""
        yield ChoiceList(*CHOICES)

    def on_mount(self) -> None:
        """Select the value as it is now."""
        options = self.query_one(ChoiceList)
        values = [*CHOICES.values()]
        options.highlighted = values.index(self._value) if self._value in values else 0
        options.focus()

    def on_option_list_option_selected(self, chosen: OptionList.OptionSelected) -> None:
        """Return the value."""
        self.dismiss(FieldAnswer([*CHOICES.values()][chosen.option_index]))


class RowDiffersDialog(Dialog[bool]):
    """Shows a row that somebody else has changed beside what was expected.

    Args:
        columns: The columns that were compared.
        expected: Their values as they were shown.
        now: Their values as they are stored; `None` if the row was deleted.
        note: What happened to the transaction.
    """

    DEFAULT_CSS = "RowDiffersDialog .dialog { width: 92%; max-width: 100; height: auto; }"
    IGNORES_TYPEAHEAD: ClassVar[bool] = True

    def __init__(
        self,
        columns: Sequence[TableColumn],
        expected: Sequence[str | None],
        now: Sequence[str | None] | None,
        note: str,
    ) -> None:
        super().__init__()
        self._columns, self._expected, self._now, self._note = columns, expected, now, note

    def heading(self) -> str:
        """Return what has happened to the row."""
        return "Row was deleted" if self._now is None else "Row was changed by somebody else"

    def verb(self) -> str:
        """Return what is done about it."""
        return "Discard change" if self._now is None else "Reload row, keep edit"

    def body(self) -> ComposeResult:
        """Yield the values and the buttons."""
        yield Static("\n".join(self.lines()), classes="dialog-text", markup=False)
        yield from self.answers()

    def on_mount(self) -> None:
        """Focus `Cancel`."""
        self.query_one(f"#{CANCEL_ID}", Button).focus()

    def lines(self) -> list[str]:
        """Return the values: as shown, and as stored now."""
        lines = [self._note, ""]
        now = self._now
        if now is None:
            return [*lines, "No row has this key any longer."]
        lines.append(_line("", "as shown", "as stored now"))
        for column, expected, stored in zip(self._columns, self._expected, now, strict=True):
            mark = " " if expected == stored else "≠ "
            texts = _cut(value_text(expected)), mark + _cut(value_text(stored))
            lines.append(_line(inert(column.name), *texts))
        return lines

    def action_confirm(self) -> None:
        """Return `True`."""
        self.dismiss(True)


def _line(name: str, expected: str, now: str) -> str:
    return f"{fit(name, NAME_WIDTH)} {fit(expected, VALUE_WIDTH)} {now}".rstrip()


def _cut(text: str) -> str:
    text = inert(text)
    return text if len(text) < VALUE_WIDTH else text[: VALUE_WIDTH - 2] + CLIP_MARK
