"""A script as DSQL accepts it: its steps, the run, and resuming after it ended early."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from dsql_tui.console.long_runs import workers
from dsql_tui.console.long_runs.messages import ScriptPlanned
from dsql_tui.console.long_runs.progress import LongRunProgress
from dsql_tui.console.long_runs.screen import Job, LongRunScreen
from dsql_tui.console.shared.keys import with_keys
from dsql_tui.scripts.events import RunEvent, StepEnded
from dsql_tui.sql.dsql.script_plan import ScriptStep

SHOWN_BEFORE, SHOWN_MAX = 20, 200
"""Steps drawn before the current one, and in total."""
NOTHING_YET = "Reading the script…"


class ScriptScreen(LongRunScreen):
    """Runs one script.

    Args:
        connect: Opens the sessions of the run.
        text: The script.
        path: Its file, or `None`.
        cluster: ARN of the cluster: a checkpoint belongs to one.
        production: Whether the cluster is one to be careful with.
    """

    TITLE_WORDS = "Run script"

    def __init__(
        self,
        connect: workers.Connector,
        text: str,
        path: Path | None,
        cluster: str,
        *,
        production: bool,
    ) -> None:
        super().__init__(connect, production=production)
        self.add_class("-script")
        self._text, self._path, self._cluster = text, path, cluster
        self._planned: ScriptPlanned | None = None

    def choices(self) -> ComposeResult:
        """Options that change how the script runs."""
        with VerticalScroll(id="run-notes", can_focus=False):
            yield Static("", markup=False)

    def on_mount(self) -> None:
        """Read the script; nothing is sent."""
        self._plan(anew=False)

    def _plan(self, *, anew: bool) -> None:
        self._planned, self._error, self._bad_checkpoint = None, None, False
        self._was_run, self.progress = False, LongRunProgress()
        self._draw()
        job = partial(workers.plan_run, self._text, self._path, self._cluster, anew)
        self.run_worker(partial(job, self.post_message), thread=True, group="longrun")

    def on_script_planned(self, message: ScriptPlanned) -> None:
        """Show the steps and where to resume."""
        self._planned = message
        self.progress = LongRunProgress(total=len(message.plan.steps), done=message.checkpoint.done)
        notes = (Content.styled(f"! {note}", "$text-warning") for note in message.plan.notes)
        self.query_one("#run-notes").display = bool(message.plan.notes)
        self.query_one("#run-notes Static", Static).update(Content("\n").join(notes))
        self._draw()

    def is_ready(self) -> bool:
        """Return whether the steps are known."""
        return self._planned is not None

    def has_begun(self) -> bool:
        """Return whether some steps are committed and others remain."""
        return self.progress.done > 0 and not self.progress.is_complete

    def statements(self) -> tuple[str, ...]:
        """Return the statements of the remaining steps."""
        steps = self._planned.plan.steps[self.progress.done :] if self._planned else ()
        return tuple(text for step in steps for text in step.statements)

    def job(self) -> Job | None:
        """Return the run from its checkpoint on."""
        if self._planned is None:
            return None
        decision = self._decision()
        return partial(workers.run_steps, self._connect, self._planned, decision, self._stop)

    def action_anew(self) -> None:
        """Start over: delete the checkpoint; what was committed stays."""
        self._plan(anew=True)

    def advanced(self, event: RunEvent) -> None:
        """Keep the current step visible."""
        if isinstance(event, StepEnded):
            line = min(self.progress.done, SHOWN_BEFORE)
            self.query_one("#run-plan").scroll_to(y=max(line - 3, 0), animate=False)

    def plan_words(self) -> Content:
        """Return the steps around the current one, each with its mark."""
        if self._planned is None:
            return Content.styled("" if self._error else NOTHING_YET, "$muted")
        plan = self._planned.plan
        lines: list[Content] = []
        first = max(self.progress.done - SHOWN_BEFORE, 0)
        shown = plan.steps[first : first + SHOWN_MAX]
        lines += [self._step(number, step) for number, step in enumerate(shown, first + 1)]
        if left := len(plan.steps) - first - len(shown):
            lines.append(Content.styled(f"  … and {left:,} more", "$muted"))
        return Content("\n").join(lines)

    def _step(self, number: int, step: ScriptStep) -> Content:
        mark, style = "○", "$muted"
        if number <= self.progress.done:
            mark, style = "✓", "$success"
        elif number == self.progress.done + 1 and self.running:
            mark, style = "●", "$accent"
        elif number == self.progress.done + 1 and self._error is not None:
            mark, style = "✗", "$error"
        kind = f"{step.kind.value}, job" if step.awaits_job else step.kind.value
        return Content.assemble(
            (f"{mark} ", style),
            (f"{number:>3} {kind:<9}", "$muted"),
            (step.title, "$text"),
        )

    def idle_words(self) -> Content:
        """Return the available actions."""
        if self._planned is None:
            words = "Press {long.start_over} to start over without the checkpoint."
            return Content.styled(with_keys(words) if self._bad_checkpoint else "", "$muted")
        if self.progress.is_complete:
            return Content.styled("✓ Done. All steps are committed.", "$text-success")
        if self._is_unknown:
            words = with_keys(
                "Check whether the step was committed. Press {long.again} to run it again, "
                "{long.skip} to mark it as done."
            )
        elif self.progress.done or self._was_run:
            words = with_keys("{long.start} resumes after step ")
            words += f"{self.progress.done} (saved in {self._planned.kept.name})."
        else:
            words = with_keys(
                "Press {long.start} to run. Each step is its own transaction; the run stops at the "
                "first error."
            )
        return Content.styled(words, "$muted")
