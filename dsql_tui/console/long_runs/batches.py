"""One large UPDATE, DELETE or INSERT … SELECT as commits of few rows along a key."""

from __future__ import annotations

import json
from functools import partial

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Input, Static

from dsql_tui.console.long_runs import workers
from dsql_tui.console.long_runs.messages import BatchesFound, KeyFound, PreparationFailed
from dsql_tui.console.long_runs.progress import LongRunProgress
from dsql_tui.console.long_runs.screen import Job, LongRunScreen
from dsql_tui.console.shared.keys import with_keys
from dsql_tui.errors import InputError
from dsql_tui.scripts.batches import key_text
from dsql_tui.scripts.events import RunEvent
from dsql_tui.sql.dsql.batch_plan import (
    DEFAULT_ROWS,
    NOT_ATOMIC,
    BatchCheckpoint,
    BatchPlan,
    Key,
    plan_batches,
)

NO_KEY = "Enter key columns that together are unique and never NULL."


class BatchScreen(LongRunScreen):
    """Runs one statement in batches.

    Args:
        connect: Opens the sessions of the run.
        statement: The statement to split; `batch_target` accepted it.
        estimate: The estimated size of the table, in words.
        production: Whether the cluster is one to be careful with.
    """

    TITLE_WORDS = "Run in batches"

    def __init__(
        self,
        connect: workers.Connector,
        statement: str,
        estimate: str,
        *,
        production: bool,
    ) -> None:
        super().__init__(connect, production=production)
        self._statement, self._estimate = statement, estimate
        self._asked = ""
        """Digest of the plan whose checkpoint was last looked up."""
        self._saved: BatchCheckpoint | None = None
        self._plan: BatchPlan | None = None
        self._after: Key | None = None
        self._looking = True
        self._problem = ""

    def choices(self) -> ComposeResult:
        """Yield the key, the batch size and the start key."""
        for name, label, value, hint in (
            ("key", "Key", "", "primary key"),
            ("rows", "Rows per batch", f"{DEFAULT_ROWS}", "1 to 3,000"),
            ("after", "Start after key", "", "default: first row"),
        ):
            with Horizontal(classes="run-choice"):
                yield Static(label, classes="run-label", markup=False)
                yield Input(value, placeholder=hint, id=f"run-{name}", compact=True)

    def on_mount(self) -> None:
        """Read the primary key; nothing is changed."""
        job = partial(workers.find_key, self._connect, self._statement)
        self.run_worker(partial(job, self.post_message), thread=True, group="longrun")
        self._draw()

    def on_key_found(self, message: KeyFound) -> None:
        """Fill in the primary key."""
        self._looking = False
        self._field("key").value = ", ".join(message.columns)
        self._choose()

    def failed_to_plan(self, message: PreparationFailed) -> None:
        """Ask for columns if there is no primary key."""
        self._looking = False
        if self._plan is None and isinstance(message.error, InputError):
            message.error.remedy = NO_KEY
            self._field("key").focus()

    @on(Input.Changed)
    def _choose(self) -> None:
        """Plan again with the choices; report an impossible one immediately."""
        if self.running or self._looking:
            return
        self._plan, self._problem, self._error = None, "", None
        self._bad_checkpoint = False
        columns = tuple(
            part.strip() for part in self._field("key").value.split(",") if part.strip()
        )
        try:
            rows = int(self._field("rows").value.replace(",", "") or DEFAULT_ROWS)
            plan = plan_batches(self._statement, columns, rows=rows)
            self._after = place(self._field("after").value, len(columns))
            self._plan = plan
            self._find()
        except InputError as error:
            self._problem = f"{error.message} {NO_KEY if not columns else ''}".strip()
        except ValueError:
            self._problem = "Rows per batch must be a number."
        self._draw()

    def _find(self, *, anew: bool = False) -> None:
        """Look up the checkpoint of the plan, unless that was done already."""
        if self._plan is None or (self._asked == self._plan.digest and not anew):
            return
        self._asked = self._plan.digest
        job = partial(workers.find_batches, self._plan, self._connect.endpoint.host, anew)
        self.run_worker(partial(job, self.post_message), thread=True, group="checkpoint")

    @property
    def _checkpoint(self) -> BatchCheckpoint | None:
        """The checkpoint of the current plan, once it was read."""
        saved, plan = self._saved, self._plan
        return saved if saved and plan and saved.digest == plan.digest else None

    def on_batches_found(self, message: BatchesFound) -> None:
        """Show where to resume, and ask about a batch whose outcome is unknown."""
        saved = message.checkpoint
        if self._plan is None or saved.digest != self._plan.digest or self.running:
            return
        self._saved = saved
        self._error, self._bad_checkpoint = None, False
        self._after, self._field("after").value = saved.after, key_text(saved.after)
        self._draw()

    def action_anew(self) -> None:
        """Start over: delete the checkpoint; what was committed stays."""
        self._was_run, self._error, self.progress = False, None, LongRunProgress()
        for field in self.query(Input):
            field.disabled = False
        self._find(anew=True)

    @on(Input.Submitted)
    def _chosen(self) -> None:
        self.query_one("#run-plan").focus()

    def _field(self, name: str) -> Input:
        return self.query_one(f"#run-{name}", Input)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Disable pausing when nothing runs."""
        if action == "pause":
            return self.running
        return super().check_action(action, parameters)

    def is_ready(self) -> bool:
        """Return whether the statement can be run in batches."""
        return self._checkpoint is not None

    def has_begun(self) -> bool:
        """Return whether an earlier run left a checkpoint and work remains."""
        saved = self._checkpoint
        is_saved = saved is not None and (saved.after is not None or saved.under_way)
        return not self.progress.is_complete and bool(is_saved or self._was_run)

    def statements(self) -> tuple[str, ...]:
        """Return the statement."""
        return (self._statement,)

    def job(self) -> Job | None:
        """Return a run that starts after the last committed key, or after the chosen one."""
        saved = self._checkpoint
        if self._plan is None or saved is None:
            return None
        for field in self.query(Input):
            field.disabled = True
        resumes = self._was_run or self._after == saved.after
        begin = None if resumes else BatchCheckpoint(saved.digest, saved.cluster, self._after)
        return partial(
            workers.run_parts,
            self._connect,
            self._plan,
            begin,
            self._decision(),
            self._pause,
            self._stop,
        )

    def action_pause(self) -> None:
        """Pause after the current batch, or resume."""
        self._pause.clear() if self._pause.is_set() else self._pause.set()
        self._draw()

    def advanced(self, event: RunEvent) -> None:  # noqa: ARG002 - all is in `progress`
        """Record the last committed key."""
        self._after = self.progress.upto or self._after

    def plan_words(self) -> Content:
        """Return what one batch is, with a note that the run as a whole is not atomic."""
        lines = [Content.styled(NOT_ATOMIC, "$text-warning")]
        if self._looking:
            lines.append(Content.styled("Looking up the primary key…", "$muted"))
        if self._problem:
            lines.append(Content.styled(self._problem, "$text-error"))
        if self._plan is not None:
            ends = len(self._plan.key)
            part = self._plan.batch(("‹last key›",) * ends, ("‹next key›",) * ends)
            size = f"  {self._estimate} in the table" if self._estimate else ""
            lines += [
                Content.styled(
                    f"Each batch, up to {self._plan.rows:,} rows of {self._plan.table}:{size}",
                    "$muted",
                ),
                Content.styled(part, "$text"),
                Content.styled("Query for the next key:", "$muted"),
                Content.styled(self._plan.boundary(self._after), "$text"),
            ]
        return Content("\n").join(lines)

    def idle_words(self) -> Content:
        """Return the available actions."""
        if self.progress.is_complete:
            return Content.styled("✓ Done. All batches are committed.", "$text-success")
        if self._bad_checkpoint:
            words = with_keys("Press {long.start_over} to start over without the checkpoint.")
        elif self._plan is None:
            words = ""
        elif self._is_unknown:
            words = with_keys(
                "Check whether the batch was committed. Press {long.again} to run it again, "
                "{long.skip} to mark it as done."
            )
        elif self._after is not None and (self._was_run or self.has_begun()):
            words = f"Committed up to key {key_text(self._after)}. " + with_keys(
                "{long.start} resumes after it."
            )
        else:
            words = with_keys(
                "Press {long.start} to run, {long.pause} to pause, "
                "{long.stop} to stop after the current batch."
            )
        return Content.styled(words, "$muted")


def place(text: str, width: int) -> Key | None:
    """Parse a key: a JSON list of strings, or the value of a single-column key.

    Raises:
        InputError: It has not as many values as the key has columns.
    """
    text = text.strip()
    if not text:
        return None
    try:
        key_parts = json.loads(text) if text.startswith("[") else [text]
    except (ValueError, RecursionError):
        key_parts = None
    if not isinstance(key_parts, list) or not all(isinstance(part, str) for part in key_parts):
        raise InputError('Start after key must be a JSON list of strings, such as ["42"].')
    if len(key_parts) != width:
        raise InputError(f"Start after key needs {width} values, one for each key column.")
    return tuple(key_parts)
