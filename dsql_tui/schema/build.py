"""Runs the definitions of SQL files on an empty database, in whatever order they depend.

The files of a folder say nothing about their order: a statement whose objects do not exist yet is
run again after the others, as long as that helps.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from dsql_tui.errors import InputError, StatementError
from dsql_tui.pg.session import Session
from dsql_tui.schema.dump import PRIVILEGES_FILE, ROLES_FILE
from dsql_tui.sql.dsql.script_plan import StepKind, plan_script

_MISSING = frozenset({"42P01", "42704", "42883", "3F000", "42703", "55000"})
"""What a statement is refused with whose objects do not exist yet, or are not built yet."""
_JOBS = "SELECT job_id FROM sys.jobs WHERE status IN ('submitted', 'processing')"


@dataclass(frozen=True, slots=True)
class _FileStatement:
    """A statement with where it is from."""

    name: str
    line: int
    text: str


def build(session: Session, texts: Mapping[str, str]) -> None:
    """Run every statement of the files, and wait for the jobs that they start.

    Args:
        session: Of an empty database without the time limit of the service on waiting.
        texts: Name of the file → SQL.

    Raises:
        InputError: A file is no script of definitions, or a statement is refused; names the file
            and the line.
        SessionLost: The connection ended.
    """
    stages: dict[int, list[_FileStatement]] = defaultdict(list)
    for statement in _statements(texts):
        stages[_stage(statement.name)].append(statement)
    for _, waiting in sorted(stages.items()):
        _run_all(session, waiting)


def _stage(name: str) -> int:
    """Return when a file is run: roles come first, and privileges when everything exists."""
    return {ROLES_FILE: 0, PRIVILEGES_FILE: 2}.get(name.rpartition("/")[2], 1)


def _run_all(session: Session, statements: Sequence[_FileStatement]) -> None:
    """Run statements, those whose objects do not exist yet once more after the others."""
    waiting = statements
    while waiting:
        refused = list(_run(session, waiting))
        _await_jobs(session)
        if len(refused) == len(waiting):
            raise _refusal(*refused[0])
        waiting = [statement for statement, _ in refused]


def _statements(texts: Mapping[str, str]) -> Iterator[_FileStatement]:
    for name, text in texts.items():
        try:
            steps = plan_script(text).steps
        except InputError as error:
            raise InputError(f"{name}: {error.message}", remedy=error.remedy) from None
        for step in steps:
            if step.kind in {StepKind.ROWS, StepKind.REPEATED}:
                raise InputError(
                    f"{name}, line {step.line}: this changes rows. A file of definitions has none."
                )
            for statement in step.statements:
                yield _FileStatement(name, step.line, statement)


def _run(
    session: Session, statements: Sequence[_FileStatement]
) -> Iterator[tuple[_FileStatement, StatementError]]:
    """Run statements and yield those whose objects do not exist yet."""
    for statement in statements:
        try:
            session.fetch(statement.text)
        except StatementError as error:
            if error.sqlstate not in _MISSING:
                raise _refusal(statement, error) from None
            yield statement, error


def _refusal(statement: _FileStatement, error: StatementError) -> InputError:
    return InputError(
        f"{statement.name}, line {statement.line}: {error.sqlstate} {error.message}",
        remedy=error.remedy,
    )


def _await_jobs(session: Session) -> None:
    for (job_id,) in session.fetch(_JOBS):
        session.fetch(f"CALL sys.wait_for_job('{job_id}')")
