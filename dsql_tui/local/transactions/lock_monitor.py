"""Preempts idle transactions whose locks others wait for, as DSQL has no lock waits.

In PostgreSQL a writer waits for the transaction that holds the row; in DSQL it never does. When a
statement is not answered at once, the monitor asks PostgreSQL which processes block which, and
preempts each idle one: its locks and writes are rolled back, its snapshot is kept, and its writes
are replayed when its client sends the next message. Both transactions see their own writes, and
the first to commit wins.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from contextlib import suppress
from typing import Protocol

from dsql_tui.errors import LocalError
from dsql_tui.local.gate.verdicts import GateVerdict
from dsql_tui.local.protocol.backend import Backend, BackendLost, BackendRefused, literal
from dsql_tui.local.transactions.transaction import TransactionState

SLOW_AFTER_S = 0.004
"""How long a statement may be unanswered before the monitor is asked; most are answered in 1 ms."""
_PAUSE_LEAST_S = 0.001
_PAUSE_MOST_S = 0.05
_IN_THE_WAY = "SELECT waiter, holder, relations FROM pg_dsql.in_the_way()"
_TOUCHED = "SELECT relation FROM pg_dsql.touched({}) AS relation"
_TOUCHING = "SELECT process FROM pg_dsql.touching(ARRAY[{}]::pg_catalog.oid[]) AS process"

_RELATIONS = (
    "SELECT relation"
    " FROM pg_catalog.pg_dsql_relations(ARRAY[{}]::pg_catalog.text[], {}) AS relation"
)


def asking_for(verdict: GateVerdict) -> str:
    """Return the query for the OIDs of the relations that DDL names; empty if it names none.

    The session itself must run it: names are resolved by its search path.
    """
    if not verdict.targets:
        return ""
    names_schemas = any(word in verdict.command for word in ("GRANT", "REVOKE", "SCHEMA"))
    names = ", ".join(map(literal, verdict.targets))
    return _RELATIONS.format(names, str(names_schemas).lower())


class LockHolder(Protocol):
    """A session or an asynchronous job, with a transaction that may hold locks."""

    @property
    def process(self) -> int:
        """The process ID of its PostgreSQL session."""
        ...

    @property
    def transaction(self) -> TransactionState:
        """Its current transaction."""
        ...

    @property
    def runs_ddl(self) -> bool:
        """Whether its running statement changes the schema."""
        ...

    def preempt(self, for_ddl: bool, /) -> bool:
        """Release its locks if it is idle and can be replayed; return whether it was preempted."""
        ...

    def notify_schema_change(self) -> None:
        """Fail its block, or otherwise its next statement, with OC001, once."""
        ...


class LockMonitor:
    """The lock holders of one database.

    Args:
        system: Opens a superuser connection to it.

    Attributes:
        schema_changes: How many schema changes have begun or ended.
    """

    def __init__(self, system: SystemConnection) -> None:
        self.schema_changes = 0
        self._system = system
        self._backend: Backend | None = None
        self._asking = asyncio.Lock()
        self._holders: dict[int, LockHolder] = {}
        self._waiting: set[LockHolder] = set()
        self._monitor: asyncio.Task[None] | None = None

    def enter(self, holder: LockHolder) -> None:
        """Add a lock holder."""
        self._holders[holder.process] = holder

    def leave(self, holder: LockHolder) -> None:
        """Remove a lock holder."""
        self._holders.pop(holder.process, None)

    def watch(self, holder: LockHolder) -> None:
        """Preempt transactions that block this holder's statement, until `unwatch`."""
        self._waiting.add(holder)
        if self._monitor is None:
            self._monitor = asyncio.get_running_loop().create_task(self._look())

    def unwatch(self, holder: LockHolder) -> None:
        """Stop watching a holder whose statement has ended."""
        self._waiting.discard(holder)

    async def schema_changed(
        self, by: TransactionState, relations: Collection[int], *, strictly: bool
    ) -> None:
        """Report OC001 to the transactions that a schema change has invalidated.

        Args:
            by: The transaction that changed the schema; those it has preempted fail in any case.
            relations: OIDs of the relations it changed.
            strictly: Report it to every other session, in a transaction or not.
        """
        self.schema_changes += 1
        for preempted in by.preempted:
            preempted.schema_changed = True
        by.preempted.clear()
        others = [one for one in self._holders.values() if one.transaction is not by]
        if not strictly:
            others = await self._touched_by(relations, others)
        for holder in others:
            holder.notify_schema_change()

    async def _touched_by(
        self, relations: Collection[int], holders: Collection[LockHolder]
    ) -> list[LockHolder]:
        """Return the holders with an open transaction that has used one of the relations."""
        blocks = [one for one in holders if one.transaction.is_block and one.transaction.has_run]
        touching = await self._touching(relations) if blocks else set()
        return [
            one
            for one in blocks
            if one.process in touching or not one.transaction.touched.isdisjoint(relations)
        ]

    async def touched(self, process: int) -> set[int]:
        """Return the OIDs of the relations that a process has locked."""
        rows = await self.ask(_TOUCHED.format(process))
        return {int(relation) for (relation,) in rows if relation is not None}

    async def close(self) -> None:
        """Stop the monitor and close its connection."""
        if self._monitor is not None:
            self._monitor.cancel()
            with suppress(asyncio.CancelledError):
                await self._monitor
        if self._backend is not None:
            self._backend.close()

    async def _touching(self, relations: Collection[int]) -> set[int]:
        if not relations:
            return set()
        rows = await self.ask(_TOUCHING.format(", ".join(map(str, relations))))
        return {int(pid) for (pid,) in rows if pid is not None}

    async def _look(self) -> None:
        pause_s = _PAUSE_LEAST_S
        try:
            while self._waiting:
                preempted = False
                for waiter, holder, touched in await self.ask(_IN_THE_WAY):
                    if waiter is not None and holder is not None:
                        relations = set(map(int, (touched or "").split()))
                        preempted |= self._preempt(int(waiter), int(holder), relations)
                pause_s = _PAUSE_LEAST_S if preempted else min(pause_s * 2, _PAUSE_MOST_S)
                await asyncio.sleep(pause_s)
        finally:
            self._monitor = None

    def _preempt(self, waiter: int, holder: int, touched: set[int]) -> bool:
        """Preempt the process that holds the lock, if that is possible now.

        Args:
            waiter: Process that waits for the lock.
            holder: Process that holds it.
            touched: Relations that the holder has locks on.
        """
        waiting, holding = self._holders.get(waiter), self._holders.get(holder)
        if holding is None or not holding.preempt(waiting is not None and waiting.runs_ddl):
            return False
        holding.transaction.touched |= touched
        if waiting is not None:
            waiting.transaction.preempted.add(holding.transaction)
        return True

    async def ask_apart(self, sql: str) -> list[tuple[str | None, ...]]:
        """Run a query for a session whose own connection is busy.

        Names without a schema are resolved in `public`: its search path is not known here.
        """
        return await self.ask(f"SET LOCAL search_path = public, pg_temp; {sql}")

    async def ask(self, sql: str) -> list[tuple[str | None, ...]]:
        """Run a query as the superuser; return no rows when the database is down."""
        async with self._asking:
            backend, self._backend = self._backend, None
            try:
                backend = backend or await self._system()
                rows = await backend.query(sql)
                self._backend = backend  # a cancelled query leaves an unread answer on it
            except (BackendLost, BackendRefused, LocalError, OSError):
                return []  # the database is down; its sessions report that themselves
            finally:
                if backend is not None and self._backend is None:
                    backend.close()
            return rows


class SystemConnection(Protocol):
    """Opens a connection to the database as its owner."""

    async def __call__(self) -> Backend:
        """Return a new connection."""
        ...
