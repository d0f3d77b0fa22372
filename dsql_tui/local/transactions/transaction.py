"""The rules of one transaction, without I/O: allowed statements, replay log, conflicts.

Sources: facts sheet §6.9 and §6.10 (user guide, working-with-ddl and
working-with-concurrency-control; recorded runs of September 2026).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from dsql_tui.local.gate.verdicts import GateVerdict
from dsql_tui.local.protocol.answers import error
from dsql_tui.local.protocol.wire import InsertedRows, ServerMessage
from dsql_tui.sql.dsql.limits import TRANSACTION_AGE_S
from dsql_tui.sql.statements.classify import StatementKind

CONFLICT = error("40001", "change conflicts with another transaction (OC000)")
SCHEMA_CHANGED = error("40001", "schema has been updated by another transaction (OC001)")
TWO_DDL = error("0A000", "multiple ddl statements not supported in a transaction")
DDL_AND_DML = error("0A000", "ddl and dml are not supported in the same transaction")
NO_ANALYZE = error("25001", "ANALYZE cannot run inside a transaction block")  # unsure: text

ENDS = frozenset({"COMMIT", "END", "ROLLBACK", "ABORT"})
COMMITS = frozenset({"COMMIT", "END"})


@dataclass(frozen=True, slots=True)
class LogEntry:
    """A statement that is run again when its transaction is replayed.

    Attributes:
        sql: The statement as it was sent to PostgreSQL.
        types: Encoded parameter types of its Parse.
        bound: The part of its Bind after the names: parameters and formats.
        command: Command tag it was answered with.
        digest: Digest of its rows; `None` if the replay may return others.
        targets: Relations it changes, spelled for SQL.
        is_ddl: It changes the schema.
        inserted: The rows it has inserted, if a replay can insert them again unchanged.
        portal: The client's portal that it has left open; `None` if it has run to its end.
        fetched: How many rows of that portal the client has.
    """

    sql: str
    types: bytes
    bound: bytes
    command: str
    digest: bytes | None
    targets: tuple[str, ...]
    is_ddl: bool
    inserted: InsertedRows | None = None
    portal: str | None = None
    fetched: int = 0


@dataclass(slots=True, eq=False)
class TransactionState:
    """The statements, writes and limits of a transaction so far.

    Attributes:
        begun_at_s: Time of its beginning, monotonic seconds.
        age_limit_s: How long it may last, seconds.
        is_block: It was begun explicitly and lasts until COMMIT or ROLLBACK.
        is_implied: The gateway has begun its block, for a Query of several statements.
        has_ddl: It has changed the schema.
        has_dml: It has changed rows, or tried to.
        has_run: It has run a statement, so it has a snapshot.
        log: The statements that a replay runs again, in order.
        is_preempted: Its locks and writes are rolled back; its snapshot is kept.
        is_preemptible: All its statements can be replayed.
        is_doomed: It cannot be committed, and runs on copies of its tables.
        schema_changed: Another transaction has changed the schema it uses.
        preempted: Transactions it has preempted: its commit dooms them.
        touched: OIDs of the relations it had locks on when it was preempted.
        schema_relations: OIDs of the relations that its DDL changes.
        schema_changes: Number of schema changes by other sessions when it began.
        copied: Relations that a doomed transaction has copies of, by the name a statement used,
            with the qualified names that the copies hide.
    """

    begun_at_s: float
    age_limit_s: float = TRANSACTION_AGE_S
    is_block: bool = False
    is_implied: bool = False
    has_ddl: bool = False
    has_dml: bool = False
    has_run: bool = False
    log: list[LogEntry] = field(default_factory=list)
    is_preempted: bool = False
    is_preemptible: bool = True
    is_doomed: bool = False
    schema_changed: bool = False
    preempted: set[TransactionState] = field(default_factory=set)
    touched: set[int] = field(default_factory=set)
    schema_relations: frozenset[int] = frozenset()
    schema_changes: int = 0
    copied: dict[str, str] = field(default_factory=dict)

    def refusal(self, verdict: GateVerdict, now_s: float) -> ServerMessage | None:
        """Return the error for a statement that is not allowed now, or `None`."""
        if verdict.refusal is not None:
            return error(verdict.refusal.sqlstate, verdict.refusal.message)
        if verdict.command in ENDS:
            return None
        if self.is_block and not self.is_implied:
            age_refusal = self.age_refusal(now_s)
            if age_refusal is not None:
                return age_refusal
            if verdict.kind is StatementKind.MAINTENANCE:
                return NO_ANALYZE
        if self.schema_changed:
            return SCHEMA_CHANGED
        return self._ddl_refusal(verdict)

    def age_refusal(self, now_s: float) -> ServerMessage | None:
        """Return the error for any statement of a transaction that is too old, or `None`."""
        age_s, limit_s = now_s - self.begun_at_s, self.age_limit_s
        if age_s <= limit_s:
            return None
        return error(
            "54000",
            f"transaction age limit of {limit_s:g}s exceeded",
            detail=f"Current transaction age {age_s:.0f}s exceeds {limit_s:g}s",
        )

    def _ddl_refusal(self, verdict: GateVerdict) -> ServerMessage | None:
        if verdict.kind is StatementKind.DDL:
            if self.has_ddl:
                return TWO_DDL
            return DDL_AND_DML if self.has_dml else None
        if verdict.kind is StatementKind.DML and self.has_ddl:
            return DDL_AND_DML
        return None

    def note_start(self, verdict: GateVerdict) -> None:
        """Record that a statement is about to run."""
        self.has_run = True
        self.has_ddl |= verdict.kind is StatementKind.DDL
        self.has_dml |= verdict.kind is StatementKind.DML

    def has_open_portal(self, portal: str, bound: bytes) -> bool:
        """Whether a portal is suspended, so that the next Execute continues it."""
        return bool(self.log) and self._place(portal, bound) is not None

    def portal_suspended(self, portal: LogEntry) -> None:
        """Record a suspended portal, or that more rows of one were fetched."""
        at = self._place(portal.portal, portal.bound)
        if at is not None:
            fetched = self.log[at].fetched + portal.fetched
            self.log[at] = replace(self.log[at], fetched=fetched)
        else:
            self.portal_closed(portal.portal)
            self.log.append(portal)

    def portal_exhausted(self, portal: str, bound: bytes, *, replayable: bool) -> bool:
        """Record that a portal has run to its end; return whether it had been suspended."""
        at = self._place(portal, bound)
        if at is None:
            return False
        if replayable:
            self.log[at] = replace(self.log[at], portal=None, fetched=0)
        else:
            del self.log[at]
        return True

    def portal_closed(self, portal: str | None) -> None:
        """Remove a portal that the client has closed."""
        self.log[:] = [one for one in self.log if one.portal is None or one.portal != portal]

    def _place(self, portal: str | None, bound: bytes) -> int | None:
        places = (
            at
            for at, entry in enumerate(self.log)
            if entry.portal == portal is not None and entry.bound is bound
        )
        return next(places, None)

    @property
    def conflict(self) -> ServerMessage | None:
        """The error for its COMMIT if that will fail, otherwise `None`."""
        if self.schema_changed:
            return SCHEMA_CHANGED
        return CONFLICT if self.is_doomed else None

    @property
    def has_written(self) -> bool:
        """Whether its commit writes."""
        return self.has_ddl or self.has_dml


def needs_replay(verdict: GateVerdict) -> bool:
    """Whether a replay repeats the statement: it writes, locks or changes a setting.

    A query that only calls `nextval` is not replayed: sequences are not transactional.
    """
    return (
        (verdict.is_write and verdict.kind is not StatementKind.QUERY)
        or verdict.locks_rows
        or verdict.is_unclear
        or verdict.kind is StatementKind.CALL
        or (verdict.kind is StatementKind.SESSION and verdict.command != "SHOW")
    )
