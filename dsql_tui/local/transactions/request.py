"""One execution of one statement, requested by a Query or an Execute message."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace

from dsql_tui.local.gate.verdicts import GateVerdict
from dsql_tui.local.protocol import wire
from dsql_tui.local.protocol.pending import DueAnswer
from dsql_tui.local.protocol.wire import Message
from dsql_tui.local.transactions.private_messages import NO_PARAMETERS, NO_TYPES
from dsql_tui.local.transactions.transaction import LogEntry
from dsql_tui.sql.statements.classify import StatementKind

_ROWS = struct.Struct("!i")
"""Row limit of an Execute, in its last bytes."""


@dataclass(slots=True)
class Request:
    """One execution of one statement, as requested by the client.

    Attributes:
        verdict: The gate's verdict; `None` for an empty statement.
        sql: The statement as it is sent to PostgreSQL.
        frames: The Query or Execute message.
        own: Its answer.
        types: Encoded parameter types of its Parse.
        bound: The part of its Bind after the names: parameters and formats.
        prelude: Messages before an Execute that have not been sent.
        before: The expected answers to the prelude.
        portal: Name of the portal that an Execute runs.
        synced: Whether a Sync follows it.
        sent: Whether all of it was sent.
    """

    verdict: GateVerdict | None
    sql: str
    frames: bytes
    own: DueAnswer
    types: bytes = NO_TYPES
    bound: bytes = NO_PARAMETERS
    prelude: bytes = b""
    before: Sequence[DueAnswer] = ()
    portal: str = ""
    synced: bool = False
    sent: bool = False

    @property
    def is_simple(self) -> bool:
        """Whether it is a Query, whose response includes a row description."""
        return self.own.is_query

    def entry(self, verdict: GateVerdict) -> LogEntry:
        """Return its log entry, for a replay."""
        own = self.own
        return LogEntry(
            sql=self.sql,
            types=self.types,
            bound=self.bound,
            command=own.command,
            digest=own.digest.digest() if own.digest is not None else None,
            targets=verdict.targets,
            is_ddl=verdict.kind is StatementKind.DDL,
            inserted=own.inserted[0] if verdict.inserts and len(own.inserted) == 1 else None,
        )

    def keep_rows(self) -> None:
        """Collect its rows instead of forwarding them: all rows, whatever the Execute's limit.

        They are rewritten as a whole.
        """
        self.own.rows = []
        if not self.is_simple:
            self.frames = Message(b"E", wire.zstring(self.portal) + _ROWS.pack(0)).encode()

    @property
    def copies_in(self) -> bool:
        """Whether it is COPY FROM STDIN, whose data the client sends only once."""
        verdict = self.verdict
        return verdict is not None and verdict.command == "COPY" and verdict.is_write

    @property
    def most_rows(self) -> int:
        """Row limit of the Execute; 0 for none."""
        return int(_ROWS.unpack(self.frames[-_ROWS.size :])[0])

    def suspended_entry(self, verdict: GateVerdict) -> LogEntry:
        """Return a log entry that reopens its portal after the rows its client has."""
        entry = self.entry(verdict)
        return replace(entry, portal=self.portal, fetched=self.most_rows, digest=None)
