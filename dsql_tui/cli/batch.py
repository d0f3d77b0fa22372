"""`dsql-tui batch`: run one large UPDATE, DELETE or INSERT … SELECT in small transactions.

stdout is empty; stderr has the progress and, if the run ends early, the key to resume after. The
last key committed is stored in a checkpoint, so the same command also resumes after `kill -9`.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import click

from dsql_tui.cli.shared.exit_codes import ExitCode
from dsql_tui.cli.shared.report import print_retry
from dsql_tui.cli.shared.sessions import reach
from dsql_tui.cli.shared.signals import INTERRUPTION
from dsql_tui.cli.shared.sources import only_one
from dsql_tui.cli.shared.target import Target, allow_writes_option, profile_of, target_options
from dsql_tui.cli.shared.terminal import echo_line, narrate
from dsql_tui.cli.shared.values.options import (
    cluster_argument,
    role_option,
    variable_option,
    when_unknown_option,
)
from dsql_tui.cli.shared.values.types import COLUMNS, FILE, KEY, SQL, WholeNumber
from dsql_tui.errors import InputError, StatementCancelled, WriteFailed
from dsql_tui.json_store import private_folder, state_folder
from dsql_tui.model.span import countdown
from dsql_tui.model.unknown import WhenUnknown
from dsql_tui.pg.keys import primary_key
from dsql_tui.scripts.batch_checkpoint import (
    FOLDER,
    batch_checkpoint_path,
    load_batch_checkpoint,
    save_batch_checkpoint,
)
from dsql_tui.scripts.batches import key_text, run_batches
from dsql_tui.scripts.checkpoint_file import hold_checkpoint, remove_checkpoint
from dsql_tui.scripts.events import BatchEnded, LongRunEnded, Retried, RunEvent
from dsql_tui.sql.dsql.batch_plan import (
    DEFAULT_ROWS,
    NOT_ATOMIC,
    BatchCheckpoint,
    BatchPlan,
    Key,
    batch_target,
    plan_batches,
)
from dsql_tui.sql.dsql.limits import TRANSACTION_ROWS
from dsql_tui.sql.statements.sources import SqlSource
from dsql_tui.sql.statements.variables import interpolate


@click.command("batch")
@cluster_argument()
@click.option(
    "-c",
    "--command",
    "statement",
    required=True,
    multiple=True,
    callback=only_one,
    type=SQL,
    metavar="SQL",
    help="The statement to run in batches.",
)
@variable_option()
@role_option()
@click.option(
    "--rows",
    default=DEFAULT_ROWS,
    show_default=True,
    type=WholeNumber(1, TRANSACTION_ROWS, "rows"),
    metavar="ROWS",
    help="Rows in a transaction.",
)
@click.option(
    "--key",
    "columns",
    type=COLUMNS,
    metavar="COLUMNS",
    help="Columns that order the rows, separated by commas.  [default: the primary key]",
)
@click.option(
    "--after",
    type=KEY,
    metavar="JSON",
    help="Resume after this key, as an earlier run printed it; the checkpoint does not count.",
)
@click.option(
    "--checkpoint",
    type=FILE,
    metavar="FILE",
    help="File that stores the last key committed.  [default: a file for the statement, its key and"
    " the cluster in the state folder]",
)
@click.option(
    "--start-over", is_flag=True, help="Start at the first row; the checkpoint does not count."
)
@when_unknown_option("For a batch whose outcome is unknown: stop, run it again, or skip it.")
@allow_writes_option
@target_options
def command(
    cluster: str | None,
    statement: str,
    variables: dict[str, str],
    role: str | None,
    rows: int,
    columns: tuple[str, ...] | None,
    after: tuple[str, ...] | None,
    checkpoint: Path | None,
    start_over: bool,
    when_unknown: str,
    target: Target,
) -> int:
    """Run one large UPDATE, DELETE or INSERT … SELECT on CLUSTER in batches.

    Each batch is its own transaction, so the change as a whole is not atomic. A batch that
    conflicts with another transaction is retried. A run that failed, was stopped or was killed
    resumes after the last key committed when the same command runs again.

    Example:
      dsql-tui batch shop -c "delete from logs where at < '2026-01-01'"
    """
    if after is not None and start_over:
        raise click.UsageError("--after and --start-over exclude each other.")
    statement = _single(interpolate(statement, variables))
    to_change = batch_target(statement)
    with profile_of(target) as profile:
        reached = reach(profile, target, cluster, role)
        reached.require_writable("batch writes")
        narrate(NOT_ATOMIC)
        with closing(reached.connect()) as session:
            key = columns or primary_key(session, to_change.relation)
        plan = plan_batches(statement, key, rows=rows)
        host = reached.endpoint.host
        checkpoint_file = checkpoint or _default_checkpoint(plan, host)
        with hold_checkpoint(checkpoint_file, "dsql-tui batch"), INTERRUPTION.cancelling() as stop:
            begin = BatchCheckpoint(plan.digest, host, after)
            if after is None and not start_over:
                begin = load_batch_checkpoint(checkpoint_file, plan, host)
            progress = _Progress(checkpoint_file, plan, begin)
            events = run_batches(
                reached.connect,
                plan,
                begin,
                progress.save,
                when_unknown=WhenUnknown(when_unknown),
                stop=stop,
            )
            progress.follow(events)
    return ExitCode.OK if progress.is_complete else INTERRUPTION.exit_code


def _default_checkpoint(plan: BatchPlan, host: str) -> Path:
    """Return the path of the checkpoint, shared with the console.

    Raises:
        InputError: Its folder cannot be created.
    """
    try:
        folder = private_folder(state_folder() / FOLDER)
    except OSError as error:
        raise InputError(
            f"The folder of checkpoints cannot be created: {error.strerror}.",
            remedy="Name a file with --checkpoint.",
        ) from None
    return batch_checkpoint_path(folder, plan, host)


def _single(text: str) -> str:
    """Return the one statement of a text.

    Raises:
        InputError: It holds none, several, or what no server takes.
    """
    statements = SqlSource("-c", text).statements()
    if len(statements) != 1:
        raise InputError(f"A batch runs exactly one statement; -c contains {len(statements)}.")
    return statements[0].text


class _Progress:
    """Narrates a run, stores its checkpoint and says at an early end how to resume.

    Args:
        path: Of the checkpoint.
        plan: How the statement was cut.
        begin: The position at which the run begins.

    Attributes:
        is_complete: Whether all batches are committed; the checkpoint is removed then.
    """

    def __init__(self, path: Path, plan: BatchPlan, begin: BatchCheckpoint) -> None:
        self._path = path
        self._plan = plan
        self._checkpoint = begin
        self.is_complete = False

    def save(self, checkpoint: BatchCheckpoint) -> None:
        """Store a checkpoint.

        Raises:
            WriteFailed: It cannot be written.
        """
        save_batch_checkpoint(self._path, checkpoint)
        self._checkpoint = checkpoint

    def follow(self, events: Iterator[RunEvent]) -> None:
        """Narrate until the run ends.

        Raises:
            DsqlTuiError: Why it ended early.
        """
        if self._checkpoint.after is not None:
            narrate(f"Resuming after key {key_text(self._checkpoint.after)}.")
        error_names_remedy = False
        try:
            self._narrate(events)
        except WriteFailed:
            error_names_remedy = True
            raise
        finally:
            if not (self.is_complete or error_names_remedy):
                self._print_resume()
        if self.is_complete:
            remove_checkpoint(self._path)

    def _narrate(self, events: Iterator[RunEvent]) -> None:
        try:
            for event in events:
                match event:
                    case BatchEnded():
                        narrate(_words(event))
                    case Retried(attempt, _, reason):
                        print_retry(attempt, reason)
                    case LongRunEnded():
                        self.is_complete = event.is_complete
        except StatementCancelled:
            if not INTERRUPTION.is_received:
                raise
            narrate("The current batch was cancelled.")

    def _print_resume(self) -> None:
        at = self._checkpoint
        if at.under_way and not self._plan.is_repeatable:
            again = _option(at.after) or "--start-over"
            skip = f", elsewhere {_option(at.upto)}" if at.upto else ""
            echo_line(f"To run that batch again: --when-unknown again, elsewhere {again}", err=True)
            echo_line(f"To skip it: --when-unknown skip{skip}", err=True)
        elif at.after is not None:
            echo_line(f"To resume: {_option(at.after)}", err=True)
        echo_line(f"Run the same command to resume (saved in {self._path}).", err=True)


def _option(key: Key | None) -> str:
    """Return the option that starts after a key, for a shell; empty for the first row."""
    return f"--after {shlex.quote(key_text(key))}" if key else ""


def _words(event: BatchEnded) -> str:
    """Return the progress: rows of those expected, the rate, the time left."""
    of = f" of ~{event.expected:,}" if event.expected else ""
    share = f" ({event.share:.0%})" if event.share is not None else ""
    rate = event.rows / event.elapsed_s if event.elapsed_s else 0
    left_s = event.left_s
    left = f" · {countdown(timedelta(seconds=left_s))} left" if left_s is not None else ""
    return f"{event.rows:,}{of} rows{share} · {rate:,.0f} a second{left}"
