"""Stores the batches of a load: sessions, retries, bad rows, and the manifest's entries.

A batch is recorded in the manifest before it is sent. If it fails and certainly none of its rows
were stored, that is recorded too; in all other cases whether it was stored is unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Event

from dsql_tui.errors import (
    ConnectError,
    DsqlTuiError,
    OccConflict,
    SessionLost,
    StatementError,
    WriteFailed,
)
from dsql_tui.load.batches import BadRow, Batch, Row, halves
from dsql_tui.load.manifest import Done, Lines, Manifest
from dsql_tui.load.target import LoadTarget
from dsql_tui.pg.renewing import RenewingSession
from dsql_tui.pg.retry import Retries, RetryPolicy
from dsql_tui.pg.session import Session
from dsql_tui.pg.session_pool import SessionPool
from dsql_tui.sql.statements.outcome import OUTCOME_UNKNOWN

CONFLICTS = RetryPolicy(attempts=11, base_ms=10, cap_ms=1_000)
"""The sessions of a load meet each other, and nobody waits for the answer."""
LOST_SESSIONS = RetryPolicy(attempts=11, base_ms=160, cap_ms=1_000)
"""A lost session is opened again, which costs a connect: longer waits from the first one on."""
_OF_A_ROW = ("22", "23")
"""SQLSTATE classes that one row can cause: data exceptions, integrity constraints."""
_OF_TOO_MUCH = "54"
"""SQLSTATE class of limits: fewer rows may pass."""


@dataclass(frozen=True, slots=True)
class StoredBatch:
    """A stored batch: rows stored, rows already present, rows rejected, OCC retries."""

    batch: Batch
    rows: int
    skipped: int
    bad: tuple[BadRow, ...]
    retries: int

    @property
    def done(self) -> Done:
        """The manifest's entry for it."""
        return Done(self.batch.number, self.rows, len(self.bad), lines_of(self.batch))


class Storer:
    """Stores batches from any thread; each uses its own session meanwhile.

    Args:
        target: The table.
        sessions: The sessions.
        manifest: Where batches are recorded.
        skip_present: Skip rows whose key already exists in the table.

    Attributes:
        in_doubt: Batches of this run that may be stored completely or in part, with their lines.
    """

    def __init__(
        self,
        target: LoadTarget,
        sessions: SessionPool,
        manifest: Manifest,
        *,
        skip_present: bool,
    ) -> None:
        self.in_doubt: dict[int, Lines] = {}
        self._target = target
        self._sessions = sessions
        self._manifest = manifest
        self._skip_present = skip_present
        self._stopped = Event()

    def store(self, batch: Batch, *, in_doubt: bool) -> StoredBatch:
        """Store a batch without its bad rows.

        Raises:
            WriteFailed: Its start could not be recorded in the manifest; nothing was sent.
        """
        work = _Work(batch, in_doubt=in_doubt)
        if batch.rows:
            self._manifest.begin(batch.number, lines_of(batch))
        try:
            self._store(work)
        except DsqlTuiError:
            self._note_failure(work)
            raise
        return StoredBatch(batch, work.rows, work.skipped, (*batch.bad, *work.bad), work.retries)

    def _store(self, work: _Work) -> None:
        parts = [work.batch.rows] if work.batch.rows else []
        while parts:
            rows = parts.pop()
            try:
                self._store_part(rows, work)
            except StatementError as error:
                if error.sqlstate[:2] not in {*_OF_A_ROW, _OF_TOO_MUCH}:
                    raise
                if len(rows) > 1:
                    parts += reversed(halves(rows))
                else:
                    work.bad.append(BadRow(rows[0].line, _reason(error), rows[0].values))

    def _note_failure(self, work: _Work) -> None:
        """Record that no row of a batch is stored, if that is known."""
        number = work.batch.number
        if work.in_doubt or work.rows or work.skipped:
            self.in_doubt[number] = lines_of(work.batch)
        elif number not in self._manifest.state.in_doubt:
            with suppress(WriteFailed):  # then its outcome is unknown, which is safe
                self._manifest.not_stored(number)

    def stop(self) -> None:
        """Start no further attempt."""
        self._stopped.set()

    def _store_part(self, rows: tuple[Row, ...], work: _Work) -> None:
        retries = Retries(CONFLICTS, stop=self._stopped)
        while True:
            if work.in_doubt and not self._target.has_key:
                raise unknown_outcome({work.batch.number: lines_of(work.batch)})
            try:
                new = self._once(rows, skip_present=self._skip_present or work.in_doubt)
            except OccConflict:
                if not retries.begin():
                    raise
                work.retries += 1
            except SessionLost as error:
                work.in_doubt = work.in_doubt or error.outcome_unknown
                if not retries.begin(LOST_SESSIONS):
                    raise
            else:
                work.rows += new
                work.skipped += len(rows) - new
                return
            retries.wait()

    def _once(self, rows: tuple[Row, ...], *, skip_present: bool) -> int:
        try:
            with self._sessions.session() as renewing:
                return self._target.store(self._fit(renewing), rows, skip_present=skip_present)
        except StatementError as error:
            if error.sqlstate == OUTCOME_UNKNOWN:
                raise SessionLost(error.message, outcome_unknown=True) from None
            raise

    def _fit(self, renewing: RenewingSession[Session]) -> Session:
        try:
            return renewing.fit()
        except ConnectError:
            self._stopped.set()
            raise


@dataclass(slots=True)
class _Work:
    batch: Batch
    in_doubt: bool
    rows: int = 0
    skipped: int = 0
    retries: int = 0
    bad: list[BadRow] = field(default_factory=list)


def lines_of(batch: Batch) -> Lines:
    """Return the first and the last line of a batch, which has at least one row."""
    numbers = [row.line for rows in (batch.rows, batch.bad) for row in (*rows[:1], *rows[-1:])]
    return min(numbers), max(numbers)


def lines_in_words(number: int, lines: Lines | None) -> str:
    """Return the lines of a batch as text; empty for manifests of older versions."""
    return f"lines {lines[0]} to {lines[1]}" if lines else f"rows of batch {number}"


def unknown_outcome(in_doubt: Mapping[int, Lines | None]) -> SessionLost:
    """Return the error that names batches with unknown outcome and how to continue."""
    named = ", ".join(
        f"{number} ({lines_in_words(number, lines)})" for number, lines in in_doubt.items()
    )
    which = f"batch {named}" if len(in_doubt) == 1 else f"batches {named}"
    return SessionLost(
        f"Each row of {which} may or may not be stored; without the primary key among the"
        " columns this cannot be checked.",
        outcome_unknown=True,
        remedy="Check the table, then run the same command again: with --stored NUMBER"
        " for each batch that is stored, and --when-unknown again to store the others.",
    )


def _reason(error: StatementError) -> str:
    return f"{error.sqlstate} {error.message}" + (f" ({error.detail})" if error.detail else "")
