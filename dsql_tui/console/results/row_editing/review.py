"""The statements of staged changes before they run: exactly as they will be sent."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Button, Static

from dsql_tui.console.results.row_editing.service import RunPlace
from dsql_tui.console.shared.clipboard import clipboard_of
from dsql_tui.console.shared.key import Place
from dsql_tui.console.shared.keys import bindings
from dsql_tui.console.widgets.dialog import CANCEL_ID, CONFIRM_ID, Dialog
from dsql_tui.console.widgets.lines import LineView
from dsql_tui.model.span import count
from dsql_tui.results.cellview import JsonLine
from dsql_tui.results.progress import size
from dsql_tui.rows.statements import RowStatement
from dsql_tui.sql.dsql.limits import TRANSACTION_BYTES, TRANSACTION_ROWS


class ReviewAnswer(StrEnum):
    """What is done with the statements."""

    RUN = "run"
    EDITOR = "editor"


def script_of(statements: Sequence[RowStatement]) -> str:
    """Return statements as a script."""
    return "".join(f"{statement.text};\n" for statement in statements)


class ReviewChangesDialog(Dialog[ReviewAnswer]):
    """Shows statements and returns what is done with them; `None` keeps the changes staged.

    Args:
        heading: How many changes of which table.
        batches: The statements, by transaction.
        place: Where they run.
    """

    DEFAULT_CSS = """
    ReviewChangesDialog .dialog { width: 96%; height: 90%; max-width: 130; padding: 0 1; }
    ReviewChangesDialog LineView { height: 1fr; }
    ReviewChangesDialog #changes-note { color: $text-muted; height: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.CHANGES)]
    VERB = "Run"
    HINTS: ClassVar[tuple[str, ...]] = (
        "{changes.editor} insert into editor",
        "{changes.copy} copy",
    )
    IGNORES_TYPEAHEAD: ClassVar[bool] = True

    def __init__(
        self, heading: str, batches: Sequence[Sequence[RowStatement]], place: RunPlace
    ) -> None:
        super().__init__(classes="-production" if place.production else "")
        self._heading, self._batches, self._place = heading, batches, place
        self._statements = [statement for batch in batches for statement in batch]

    def heading(self) -> str:
        """Return the table and where the statements run."""
        where = self._place.endpoint
        return f"{self._heading} on {where.cluster_name} ({where.region}), as {where.role}"

    def body(self) -> ComposeResult:
        """Yield the limits, the statements and the buttons."""
        yield Static(self.note(), id="changes-note", markup=False)
        view = LineView()
        view.can_focus = False
        yield view
        yield from self.answers()

    def on_mount(self) -> None:
        """Show the statements; focus `Cancel` on a production cluster."""
        lines: list[JsonLine] = []
        for number, statement in enumerate(self._statements, start=1):
            first, *others = f"{statement.text};".split("\n")
            lines += [JsonLine(f"{number:>4}  {first}"), *(JsonLine(f"      {e}") for e in others)]
        self.query_one(LineView).show(lines)
        first_focus = CANCEL_ID if self._place.production else CONFIRM_ID
        self.query_one(f"#{first_focus}", Button).focus()

    def note(self) -> str:
        """Return rows and bytes against the limits, and how the statements run."""
        place = self._place
        rows = len(self._statements)
        size_bytes = sum(statement.size_bytes for statement in self._statements)
        sizes = f"{size(size_bytes)} of {size(TRANSACTION_BYTES)}"
        words = f"{rows:,} of {TRANSACTION_ROWS:,} rows · {sizes} · "
        each = "Each statement must change exactly one row, or all are rolled back."
        if place.in_transaction:
            before = f"with {count(place.rows_changed, 'row')} changed before"
            return f"{words}joins the open transaction, {before}. {each}"
        if len(self._batches) == 1:
            return f"{words}one transaction. {each}"
        return (
            f"{words}{len(self._batches):,} transactions, because one would exceed a limit. "
            "If one fails, those before it stay committed."
        )

    def action_confirm(self) -> None:
        """Run the statements."""
        self.dismiss(ReviewAnswer.RUN)

    def action_to_editor(self) -> None:
        """Insert the statements into the editor."""
        self.dismiss(ReviewAnswer.EDITOR)

    def action_copy(self) -> None:
        """Copy the statements."""
        label = count(len(self._statements), "statement")
        clipboard_of(self).put(script_of(self._statements), label)

    def action_scroll(self, lines: int) -> None:
        """Scroll the statements."""
        self.query_one(LineView).scroll_relative(y=lines, animate=False)
