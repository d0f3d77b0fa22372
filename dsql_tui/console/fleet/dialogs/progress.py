"""The steps of a change as they happen. The change continues when the dialog is closed."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import LoadingIndicator, Static

from dsql_tui.console.shared.key import Place
from dsql_tui.console.shared.keys import bindings
from dsql_tui.console.shared.words import explanation, short_region
from dsql_tui.console.widgets.dialog import Dialog
from dsql_tui.errors import DsqlTuiError
from dsql_tui.model.cluster import Cluster
from dsql_tui.model.lifecycle import LifecycleEvent


class ProgressDialog(Dialog[None]):
    """Shows the steps; a failed request can be retried.

    Args:
        heading: A title for the operation.
        retry: Sends the request again under the same client token.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.PROGRESS)]

    def __init__(self, heading: str, retry: Callable[[], None]) -> None:
        super().__init__()
        self._heading = heading
        self._retry = retry
        self._lines: list[Content] = []
        self._failed = False
        self._going = True

    def heading(self) -> str:
        """Return the name of the change."""
        return self._heading

    def hints(self) -> tuple[str, ...]:
        """Return `Retry` after a failure, or what happens when the dialog is closed."""
        if self._failed:
            return ("{progress.retry} retry",)
        return ("continues in the background",) if self._going else ()

    def body(self) -> ComposeResult:
        """Yield the steps and the spinner."""
        with VerticalScroll(id="steps-scroll"):
            yield Static("", id="steps", markup=False)
        yield LoadingIndicator(id="steps-going")

    def add(self, event: LifecycleEvent) -> None:
        """Show a step."""
        if isinstance(event, Cluster):
            words = f"{event.status.value.lower().replace('_', ' ')}"
            line = Content.assemble(
                (f"{short_region(event.region):<6}", "$muted"), "◌ " if not event.status.is_ready
                else ("● ", "$text-success"), words
            )  # fmt: skip
        else:
            line = Content.assemble(
                (f"{short_region(event.region):<6}", "$muted"), f"{event.step}: {event.message}"
            )
        self._show(line)

    def end(self, error: DsqlTuiError | None) -> None:
        """Show the outcome."""
        self._going = False
        self._failed = error is not None
        if error is None:
            self._show(Content.styled("Done.", "$text-success"))
            return
        self._show(Content.styled(error.message, "$text-error"))
        for line in explanation(error):
            self._show(Content(line))
        self._show(
            Content.styled("A retry repeats only the steps that did not complete.", "$muted")
        )

    def action_retry(self) -> None:
        """Send the request again."""
        if self._failed:
            self._failed, self._going = False, True
            self._draw()
            self._retry()

    def on_mount(self) -> None:
        """Show the steps that were posted before the dialog was mounted."""
        self._draw()

    def _show(self, line: Content) -> None:
        self._lines.append(line)
        if self.is_mounted:
            self._draw()

    def _draw(self) -> None:
        self.query_one("#steps", Static).update(Content("\n").join(self._lines))
        self.query_one("#steps-scroll").scroll_end(animate=False)
        self.query_one(LoadingIndicator).display = self._going
        self.draw_verb()
