"""A private PostgreSQL with the tables of the benchmarks, from the local DSQL's own launcher."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import psycopg

from dsql_tui.local.postgres.binaries import find_binaries
from dsql_tui.local.postgres.postmaster import SUPERUSER, Postmaster, Templates

START_S = 10.0
BIG_ROWS = 1_000_000
SMALL_ROWS = 100_000
_TABLES = f"""
create table big as select
    i::bigint as id, gen_random_uuid() as uuid, 'customer name ' || i as name,
    (random() * 10000)::numeric(12, 2) as price,
    timestamptz '2026-01-01' + i * interval '37 seconds' as created_at,
    i % 3 = 0 as active, json_build_object('k', i, 'tags', array['a', 'b'])::json as document,
    random() * 1e6 as ratio, date '2026-01-01' + i % 365 as day,
    case when i % 7 = 0 then null else 'note ' || i % 1000 end as note
from generate_series(1, {BIG_ROWS}) i;
create table small as select * from big limit {SMALL_ROWS};
analyze
"""


@contextmanager
def database() -> Iterator[str]:
    """Start PostgreSQL with the benchmarks' tables, and give how to connect to it."""
    with private_postgres() as conninfo:
        with psycopg.connect(conninfo, autocommit=True) as connection:
            for statement in _TABLES.split(";"):
                connection.execute(statement.encode())
        yield conninfo


@contextmanager
def private_postgres() -> Iterator[str]:
    """Start an empty PostgreSQL, and give how to connect to it: a libpq connection string."""
    folder = Path(tempfile.mkdtemp(prefix="dsql-tui-bench-"))
    folder.chmod(0o755)
    binaries = find_binaries()
    Templates(binaries, folder).copy(None, folder / "data")
    postmaster = Postmaster(binaries, folder / "data", folder)
    try:
        conninfo = f"host={postmaster.socket.parent} user={SUPERUSER} dbname=postgres"
        _wait_for(conninfo)
        with psycopg.connect(conninfo, autocommit=True) as connection:
            # The local DSQL's text search setting is one its parallel workers cannot take over.
            connection.execute(
                f"alter role {SUPERUSER} set max_parallel_workers_per_gather = 0".encode()
            )
        yield conninfo
    finally:
        postmaster.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(conninfo: str) -> None:
    deadline = time.monotonic() + START_S
    while True:
        try:
            psycopg.connect(conninfo).close()
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


_shared: list[str] = []


def share(conninfo: str) -> None:
    """Let benchmarks use this database."""
    _shared[:] = [conninfo]


def conninfo() -> str:
    """Return how to reach the shared database."""
    return _shared[0]


@cache
def row_bytes(table: str) -> int:
    """Return the bytes of a table's values as text."""
    with psycopg.connect(conninfo()) as connection:
        columns = "coalesce(length(%s::text), 0)"
        names = [
            row[0]
            for row in connection.execute(
                "select attname from pg_attribute where attrelid = %s::regclass and attnum > 0",
                [table],
            )
        ]
        total = " + ".join(columns % f'"{name}"' for name in names)
        found = connection.execute(f"select sum({total})::bigint from {table}".encode()).fetchone()
    assert found is not None
    return int(found[0])
