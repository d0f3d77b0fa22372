"""The operations that are measured: each one transaction, with keys made by the client."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from enum import StrEnum
from uuid import UUID

from dsql_tui.bench.side import HOT_ROWS
from dsql_tui.errors import InputError

Statement = tuple[str, tuple[str | int | None, ...]]


class Operation(StrEnum):
    """What a session does again and again."""

    INSERT = "insert"
    SELECT_1 = "select1"
    SELECT_10 = "select10"
    UPDATE = "update"
    CONNECT = "connect"


EXPLAINED = {
    Operation.INSERT: "insert one row under a random key",
    Operation.SELECT_1: "select one row by key",
    Operation.SELECT_10: "select ten rows in key order",
    Operation.UPDATE: f"update one of {HOT_ROWS} rows that all sessions share",
    Operation.CONNECT: "open a session: token, TCP, TLS, authentication",
}

DEFAULT_WORKLOAD = (
    Operation.INSERT,
    Operation.SELECT_10,
    Operation.SELECT_1,
    Operation.CONNECT,
)


def parse_workload(text: str) -> tuple[Operation, ...]:
    """Return the operations named in a comma-separated list.

    Raises:
        InputError: One is not known; names all.
    """
    names = [name.strip() for name in text.split(",") if name.strip()]
    try:
        operations = tuple(dict.fromkeys(Operation(name) for name in names))
    except ValueError:
        operations = ()
    if not operations:
        raise InputError(
            f"{text!r} is not a workload.",
            remedy=f"Name some of: {', '.join(Operation)}; separated by commas.",
        )
    return operations


def _key(dice: random.Random) -> str:
    return str(UUID(int=dice.getrandbits(128), version=4))


def statement_for(
    operation: Operation, schema: str, keys: Sequence[str], dice: random.Random
) -> Statement:
    """Return what to run.

    Args:
        operation: Not `CONNECT`, which is no statement.
        schema: The scratch schema.
        keys: Keys of rows that exist.
        dice: Chooses keys.
    """
    make: dict[Operation, Callable[[], Statement]] = {
        Operation.INSERT: lambda: (
            f"INSERT INTO {schema}.items VALUES ($1, 'item', $2, now())",
            (_key(dice), dice.randrange(100)),
        ),
        Operation.SELECT_1: lambda: (
            f"SELECT * FROM {schema}.items WHERE id = $1",
            (dice.choice(keys),),
        ),
        Operation.SELECT_10: lambda: (
            f"SELECT * FROM {schema}.items WHERE id >= $1 ORDER BY id LIMIT 10",
            (_key(dice),),
        ),
        Operation.UPDATE: lambda: (
            f"UPDATE {schema}.hot SET quantity = quantity + 1 WHERE id = $1",
            (dice.randint(1, HOT_ROWS),),
        ),
    }
    return make[operation]()
