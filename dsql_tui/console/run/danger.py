"""The confirmation before destructive statements: what they change, where, and a safe run."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Button, Static

from dsql_tui.console.session.transaction import Danger
from dsql_tui.console.widgets.dialog import CANCEL_ID, Dialog
from dsql_tui.model.endpoint import Endpoint
from dsql_tui.sql.text.lines import lines_of

RUN, LOOK, SCRIPT = "run", "look", "script"
STATEMENT_LINES = 8
"""Lines of a statement that are shown."""


class DangerDialog(Dialog[str]):
    """Returns `RUN`, `LOOK` (in a transaction that stays open), `SCRIPT` (as a script) or `None`.

    Args:
        endpoint: The endpoint that the statements would run on.
        dangers: The statements that need confirmation.
        estimates: Estimated sizes of the objects, in words: `orders ~1.2 k rows`.
        production: Whether the cluster is one to be careful with.
        offers_script: Whether the statements could run as a script, because they contain DDL.
    """

    VERB = "Run"
    HINTS: ClassVar[tuple[str, ...]] = ("{dialog.previous} {dialog.next} choose",)
    DANGEROUS = True
    IGNORES_TYPEAHEAD: ClassVar[bool] = True

    def __init__(
        self,
        endpoint: Endpoint,
        dangers: tuple[Danger, ...],
        estimates: tuple[str, ...],
        *,
        production: bool,
        offers_script: bool = False,
    ) -> None:
        super().__init__(classes="-production" if production else "")
        self._offers_script = offers_script
        self._endpoint, self._dangers, self._estimates = endpoint, dangers, estimates

    def heading(self) -> str:
        """Return the effect of the statement, or the number of statements."""
        if len(self._dangers) == 1:
            return f"{self._dangers[0].hazard}?"
        return f"Run {len(self._dangers)} destructive statements?"

    def body(self) -> ComposeResult:
        """Yield the target, the statements and the buttons."""
        with VerticalScroll(classes="dialog-list"):
            for danger in self._dangers:
                yield Static(self._words(danger), classes="dialog-text")
        if self._estimates:
            yield Static(", ".join(self._estimates), classes="dialog-text", markup=False)
        where = self._endpoint
        yield Static(
            Content.assemble(
                ("on ", "$muted"),
                (where.cluster_name, "bold $text-warning"),
                (f" {where.region} as {where.role}", "$muted"),
            ),
            classes="dialog-text",
        )
        if all(danger.can_be_looked_at for danger in self._dangers):
            yield from self.answers(Button("Run in a transaction", id=LOOK, compact=True))
        elif self._offers_script:
            yield from self.answers(Button("Run tab as script…", id=SCRIPT, compact=True))
        else:
            yield from self.answers()

    def on_mount(self) -> None:
        """Focus `Cancel`."""
        self.query_one(f"#{CANCEL_ID}", Button).focus()

    @on(Button.Pressed, f"#{LOOK}")
    def _run_in_transaction(self) -> None:
        self.dismiss(LOOK)

    @on(Button.Pressed, f"#{SCRIPT}")
    def _run_as_script(self) -> None:
        self.dismiss(SCRIPT)

    def action_confirm(self) -> None:
        """Dismiss with `RUN`."""
        self.dismiss(RUN)

    def _words(self, danger: Danger) -> Content:
        """Return the statement; with several, each below what it would do."""
        lines = lines_of(danger.text)
        shown = lines[:STATEMENT_LINES] + ["…"] * (len(lines) > STATEMENT_LINES)
        statement = Content.styled("\n".join(shown), "$muted")
        if len(self._dangers) == 1:
            return statement
        return Content.assemble((f"{danger.hazard}\n", "bold $text"), statement)
