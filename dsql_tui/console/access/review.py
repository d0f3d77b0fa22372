"""The SQL of a change before it runs, then the result of each statement."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Button, Static

from dsql_tui.console.access import workers
from dsql_tui.console.access.messages import ChangeEnded, ChangesEnded, ChangeStarted
from dsql_tui.console.session.sessions import SessionPair
from dsql_tui.console.shared.clipboard import clipboard_of
from dsql_tui.console.shared.key import Place
from dsql_tui.console.shared.keys import bindings
from dsql_tui.console.shared.words import explanation
from dsql_tui.console.widgets.dialog import CANCEL_ID, CONFIRM_ID, Dialog
from dsql_tui.errors import DsqlTuiError, SessionLost
from dsql_tui.model.span import count
from dsql_tui.sql.access.plans import PlannedStatement

WAITING, RUNNING, DONE, REFUSED = "·", "…", "✓", "✗"


class ReviewDialog(Dialog[bool]):
    """Shows statements, runs them on request, and returns whether any was sent.

    Args:
        heading: A short title of the change.
        steps: Statements in order, each with a reason that may be empty.
        pair: The sessions; the statements run on the catalog session.
        read_only: They are shown and cannot be run.
        production: Whether the cluster is one to be careful with.
        insert: Inserts SQL into the editor; `None` does not offer it.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.REVIEW)]
    HINTS: ClassVar[tuple[str, ...]] = (
        "{review.previous} {review.next} choose",
        "{review.copy} copy SQL",
    )
    INSERT_HINT: ClassVar[str] = "{review.insert} to editor"
    IGNORES_TYPEAHEAD: ClassVar[bool] = True

    def __init__(
        self,
        heading: str,
        steps: Sequence[PlannedStatement],
        pair: SessionPair,
        *,
        read_only: bool = False,
        production: bool = False,
        insert: Callable[[str], object] | None = None,
    ) -> None:
        super().__init__(classes="-production" if production else "")
        self.add_class("access-dialog")
        self._production, self._insert = production, insert
        self._heading, self._steps, self._pair = heading, list(steps), pair
        self._read_only = read_only
        self._marks = [WAITING] * len(steps)
        self._errors: dict[int, DsqlTuiError] = {}
        self._was_sent = self._in_flight = False

    def heading(self) -> str:
        """Return the name of the change."""
        return self._heading

    def hints(self) -> tuple[str, ...]:
        """Return the keys; inserting into the editor is offered before anything was sent."""
        return (*self.HINTS, self.INSERT_HINT) if self._can_insert else self.HINTS

    @property
    def _can_insert(self) -> bool:
        return self._insert is not None and not self._was_sent

    def body(self) -> ComposeResult:
        """Yield the statements, a summary of their effect and the buttons."""
        with VerticalScroll(id="review-steps", can_focus=False):
            yield Static(self._text(), id="review-text")
        yield Static(self._note(), id="review-note", classes="dialog-note")
        yield from self.answers()

    def verb(self) -> str:
        """Return `Run`, once and only where that is allowed."""
        return "" if self._read_only or self._was_sent else "Run"

    def on_mount(self) -> None:
        """Focus the run button, or `Cancel` if something is dropped, or on production."""
        words = " ".join(each.statement for each in self._steps).split()
        careful = not {"DROP", "REVOKE"}.isdisjoint(words)
        careful = careful or self._read_only or self._production
        first = CANCEL_ID if careful else CONFIRM_ID
        self.query_one(f"#{first}", Button).focus()

    def action_confirm(self) -> None:
        """Run the statements."""
        if self.verb():
            self._was_sent = self._in_flight = True
            self.draw_verb()
            job = partial(workers.run_changes, self._pair, [each.statement for each in self._steps])
            self.run_worker(partial(job, self.post_message), thread=True)

    def on_change_started(self, message: ChangeStarted) -> None:
        """Mark a statement as running."""
        self._marks[message.number] = RUNNING
        self._draw()

    def on_change_ended(self, message: ChangeEnded) -> None:
        """Show whether a statement succeeded or failed."""
        self._marks[message.number] = REFUSED if message.error else DONE
        if message.error:
            self._errors[message.number] = message.error
        self._draw()

    def on_changes_ended(self, _message: ChangesEnded) -> None:
        """Update the buttons when no statement is running."""
        self._in_flight = False
        self.query_one(f"#{CANCEL_ID}", Button).focus()
        self._draw()

    def action_leave(self) -> None:
        """Close; while a statement is running, wait for its outcome."""
        if not self._in_flight:
            self.dismiss(self._was_sent)

    def _script(self) -> str:
        return "".join(f"{each.statement};\n" for each in self._steps)

    def action_copy(self) -> None:
        """Copy the statements."""
        clipboard_of(self).put(self._script(), count(len(self._steps), "statement"))

    def action_insert(self) -> None:
        """Insert the statements into the editor in place of running them."""
        if self._insert is not None and self._can_insert:
            self._insert(self._script())
            self.dismiss(False)

    def action_scroll(self, lines: int) -> None:
        """Scroll a long plan."""
        self.query_one("#review-steps").scroll_relative(y=lines, animate=False)

    def _draw(self) -> None:
        self.query_one("#review-text", Static).update(self._text())
        self.query_one("#review-note", Static).update(self._note())

    def _text(self) -> Content:
        lines: list[Content] = []
        for number, step in enumerate(self._steps):
            mark = self._marks[number]
            style = {DONE: "$success", REFUSED: "$error", RUNNING: "$warning"}.get(mark, "$muted")
            lines.append(Content.assemble((f"{mark} ", style), (f"{step.statement};", "$text")))
            if step.reason and mark == WAITING:
                lines.append(Content.styled(f"  {step.reason}", "$muted"))
            if error := self._errors.get(number):
                words = [error.message, *explanation(error)]
                lines.extend(Content.styled(f"  {word}", "$error") for word in words)
        return Content("\n").join(lines)

    def _note(self) -> Content:
        done, total = self._marks.count(DONE), len(self._steps)
        if self._read_only:
            words = "The session is read-only. Switch read-only mode off to run this."
            return Content.styled(words, "$warning")
        if not self._was_sent:
            alone = "Runs as one transaction" if total == 1 else f"Runs as {total} transactions"
            words = f"{alone}: DSQL allows one DDL statement per transaction."
            return Content.styled(words, "$muted")
        if self._in_flight:
            return Content.styled(f"{done} of {total} done…", "$muted")
        if not self._errors:
            return Content.styled(f"{count(done, 'statement')} done.", "$success")
        left = total - done - 1
        lost = any(isinstance(error, SessionLost) for error in self._errors.values())
        outcome = "may or may not have completed" if lost else "failed and was rolled back"
        if total == 1:
            return Content.styled(f"The statement {outcome}.", "$warning")
        words = f"{done} committed. One {outcome}. {left} not sent."
        return Content.styled(words, "$warning")
