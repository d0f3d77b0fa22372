"""Runs the foreign keys of a dump; one that its rows violate stays NOT VALID.

Tables that are not read in one transaction may be of different moments: a row may refer to one that
was deleted before its table was read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

from dsql_tui.errors import StatementError
from dsql_tui.model.unknown import WhenUnknown
from dsql_tui.pg.session import Session
from dsql_tui.schema.catalogs import Selection
from dsql_tui.schema.definitions import ConstraintKind
from dsql_tui.schema.read import read_database
from dsql_tui.scripts.checkpoint import load_checkpoint, save_checkpoint
from dsql_tui.scripts.events import RunEvent
from dsql_tui.scripts.run import run_script
from dsql_tui.sql.dsql.script_plan import ScriptPlan
from dsql_tui.sql.lexing.names import quoted

_VIOLATED = frozenset({"23503", "XX000"})
"""A foreign key violation, and what a failed job is reported with."""


def add_foreign_keys(
    plan: ScriptPlan,
    checkpoint: Path,
    cluster: str,
    connect: Callable[[], Session],
    *,
    when_unknown: WhenUnknown,
    stop: Event,
) -> Iterator[RunEvent]:
    """Run the script of the foreign keys from its checkpoint; yield its progress.

    A validation that fails is skipped.

    Args:
        plan: The steps.
        checkpoint: The file that stores which steps are done.
        cluster: The cluster's ARN.
        connect: Opens a session.
        when_unknown: For a step whose outcome is unknown.
        stop: Set it to stop after the current step.

    Raises:
        DsqlTuiError: As `run_script` does.
    """
    while True:
        plan, begin = load_checkpoint(checkpoint, plan, cluster)
        try:
            yield from run_script(
                connect,
                plan,
                begin,
                lambda reached: save_checkpoint(checkpoint, reached),
                when_unknown=when_unknown,
                stop=stop,
            )
        except StatementError as error:
            plan, reached = load_checkpoint(checkpoint, plan, cluster)
            step = plan.steps[reached.done]
            if not step.awaits_job or error.sqlstate not in _VIOLATED:
                raise
            save_checkpoint(checkpoint, reached.ended(step))
        else:
            return


def unvalidated(session: Session, tables: tuple[tuple[str, str], ...]) -> list[str]:
    """Return the foreign keys of tables that are NOT VALID, as `name on schema.table`.

    Raises:
        StatementError: The definitions cannot be read.
        SessionLost: The connection ended.
    """
    if not tables:
        return []
    database = read_database(session, Selection(tables=tables, with_access=False))
    return [
        f"{quoted(constraint.name)} on {table.key.sql}"
        for table in database.tables()
        for constraint in table.constraints
        if constraint.kind is ConstraintKind.FOREIGN_KEY and not constraint.is_valid
    ]
