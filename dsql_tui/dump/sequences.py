"""Sequences and identity columns: where they are, and setting them after the rows' highest keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from dsql_tui.dump.manifest import DumpedSequence, DumpedTable, DumpManifest
from dsql_tui.errors import OccConflict, StatementCancelled, StatementError
from dsql_tui.pg.retry import Retries, RetryPolicy, retrying
from dsql_tui.pg.session import Session
from dsql_tui.sql.lexing.names import qualified, quoted
from dsql_tui.sql.lexing.string_constants import literal

_BIGINT = range(-(2**63), 2**63)


def last_values(session: Session, sequences: Sequence[DumpedSequence]) -> list[int | None]:
    """Return the value that each sequence has given out last; `None` if none, or if not readable.

    Raises:
        SessionLost: The connection ended.
    """
    return [_last_value(session, each) for each in sequences]


def _last_value(session: Session, sequence: DumpedSequence) -> int | None:
    name = qualified((sequence.schema, sequence.name))
    try:
        ((value, is_called),) = session.fetch(f"SELECT last_value, is_called FROM {name}")  # noqa: S608 - quoted
    except (OccConflict, StatementCancelled):
        raise
    except StatementError:
        return None
    return int(value) if value is not None and is_called == "t" else None


def continue_numbers(session: Session, manifest: DumpManifest) -> Iterator[str]:
    """Set identity columns and sequences after the highest key of their rows; yield each name.

    A sequence that counts down continues after the lowest key. One whose last value is known
    continues after that, if that is further.

    Raises:
        StatementError: A statement was refused.
        SessionLost: The connection ended.
    """
    for table in manifest.header.tables:
        for column, step in table.identities.items():
            if _retried(partial(_restart_identity, session, table, column, step)):
                yield f"{table.label}.{quoted(column)}"
    for sequence, last in zip(manifest.header.sequences, manifest.last_values, strict=True):
        if _retried(partial(_set_sequence, session, sequence, last)):
            yield qualified((sequence.schema, sequence.name))


def _restart_identity(session: Session, table: DumpedTable, column: str, step: int) -> bool:
    furthest = _furthest(session, table.label, column, step)
    if furthest is None or furthest + step not in _BIGINT:
        return False
    action = f"ALTER COLUMN {quoted(column)} RESTART WITH {furthest + step}"
    session.fetch(f"ALTER TABLE {table.label} {action}")
    return True


def _set_sequence(session: Session, sequence: DumpedSequence, last: int | None) -> bool:
    known = [last]
    if sequence.owned_by:
        *table, column = sequence.owned_by
        known.append(_furthest(session, qualified(table), column, sequence.increment))
    values = [value for value in known if value is not None]
    if not values:
        return False
    name = qualified((sequence.schema, sequence.name))
    furthest = max(values) if sequence.increment > 0 else min(values)
    session.fetch(f"SELECT setval({literal(name)}, {furthest})")
    return True


def _furthest(session: Session, table: str, column: str, step: int) -> int | None:
    function = "max" if step > 0 else "min"
    ((value,),) = session.fetch(f"SELECT {function}({quoted(column)}) FROM {table}")  # noqa: S608 - quoted
    return None if value is None else int(value)


def _retried(work: Callable[[], bool]) -> bool:
    return retrying(work, Retries(RetryPolicy(attempts=10, base_ms=50, cap_ms=1_000)))
