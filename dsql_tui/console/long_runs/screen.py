"""Base class of the screens of scripts and batches: what will run, and the progress.

Nothing runs before F5, and the statements that will run are shown by then. Stopping takes effect
after the current transaction; a second stop cancels that transaction too.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from threading import Event
from time import monotonic
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Static

from dsql_tui.console.long_runs.messages import PreparationFailed, RunAdvanced, RunFailed
from dsql_tui.console.long_runs.progress import LongRunProgress
from dsql_tui.console.long_runs.workers import Connector
from dsql_tui.console.run.danger import RUN, DangerDialog
from dsql_tui.console.session.transaction import dangers_of
from dsql_tui.console.shared.key import Place
from dsql_tui.console.shared.keys import bindings, with_keys
from dsql_tui.console.shared.words import explanation, headline
from dsql_tui.console.shared.work import WorkEnded
from dsql_tui.console.widgets.footer import KeyLine
from dsql_tui.errors import DsqlTuiError, SessionLost
from dsql_tui.model.unknown import WhenUnknown
from dsql_tui.scripts.events import LongRunEnded, RunEvent
from dsql_tui.sql.lexing.split import Statement

Job = Callable[[Callable[[Message], object]], object]


class LongRunScreen(Screen[bool]):
    """Returns whether anything was run.

    Args:
        connect: Opens the sessions of the run.
        production: Whether the cluster is one to be careful with.
    """

    TITLE_WORDS = ""
    IGNORES_TYPEAHEAD: ClassVar[bool] = True
    CSS_PATH = "../style/longrun.tcss"
    AUTO_FOCUS = "#run-plan"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.LONG_RUN)]

    def __init__(self, connect: Connector, *, production: bool) -> None:
        super().__init__(id="longrun-screen", classes="-production" if production else "")
        self._connect = connect
        self.running = False
        self.progress = LongRunProgress()
        self._was_run = False
        self._started_at = 0.0
        self._stop, self._pause = Event(), Event()
        self._error: DsqlTuiError | None = None
        self._bad_checkpoint = False
        self._when_unknown = WhenUnknown.ASK

    def compose(self) -> ComposeResult:
        """Yield what will run, and the progress."""
        where = self._connect.endpoint
        with Vertical(id="run-frame") as frame:
            frame.border_title = Content(
                f"{self.TITLE_WORDS} on {where.cluster_name} {where.region} as {where.role}"
            )
            yield from self.choices()
            with VerticalScroll(id="run-plan"):
                yield Static("", id="run-steps", markup=False)
        with Vertical(id="run-progress") as below:
            below.border_title = "Progress"
            yield Static("", id="run-words", markup=False)
        yield KeyLine()

    def choices(self) -> ComposeResult:
        """Yield the options of the run."""
        yield from ()

    def is_ready(self) -> bool:
        """Return whether there is something to run."""
        raise NotImplementedError

    def has_begun(self) -> bool:
        """Return whether an earlier run committed something and work remains."""
        raise NotImplementedError

    def job(self) -> Job | None:
        """Return the run, resumed where the last one ended; `None` when not ready."""
        raise NotImplementedError

    def plan_words(self) -> Content:
        """Return what will run."""
        raise NotImplementedError

    def idle_words(self) -> Content:
        """Return the text shown while nothing runs."""
        raise NotImplementedError

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Disable the actions that are not available."""
        match action:
            case "start" if self._is_unknown:
                return False
            case "start":
                return self.is_ready() and not self.running and not self.progress.is_complete
            case "run_unknown" | "skip_unknown":
                return self._is_unknown and not self.running
            case "anew":
                return not self.running and (self._bad_checkpoint or self.has_begun())
            case "stop":
                return self.running
            case "back":
                return not self.running
            case "pause":
                return False
        return super().check_action(action, parameters)

    def statements(self) -> tuple[str, ...]:
        """Return the statements that are still to run."""
        raise NotImplementedError

    def action_start(self) -> None:
        """Start or resume the run, after a confirmation of destructive statements."""
        texts = (Statement(text, 0, len(text)) for text in self.statements())
        dangers = dangers_of(tuple(texts), can_look=False)
        if not dangers:
            self._start()
            return
        dialog = DangerDialog(
            self._connect.endpoint, dangers, (), production=self.has_class("-production")
        )
        self.app.push_screen(dialog, self._confirmed)

    def _confirmed(self, answer: str | None) -> None:
        if answer == RUN:
            self._start()
        else:
            self._decision()  # that was not confirmed either

    def _start(self) -> None:
        self._stop, self._pause = Event(), Event()
        job = self.job()
        if job is None:
            return
        self.running, self._was_run, self._error = True, True, None
        self._started_at = monotonic()
        self.progress = self.progress.afresh()
        self.run_worker(partial(job, self.post_message), thread=True, group="longrun")
        self.query_one("#run-plan").focus()
        self._draw()

    def action_run_unknown(self) -> None:
        """Rerun the step or batch whose outcome is unknown."""
        self._when_unknown = WhenUnknown.AGAIN
        self.action_start()

    def action_skip_unknown(self) -> None:
        """Mark the step or batch whose outcome is unknown as done."""
        self._when_unknown = WhenUnknown.SKIP
        self.action_start()

    @property
    def _is_unknown(self) -> bool:
        """Whether a person has to decide; there is no default."""
        return isinstance(self._error, SessionLost) and self._error.outcome_unknown

    def _decision(self) -> WhenUnknown:
        """Return the decision of the person, once."""
        when, self._when_unknown = self._when_unknown, WhenUnknown.ASK
        return when

    def action_stop(self) -> None:
        """Stop after the current transaction; the second time, cancel it."""
        if self._stop.is_set():
            self.run_worker(self._connect.cancel, thread=True, group="cancel")
        self._stop.set()
        self._draw()

    def action_back(self) -> None:
        """Return to the workspace."""
        self.dismiss(self._was_run)

    def halt(self) -> None:
        """Stop as soon as possible, because the program ends."""
        self._stop.set()

    def on_preparation_failed(self, message: PreparationFailed) -> None:
        """Show why there is nothing to run."""
        self._error = message.error
        self._bad_checkpoint = message.bad_checkpoint
        self.failed_to_plan(message)
        self._draw()

    def failed_to_plan(self, message: PreparationFailed) -> None:
        """Offer further options; Textual calls the handlers of all classes, so this is not one."""

    def advanced(self, event: RunEvent) -> None:
        """Show the progress after `event`."""

    def on_run_advanced(self, message: RunAdvanced) -> None:
        """Show the progress."""
        self.progress = self.progress.after(message.event)
        if isinstance(message.event, LongRunEnded):
            self._end(failed=False)
        self.advanced(message.event)
        self._draw()

    def on_run_failed(self, message: RunFailed) -> None:
        """Show why the run ended; what was committed stays."""
        self._error = message.error
        self._end(failed=True)
        self._draw()

    def _end(self, *, failed: bool) -> None:
        self.running = False
        self.post_message(WorkEnded(self.TITLE_WORDS, monotonic() - self._started_at, failed))

    def _draw(self) -> None:
        self.query_one("#run-steps", Static).update(self.plan_words())
        self.query_one("#run-words", Static).update(Content("\n").join(self._lines()))
        self.refresh_bindings()

    def _lines(self) -> list[Content]:
        lines: list[Content] = []
        if self._was_run or self.progress.done:
            full, rest = self.progress.bar
            bar = ((full, "$success"), (rest, "$frame"), (" " if full or rest else "", ""))
            lines.append(Content.assemble(*bar, (self.progress.words, "bold $text")))
        if self._error is not None:
            lines.append(Content.styled(f"✗ {headline(self._error)}", "bold $text-error"))
            lines.append(Content.styled(self._error.message, "$text"))
            lines += [Content.styled(line, "$muted") for line in explanation(self._error)]
        if self.running:
            lines.append(Content.styled(self._going(), "$muted"))
        else:
            lines.append(self.idle_words())
        return lines

    def _going(self) -> str:
        if self._stop.is_set():
            return with_keys(
                "Stopping after the current transaction. Press {long.stop} again to cancel it."
            )
        return (
            with_keys("Paused between batches. Press {long.pause} to continue.")
            if self._pause.is_set()
            else "Running…"
        )
