"""Asked before statements that destroy: what they touch, where, and a way to look first."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Static

from dsql_tui.console.session.transaction import Danger
from dsql_tui.console.shared.keys import bindings_of
from dsql_tui.console.widgets.dialog import Dialog
from dsql_tui.model.endpoint import Endpoint
from dsql_tui.sql.text.lines import lines_of

RUN, LOOK = "run", "look"
STATEMENT_LINES = 8
"""Lines of a statement that are shown."""


class DangerDialog(Dialog[str]):
    """Answers `RUN`, `LOOK` (in a transaction that stays open) or `None`.

    Args:
        endpoint: Where it would happen.
        dangers: What is asked about.
        estimates: What is known of the objects, in words: `orders ~1.2 k rows`.
        production: Whether the cluster is one to be careful with.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of("dialog.previous", "dialog.next")]
    HEADING = "This destroys something"
    KEYS = "← → choose · enter answers · esc runs nothing"
    IGNORES_TYPEAHEAD: ClassVar[bool] = True

    def __init__(
        self,
        endpoint: Endpoint,
        dangers: tuple[Danger, ...],
        estimates: tuple[str, ...],
        *,
        production: bool,
    ) -> None:
        super().__init__(classes="-production" if production else "")
        self._endpoint, self._dangers, self._estimates = endpoint, dangers, estimates

    def body(self) -> ComposeResult:
        """Where, what, and three answers."""
        with VerticalScroll(classes="dialog-list"):
            for danger in self._dangers:
                yield Static(_words(danger), classes="dialog-text")
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
        with Horizontal(classes="answers"):
            yield Button("Run nothing", id="no", compact=True)
            if all(danger.can_be_looked_at for danger in self._dangers):
                yield Button("Run, look, then commit", id=LOOK, compact=True)
            yield Button("Run", id=RUN, variant="error", compact=True)

    def on_mount(self) -> None:
        """Pressing enter at once runs nothing."""
        self.query_one("#no", Button).focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Answer."""
        self.dismiss(event.button.id if event.button.id in {RUN, LOOK} else None)


def _words(danger: Danger) -> Content:
    lines = lines_of(danger.text)
    shown = lines[:STATEMENT_LINES] + ["…"] * (len(lines) > STATEMENT_LINES)
    return Content.assemble(
        (f"{danger.hazard}.", "bold $text"), ("\n" + "\n".join(shown), "$muted")
    )
