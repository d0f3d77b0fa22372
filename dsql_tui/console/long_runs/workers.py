"""Functions that the screens of scripts and batches run in worker threads.

The runners are those of `dsql-tui script` and `dsql-tui batch`; a run that ended here can
be resumed there from the same checkpoint, and the other way round.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from threading import Event
from typing import cast

from textual.message import Message

from dsql_tui.console.long_runs.messages import (
    BatchesFound,
    KeyFound,
    PreparationFailed,
    RunAdvanced,
    RunFailed,
    ScriptPlanned,
)
from dsql_tui.console.shared.services import Services
from dsql_tui.errors import DsqlTuiError, FileInUse, InputError, SessionLost
from dsql_tui.json_store import private_folder, state_folder
from dsql_tui.model.endpoint import Endpoint, Settings
from dsql_tui.model.unknown import WhenUnknown
from dsql_tui.pg.keys import primary_key
from dsql_tui.pg.session import Session
from dsql_tui.scripts.batch_checkpoint import (
    FOLDER,
    batch_checkpoint_path,
    load_batch_checkpoint,
    save_batch_checkpoint,
)
from dsql_tui.scripts.batches import run_batches
from dsql_tui.scripts.checkpoint import checkpoint_path, load_checkpoint, save_checkpoint
from dsql_tui.scripts.checkpoint_file import SUFFIX, hold_checkpoint, remove_checkpoint
from dsql_tui.scripts.events import LongRunEnded, RunEvent
from dsql_tui.scripts.run import run_script
from dsql_tui.sql.dsql.batch_plan import BatchCheckpoint, BatchPlan, batch_target
from dsql_tui.sql.dsql.script_plan import Checkpoint, ScriptPlan, plan_script

Post = Callable[[Message], object]
HOLDER = "dsql-tui launch"
"""The holder of a checkpoint, as reported to other processes."""


class Connector:
    """Opens the sessions of a run, one at a time.

    Args:
        services: Creates tokens and sessions.
        endpoint: Where and as whom.
        settings: The parameters SET in the person's session.
    """

    def __init__(self, services: Services, endpoint: Endpoint, settings: Settings) -> None:
        self._services, self.endpoint, self._settings = services, endpoint, settings
        self._current: Session | None = None

    def __call__(self) -> Session:
        """Open a session.

        Raises:
            AwsError: No token could be signed.
            ConnectError: The session could not be opened.
        """
        token = self._services.generate_token(self.endpoint)
        opened = self._services.open_session(self.endpoint, token, self._settings)
        self._current = cast("Session", opened)
        return self._current

    def cancel(self) -> None:
        """Ask the server to cancel the running statement; can be called from any thread."""
        if self._current is not None:
            with suppress(SessionLost):
                self._current.request_cancel()


def plan_run(text: str, path: Path | None, cluster: str, anew: bool, post: Post) -> None:
    """Post a script's steps and where to resume.

    Args:
        text: The script.
        path: Its file; the checkpoint is saved next to it.
        cluster: ARN of the cluster.
        anew: Forget an earlier run.
        post: Receives the answer.
    """
    try:
        plan = plan_script(text)
        if not plan.steps:
            raise InputError("The script has no statements.")
    except InputError as error:
        post(PreparationFailed(error))
        return
    try:
        checkpoint_file = _checkpoint_of(path, plan, cluster)
        if anew:
            with hold_checkpoint(checkpoint_file, HOLDER):
                remove_checkpoint(checkpoint_file)
        plan, checkpoint = load_checkpoint(checkpoint_file, plan, cluster)
        post(ScriptPlanned(plan, checkpoint, checkpoint_file))
    except InputError as error:
        post(PreparationFailed(error, bad_checkpoint=not isinstance(error, FileInUse)))
    except OSError as error:
        post(PreparationFailed(InputError(f"Cannot write the checkpoint: {error.strerror}.")))


def _checkpoint_of(path: Path | None, plan: ScriptPlan, cluster: str) -> Path:
    """Return where a script's checkpoint is: beside its file, or in the state folder.

    Raises:
        InputError: A checkpoint exists next to a symbolic link to the file.
        OSError: The folder cannot be created.
    """
    if path is not None:
        return checkpoint_path(path)
    folder = private_folder(state_folder() / "scripts")
    return folder / f"{plan.digest[:16]}-{cluster.rpartition('/')[2]}{SUFFIX}"


def run_steps(
    connect: Connector,
    planned: ScriptPlanned,
    when_unknown: WhenUnknown,
    stop: Event,
    post: Post,
) -> None:
    """Run a script from its checkpoint on and post the progress."""

    def save(checkpoint: Checkpoint) -> None:
        save_checkpoint(planned.kept, checkpoint)

    def events() -> Iterator[RunEvent]:
        with hold_checkpoint(planned.kept, HOLDER):
            plan, saved = load_checkpoint(planned.kept, planned.plan, planned.checkpoint.cluster)
            for event in run_script(
                connect, plan, saved, save, when_unknown=when_unknown, stop=stop
            ):
                if isinstance(event, LongRunEnded) and event.is_complete:
                    remove_checkpoint(planned.kept)
                yield event

    _follow(events(), post)


def find_key(connect: Connector, statement: str, post: Post) -> None:
    """Post the primary key of the table that a statement changes."""
    try:
        target = batch_target(statement)
        with closing(connect()) as session:
            post(KeyFound(primary_key(session, target.relation)))
    except DsqlTuiError as error:
        post(PreparationFailed(error))


def find_batches(plan: BatchPlan, host: str, anew: bool, post: Post) -> None:
    """Post where to resume a statement's batches.

    Args:
        plan: How it was cut.
        host: Of the cluster's endpoint.
        anew: Forget an earlier run.
        post: Receives the answer.
    """
    try:
        path = _batch_checkpoint_of(plan, host)
        if anew:
            with hold_checkpoint(path, HOLDER):
                remove_checkpoint(path)
        post(BatchesFound(load_batch_checkpoint(path, plan, host)))
    except InputError as error:
        post(PreparationFailed(error, bad_checkpoint=not isinstance(error, FileInUse)))


def _batch_checkpoint_of(plan: BatchPlan, host: str) -> Path:
    try:
        folder = private_folder(state_folder() / FOLDER)
    except OSError as error:
        raise InputError(f"Cannot write the checkpoint: {error.strerror}.") from None
    return batch_checkpoint_path(folder, plan, host)


def run_parts(
    connect: Connector,
    plan: BatchPlan,
    begin: BatchCheckpoint | None,
    when_unknown: WhenUnknown,
    pause: Event,
    stop: Event,
    post: Post,
) -> None:
    """Run a statement in batches and post the progress.

    Args:
        connect: Opens the sessions.
        plan: How the statement was cut.
        begin: Where to begin in place of the checkpoint; `None` resumes from that.
        when_unknown: For a batch that was under way when an earlier run ended.
        pause: While it is set, no batch is sent.
        stop: Ends the run after the current batch.
        post: Receives the progress.
    """
    host = connect.endpoint.host

    def events() -> Iterator[RunEvent]:
        path = _batch_checkpoint_of(plan, host)

        def save(checkpoint: BatchCheckpoint) -> None:
            save_batch_checkpoint(path, checkpoint)

        with hold_checkpoint(path, HOLDER):
            if begin is not None:
                save(begin)
            start = begin or load_batch_checkpoint(path, plan, host)
            for event in run_batches(
                connect, plan, start, save, when_unknown=when_unknown, pause=pause, stop=stop
            ):
                if isinstance(event, LongRunEnded) and event.is_complete:
                    remove_checkpoint(path)
                yield event

    _follow(events(), post)


def _follow(events: Iterator[RunEvent], post: Post) -> None:
    try:
        for event in events:
            post(RunAdvanced(event))
    except DsqlTuiError as error:
        post(RunFailed(error))
