"""Base class and widgets of forms that end in SQL: labelled fields above the statements."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.suggester import SuggestFromList
from textual.widget import Widget
from textual.widgets import Input, Select, SelectionList, Static
from textual.widgets.selection_list import Selection

from dsql_tui.console.shared.key import Place
from dsql_tui.console.shared.keys import bindings
from dsql_tui.console.widgets.dialog import Dialog
from dsql_tui.console.widgets.toggles import CheckList
from dsql_tui.errors import InputError
from dsql_tui.sql.access.plans import PlannedStatement


class Field(Horizontal):
    """A label on the left and a widget on the right."""

    def __init__(self, label: str, widget: Widget) -> None:
        super().__init__(classes="field")
        self._label, self._widget = label, widget

    def compose(self) -> ComposeResult:
        """Yield the label and the widget."""
        yield Static(self._label, classes="field-label", markup=False)
        yield self._widget


def text_field(
    label: str, key: str, value: str = "", *, hint: str = "", known: Iterable[str] = ()
) -> Field:
    """Return an input with suggestions that `→` accepts."""
    suggester = SuggestFromList(list(known), case_sensitive=True)
    line = Input(value, placeholder=hint, suggester=suggester, id=key, compact=True)
    return Field(label, line)


def choice_field(
    label: str, key: str, options: Sequence[tuple[str, str]], value: str | None = None
) -> Field:
    """Return a list from (label, value) pairs of which one can be selected."""
    shown = [(Content(text), each) for text, each in options]
    first = options[0][1] if options else ""
    known = {each for _, each in options}
    select = Select(
        shown, value=value if value in known else first, allow_blank=False, id=key, compact=True
    )
    return Field(label, select)


def many_field(
    label: str, key: str, options: Sequence[tuple[str, str]], chosen: Iterable[str] = ()
) -> Field:
    """Return a list from (label, value) pairs of which any number can be selected."""
    return Field(label, CheckList(*selections(options, chosen), id=key, compact=True))


def selections(
    options: Sequence[tuple[str, str]], chosen: Iterable[str] = ()
) -> list[Selection[str]]:
    """Return the options of a list that allows several selections."""
    selected = set(chosen)
    return [Selection(Content(text), each, each in selected) for text, each in options]


class AccessFormDialog(Dialog[list[PlannedStatement]]):
    """A form with its SQL below; returns the statements to review."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.FORM)]
    VERB = "Review SQL…"
    CONFIRM_KEY = "{form.send}"
    HINTS: ClassVar[tuple[str, ...]] = ("tab next field",)

    def __init__(self) -> None:
        super().__init__()
        self.add_class("access-dialog")

    def fields(self) -> Iterator[Widget]:
        """Yield the fields."""
        raise NotImplementedError

    def statements(self) -> list[str]:
        """Return the statements for the values in the fields.

        Raises:
            InputError: The fields are incomplete or invalid; the message states the reason.
        """
        raise NotImplementedError

    def check(self) -> None:
        """Check the statements; most forms are complete with what `statements` checks.

        Raises:
            InputError: The server would refuse them, which are shown nevertheless.
        """

    def note(self) -> str:
        """Return a note to show below the SQL, or an empty string."""
        return ""

    def accept(self, steps: list[PlannedStatement]) -> None:
        """Dismiss with the statements to review."""
        self.dismiss(steps)

    def body(self) -> ComposeResult:
        """Yield the fields, the SQL and the buttons."""
        with VerticalScroll(classes="fields", can_focus=False):
            yield from self.fields()
        with VerticalScroll(classes="sql-preview", can_focus=False):
            yield Static("", id="sql")
        yield Static("", id="form-note", classes="dialog-note")
        yield from self.answers()

    def on_mount(self) -> None:
        """Focus the first field and show its SQL."""
        self.draw()
        first = self.query("Input, Select, SelectionList").first()
        first.focus()

    def text(self, key: str) -> str:
        """Return the text of an input."""
        return self.query_one(f"#{key}", Input).value.strip()

    def choice(self, key: str) -> str:
        """Return the selected value."""
        return str(self.query_one(f"#{key}", Select).value)

    def many(self, key: str) -> list[str]:
        """Return all selected values."""
        choices: SelectionList[str] = self.query_one(f"#{key}", SelectionList)
        return list(choices.selected)

    @on(Input.Changed)
    @on(Select.Changed)
    @on(SelectionList.SelectedChanged)
    def _changed(self) -> None:
        self.refill()
        self.draw()

    def refill(self) -> None:
        """Update fields that depend on another field; most forms have none."""

    def draw(self) -> None:
        """Show the SQL, and why it cannot be run or the form is incomplete."""
        lines: list[Content] = []
        try:
            lines += [Content.styled(f"{each};", "$text") for each in self.statements()]
            self.check()
        except InputError as error:
            words = f"{error.message} {error.remedy}".strip()
            lines.append(Content.styled(words, "$warning"))
        self.query_one("#sql", Static).update(Content("\n").join(lines))
        self.query_one("#form-note", Static).update(Content(self.note()))

    @on(Input.Submitted)
    def action_confirm(self) -> None:
        """Accept the statements, unless the form is incomplete."""
        try:
            statements = self.statements()
            self.check()
        except InputError:
            self.app.bell()
            return
        if statements:
            self.accept([PlannedStatement(each, "") for each in statements])
        else:
            self.action_leave()
