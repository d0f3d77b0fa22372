"""Optimistic concurrency over PostgreSQL's locks: running a robbed transaction again, and losing.

`arena` takes locks away; what that means for the transaction is here. A transaction that cannot win
any more goes on for show until its COMMIT, as DSQL lets it: on its own snapshot, with its own
writes, in temporary copies of the tables it has written to.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Iterable, Sequence
from enum import Enum, auto

from dsql_tui.local.backend import literal
from dsql_tui.local.transaction import Entry, Transaction
from dsql_tui.local.upstream import PRIVATE, Due, Upstream, repetition
from dsql_tui.sql.names import folded, pieces_of

SAVEPOINT = f"SAVEPOINT {PRIVATE}"
ROLL_BACK = f"ROLLBACK TO SAVEPOINT {PRIVATE}"
_COPYING = f"{PRIVATE}_copying"
ATTEMPTS = 5
"""How often a transaction is run again when two of them are in each other's way."""
COPY_MAX_BYTES = 64 * 1024 * 1024
"""Largest table that is copied for a transaction that has lost."""
SERIALIZATION = "40001"
DEADLOCK = "40P01"
UNIQUE = "23505"

Settle = Callable[[], Awaitable[None]]


class Outcome(Enum):
    """How running a transaction again has ended."""

    DONE = auto()
    IN_THE_WAY = auto()
    LOST = auto()


class Repeater:
    """Runs a session's transaction again.

    Args:
        upstream: The session's connection.
        settle: Waits for its answers, with the arena looking.
    """

    def __init__(self, upstream: Upstream, settle: Settle) -> None:
        self._upstream = upstream
        self._settle = settle

    def rob(self, transaction: Transaction) -> None:
        """Take away the transaction's locks and writes; the answer is read when it next runs."""
        self._upstream.privately(ROLL_BACK)
        transaction.robbed = True

    async def restore(self, transaction: Transaction) -> None:
        """Give a robbed transaction its writes back; it may turn out to have lost."""
        if transaction.lost:
            await self.lose(transaction)
            return
        for _ in range(ATTEMPTS):
            outcome = await self._repeat(transaction.log)
            if outcome is Outcome.DONE:
                transaction.robbed = False
                return
            if outcome is Outcome.LOST:
                break
            self._upstream.privately(ROLL_BACK)
        await self.lose(transaction)

    async def give_way(self, transaction: Transaction) -> None:
        """Start again after two transactions were in each other's way."""
        self._upstream.privately(ROLL_BACK)
        await self.restore(transaction)

    async def lose(self, transaction: Transaction) -> bool:
        """Move a transaction that cannot win to copies of its tables, on its own snapshot.

        Returns:
            Whether its own writes could be repeated there; otherwise (a table is too large, or must
            not be read) it goes on without them.
        """
        transaction.lost, transaction.robbed = True, False
        transaction.copied.clear()
        self._upstream.privately(ROLL_BACK)
        changes = [entry for entry in transaction.log if entry.targets and not entry.is_ddl]
        targets = dict.fromkeys(name for entry in changes for name in entry.targets)
        if not await self.show(transaction, tuple(targets)):
            return False
        for entry in changes:
            own = Due(b"CI", heard=False)
            sql = shown(entry.sql, transaction.copied)
            self._upstream.send(*repetition(sql, entry.types, entry.bound, own))
        await self._settle()
        return True

    async def show(self, transaction: Transaction, targets: Sequence[str]) -> bool:
        """Copy the relations a lost transaction is going to write to; whether it has them all."""
        missing = [target for target in targets if target not in transaction.copied]
        for target in missing:
            self._upstream.privately(f"SAVEPOINT {_COPYING}")
            copied = self._upstream.privately(_copy(target))
            await self._settle()
            if copied.error is not None:
                self._upstream.privately(f"ROLLBACK TO SAVEPOINT {_COPYING}")
                return False
            transaction.copied.add(target)
        return True

    async def _repeat(self, log: list[Entry]) -> Outcome:
        for entry in log:
            own = Due(b"CI", heard=False, digest=new_digest())
            self._upstream.send(*repetition(entry.sql, entry.types, entry.bound, own))
            await self._settle()
            if own.error is not None:
                return Outcome.IN_THE_WAY if own.error.sqlstate == DEADLOCK else Outcome.LOST
            if entry.digest is not None and own.digest is not None:
                same = (own.command, own.digest.digest()) == (entry.command, entry.digest)
                if not same:
                    return Outcome.LOST  # it would not do what it told its client it did
        return Outcome.DONE


def new_digest() -> hashlib.blake2b:
    """Return what the rows of a statement are compared by."""
    return hashlib.blake2b(digest_size=16)


def shown(sql: str, copied: Iterable[str]) -> str:
    """Take the schema off the names of copied relations: the copies are found without one."""
    qualified = {
        tuple(folded(piece.text) for piece in pieces_of(name) if piece.is_name)
        for name in copied
        if "." in name
    }
    if not qualified:
        return sql
    pieces = pieces_of(sql)
    for schema, dot, name in zip(pieces, pieces[1:], pieces[2:], strict=False):
        if dot.word == "." and (folded(schema.text), folded(name.text)) in qualified:
            blank = " " * (name.start - schema.start)
            sql = sql[: schema.start] + blank + sql[name.start :]
    return sql


def _copy(target: str) -> str:
    return f"CALL pg_catalog.pg_dsql_copy_for_show({literal(target)}, {COPY_MAX_BYTES})"
