"""The form of one change to a relation, above the statements that it runs."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import count

from textual.widget import Widget

from dsql_tui.console.access.forms import (
    AccessFormDialog,
    choice_field,
    many_field,
    text_field,
)
from dsql_tui.console.inspector.change_forms import ChangeForm, FieldKind, FormField, FormValues
from dsql_tui.console.shared.ui import WidgetUi
from dsql_tui.errors import InputError
from dsql_tui.model.inspection import Inspection
from dsql_tui.sql.access.plans import PlannedStatement
from dsql_tui.sql.altering.changes import check_change
from dsql_tui.sql.dsql.lint import LintSeverity, check


class ChangeFormDialog(AccessFormDialog):
    """Shows a form; returns statements to review that DSQL is not known to refuse.

    Args:
        inspection: The relation.
        form: What is changed.
    """

    def __init__(self, inspection: Inspection, form: ChangeForm) -> None:
        super().__init__()
        self._inspection, self._form = inspection, form
        self._ui = WidgetUi(self)
        self._refusal = ""
        """What dsql-lint reports about the statements that were last sent to it."""

    def heading(self) -> str:
        """Return the change and the relation."""
        return self._form.heading

    def fields(self) -> Iterator[Widget]:
        """Yield the fields of the form."""
        yield from map(_widget, count(), self._form.fields)

    def statements(self) -> list[str]:
        """Return the statements of the change."""
        return self._form.change(self._values()).statements(self._inspection)

    def check(self) -> None:
        """Check the change by DSQL's rules, and the typed name that confirms it."""
        values = self._values()
        check_change(self._form.change(values), self._inspection)
        self._form.check(values)
        if self._refusal:
            raise InputError(self._refusal)

    def note(self) -> str:
        """Return what else the change means."""
        return self._form.note(self._values())

    def refill(self) -> None:
        """Discard what dsql-lint reported about other values."""
        self._refusal = ""

    def accept(self, steps: list[PlannedStatement]) -> None:
        """Dismiss with the statements, unless dsql-lint reports that the service refuses one."""
        self._ui.start(self._linted(steps))

    async def _linted(self, steps: list[PlannedStatement]) -> None:
        text = "".join(f"{each.statement};\n" for each in steps)
        try:
            findings = await self._ui.call(partial(check, text))
        except InputError:  # the linter is advice: without it the server decides
            findings = []
        refused = [each for each in findings if each.severity is LintSeverity.ERROR]
        if refused:
            words = (refused[0].message, refused[0].suggestion)
            self._refusal = " ".join(filter(None, words))
            self.draw()
        else:
            self.dismiss(steps)

    def on_unmount(self) -> None:
        """Stop checking."""
        self._ui.cancel()

    def _values(self) -> FormValues:
        texts: dict[str, str] = {}
        lists: dict[str, list[str]] = {}
        for number, each in enumerate(self._form.fields):
            key = f"field-{number}"
            match each.kind:
                case FieldKind.TEXT:
                    texts[each.key] = self.text(key)
                case FieldKind.CHOICE:
                    texts[each.key] = self.choice(key)
                case FieldKind.LIST:
                    lists[each.key] = self.many(key)
        return FormValues(texts, lists)


def _widget(number: int, field: FormField) -> Widget:
    key = f"field-{number}"
    options = [(each, each) for each in field.options]
    match field.kind:
        case FieldKind.TEXT:
            return text_field(field.label, key, field.value, hint=field.hint, known=field.options)
        case FieldKind.CHOICE:
            return choice_field(field.label, key, options, field.value)
        case FieldKind.LIST:
            return many_field(field.label, key, options, [field.value] if field.value else [])
