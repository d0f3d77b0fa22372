"""The rules of one transaction, without I/O: what may follow what, and what it can lose by.

Sources: facts sheet §6.9 and §6.10 (user guide, working-with-ddl and
working-with-concurrency-control; recorded runs of September 2026).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from dsql_tui.local.faults import AGE_LIMIT_S
from dsql_tui.local.gate.verdicts import GateVerdict
from dsql_tui.local.protocol.answers import error
from dsql_tui.local.protocol.wire import InsertedRows, ServerMessage
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
    """A statement that must be run again when the transaction was robbed of its locks.

    Attributes:
        sql: The statement as PostgreSQL was sent it.
        types: Encoded parameter types of its Parse.
        bound: What follows the names in its Bind.
        command: Command tag it was answered with.
        digest: Digest of its rows; `None` when they need not be the same again.
        targets: Relations it changes, spelled for SQL.
        is_ddl: It changes the schema.
        inserted: What it has put into a table, if that can be put back as it was.
        portal: The client's portal that it has left open; `None` when it ran to its end.
        fetched: Rows the client has of that portal.
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
    """What a transaction has done so far.

    Attributes:
        begun_at_s: Monotonic seconds.
        age_limit_s: How old it may become.
        is_block: It was begun, and goes on until it is ended.
        is_implied: Its block was begun by us, for a message of several statements.
        has_ddl: It has changed the schema.
        has_dml: It has changed rows, or tried to.
        has_run: It has run a statement, so it has a snapshot.
        log: What a robbed transaction must run again, in order.
        is_preempted: Its locks and writes are gone; its snapshot is not.
        is_preemptible: It has nothing that cannot be run again.
        lost: It goes on for show and cannot be committed.
        schema_changed: Another transaction has changed the schema under it.
        preempted: Transactions it has robbed: its commit is their loss.
        touched: Relations it had locks on when it was robbed, by number.
        schema_relations: Relations that its DDL changes, by number.
        copied: Relations that a lost transaction has copies of, as a statement has named them, and
            the names with schemas that the copies hide.
    """

    begun_at_s: float
    age_limit_s: float = AGE_LIMIT_S
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
    copied: dict[str, str] = field(default_factory=dict)

    def refusal(self, verdict: GateVerdict, now_s: float) -> ServerMessage | None:
        """Return DSQL's answer to a statement that may not run here, `None` when it may."""
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
        """Return the answer to everything in a transaction that is too old."""
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
        """Note that a statement is going to run."""
        self.has_run = True
        self.has_ddl |= verdict.kind is StatementKind.DDL
        self.has_dml |= verdict.kind is StatementKind.DML

    def has_open_portal(self, portal: str, bound: bytes) -> bool:
        """Whether a portal was left open, and is to be gone on with."""
        return bool(self.log) and self._place(portal, bound) is not None

    def portal_suspended(self, portal: LogEntry) -> None:
        """Note a portal that is left open, or that more was fetched of one."""
        at = self._place(portal.portal, portal.bound)
        if at is not None:
            fetched = self.log[at].fetched + portal.fetched
            self.log[at] = replace(self.log[at], fetched=fetched)
        else:
            self.portal_closed(portal.portal)
            self.log.append(portal)

    def portal_exhausted(self, portal: str, bound: bytes, *, replayable: bool) -> bool:
        """Note that a portal has ended; whether it is one that had been left open."""
        at = self._place(portal, bound)
        if at is None:
            return False
        if replayable:
            self.log[at] = replace(self.log[at], portal=None, fetched=0)
        else:
            del self.log[at]
        return True

    def portal_closed(self, portal: str | None) -> None:
        """Forget a portal that the client has closed."""
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
        """Why it cannot be committed, as far as that is known before trying."""
        if self.schema_changed:
            return SCHEMA_CHANGED
        return CONFLICT if self.is_doomed else None

    @property
    def has_written(self) -> bool:
        """Whether a commit of it writes."""
        return self.has_ddl or self.has_dml


def needs_replay(verdict: GateVerdict) -> bool:
    """Whether a robbed transaction must run this again: it wrote, locked or set something.

    What a query alone does to a sequence stays done: sequences know no transactions.
    """
    return (
        (verdict.is_write and verdict.kind is not StatementKind.QUERY)
        or verdict.locks_rows
        or verdict.is_unclear
        or verdict.kind is StatementKind.CALL
        or (verdict.kind is StatementKind.SESSION and verdict.command != "SHOW")
    )
