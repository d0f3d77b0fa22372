"""Runs a script from a file, with checkpoints and progress on stderr."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from dsql_tui.cli.shared.confirm import ask
from dsql_tui.cli.shared.exit_codes import ExitCode, exit_code_of
from dsql_tui.cli.shared.report import print_retry, report
from dsql_tui.cli.shared.sessions import reach
from dsql_tui.cli.shared.signals import INTERRUPTION
from dsql_tui.cli.shared.target import Target, profile_of
from dsql_tui.cli.shared.terminal import echo_line, narrate
from dsql_tui.errors import (
    DsqlTuiError,
    InputError,
    SessionLost,
    StatementCancelled,
    StatementError,
    WriteFailed,
)
from dsql_tui.model.unknown import WhenUnknown
from dsql_tui.scripts.checkpoint import checkpoint_path, load_checkpoint, save_checkpoint
from dsql_tui.scripts.checkpoint_file import hold_checkpoint, remove_checkpoint
from dsql_tui.scripts.events import (
    JobAwaited,
    LongRunEnded,
    Retried,
    RunEvent,
    StepBegun,
    StepEnded,
    StepProgressed,
)
from dsql_tui.scripts.run import run_script
from dsql_tui.sql.dsql.script_plan import ScriptPlan, plan_script
from dsql_tui.sql.statements.classify import hazard_of
from dsql_tui.sql.statements.copy_data import without_copy_data
from dsql_tui.sql.statements.sources import SourcePosition, SqlSource
from dsql_tui.sql.statements.variables import interpolate
from dsql_tui.sql.text.sql_files import STANDARD_INPUT, read_sql

HAZARDS_SHOWN = 20
"""Destructive statements that a question lists."""
_RESUME = "Run the same command to resume"
_DECIDE = ", with --when-unknown skip if the step was committed, or --when-unknown again"


def run_file(
    path: Path,
    cluster: str | None,
    role: str | None,
    target: Target,
    *,
    variables: Mapping[str, str],
    checkpoint: Path | None = None,
    when_unknown: WhenUnknown = WhenUnknown.ASK,
    yes: bool = False,
    only_plan: bool = False,
) -> int:
    """Run a file from its checkpoint and return the exit code; also used by `query`."""
    if path == STANDARD_INPUT and checkpoint is None and not only_plan:
        raise click.UsageError("-f - needs --checkpoint FILE: it stores where to resume.")
    source = SqlSource(str(path), interpolate(read_sql(path), variables))
    plan = _planned(source)
    for note in plan.notes:
        narrate(f"Note: {note}")
    if only_plan:
        _print_plan(plan)
        return ExitCode.OK
    saved_in = checkpoint or checkpoint_path(path)
    with hold_checkpoint(saved_in, "dsql-tui script"), profile_of(target) as profile:
        reached = reach(profile, target, cluster, role)
        reached.require_writable("script writes")
        plan, begin = load_checkpoint(saved_in, plan, reached.cluster.arn)
        if begin.done or begin.under_way:
            narrate(f"Resuming after step {begin.done} of {len(plan.steps)}.")
        hazards = [] if yes else _hazards(plan, begin.done, source)
        if hazards:
            where = f"{reached.cluster.name} in {reached.cluster.region}"
            ask("\n".join([*_shown(hazards), f"Run this on {where}?"]))
        with INTERRUPTION.cancelling() as stop:
            events = run_script(
                reached.connect,
                plan,
                begin,
                lambda checkpoint: save_checkpoint(saved_in, checkpoint),
                when_unknown=when_unknown,
                stop=stop,
            )
            return _follow(events, plan, source, saved_in)


def _planned(source: SqlSource) -> ScriptPlan:
    """Plan a script.

    Raises:
        InputError: Names the file and the line.
    """
    text, with_data = without_copy_data(source.text)
    SqlSource(source.name, text).statements(with_data=with_data.keys())
    try:
        return plan_script(source.text)
    except InputError as error:
        raise InputError(f"{source.name}: {error.message}", remedy=error.remedy) from None


def _hazards(plan: ScriptPlan, done: int, source: SqlSource) -> list[str]:
    """Return the effects of the destructive statements after the first `done` steps."""
    return [
        f"line {source.place(start).line}: {hazard}"
        for step in plan.steps[done:]
        for statement, start in zip(step.statements, step.starts, strict=True)
        if (hazard := hazard_of(statement))
    ]


def _shown(hazards: list[str]) -> list[str]:
    more = len(hazards) - HAZARDS_SHOWN
    return [*hazards[:HAZARDS_SHOWN], *([f"and {more:,} more"] if more > 0 else [])]


def _follow(events: Iterator[RunEvent], plan: ScriptPlan, source: SqlSource, saved_in: Path) -> int:
    """Narrate a run and return the exit code; a complete run deletes its checkpoint."""
    try:
        code = _narrate(events, plan, source)
    except WriteFailed:
        raise  # says itself how to resume
    except DsqlTuiError as error:
        decide = isinstance(error, SessionLost) and error.outcome_unknown
        echo_line(f"{_RESUME}{_DECIDE if decide else ''} (saved in {saved_in}).", err=True)
        raise
    if code == ExitCode.OK:
        remove_checkpoint(saved_in)
    elif code == ExitCode.STATEMENT_FAILED:
        echo_line(f"{_RESUME} (saved in {saved_in}).", err=True)
    else:
        echo_line(f"Stopped. {_RESUME} (saved in {saved_in}).", err=True)
    return code


def _narrate(events: Iterator[RunEvent], plan: ScriptPlan, source: SqlSource) -> int:
    """Narrate a run, report a statement that was refused, and return the exit code."""
    is_complete = False
    number = 0
    try:
        for event in events:
            if isinstance(event, StepBegun):
                number = event.number
            elif isinstance(event, LongRunEnded):
                is_complete = event.is_complete
            print_event(event)
    except StatementError as error:
        if not (isinstance(error, StatementCancelled) and INTERRUPTION.is_received):
            report(error, _place(error, plan, source, number) if number else None)
            return exit_code_of(error)
    return ExitCode.OK if is_complete else INTERRUPTION.exit_code


def _place(
    error: StatementError, plan: ScriptPlan, source: SqlSource, number: int
) -> SourcePosition:
    """Return where in the script the statement is that a step was refused for."""
    step = plan.steps[number - 1]
    return source.place_in(step.statements[error.index], step.starts[error.index], error.position)


def print_event(event: RunEvent) -> None:
    """Print an event on standard error."""
    match event:
        case StepBegun(number, total, title):
            narrate(f"[{number}/{total}] {title}")
        case Retried(attempt, _, reason):
            print_retry(attempt, reason)
        case JobAwaited(job):
            narrate(f"    job {job.identifier} {job.status.value}")
        case StepProgressed(rows):
            narrate(f"    {rows:,} rows")
        case StepEnded(_, rows, elapsed_s, was_there):
            done = "already done" if was_there else f"{rows:,} rows" if rows else "done"
            narrate(f"    {done} · {elapsed_s:.2f} s")
        case LongRunEnded(_, rows, elapsed_s):
            narrate(f"{rows:,} rows changed in {elapsed_s:.1f} s.")


def _print_plan(plan: ScriptPlan) -> None:
    for number, step in enumerate(plan.steps, 1):
        job = ", waits for its job" if step.awaits_job else ""
        echo_line(f"{number:4} line {step.line:<6} {step.kind.value:8} {step.title}{job}")
