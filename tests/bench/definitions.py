"""How long the definitions of a large database take to read and to print."""

from __future__ import annotations

import statistics
import tracemalloc
from collections.abc import Iterator
from contextlib import closing

import psycopg

from dsql_tui.local.postgres.postmaster import SUPERUSER
from dsql_tui.local.process import server
from dsql_tui.schema.dump import dump_text
from dsql_tui.schema.read import read_database
from tests.bench.local import socket_of
from tests.bench.measure import Measurement, Options, Target, timed
from tests.support.local_dsql import endpoint_of, token_for
from tests.support.new_clusters import open_session

TABLES, COLUMNS = 1_000, 20
READ_MS_MAX = 1_500.0
MEMORY_MIB_MAX = 256.0
"""Of one catalog at most (`catalogs.SIZE_MAX_BYTES`)."""


def definitions(options: Options) -> Iterator[Measurement]:
    """Measure reading and printing 1,000 tables of 20 columns, an index and a key each."""
    with server.start(ephemeral=True) as running:
        shop = endpoint_of(running.info, "shop")
        token = token_for(running.info, shop)
        socket = socket_of(running.info, shop, token)
        with psycopg.connect(host=str(socket), user=SUPERUSER, dbname="postgres") as connection:
            for number in range(TABLES):
                connection.execute(_table(number).encode())
        with closing(open_session(running.info, "shop")) as session:
            database = read_database(session)
            spent = [timed(lambda: read_database(session)) for _ in range(options.runs)]
            yield Measurement(
                "definitions, 1,000 tables × 20 columns read",
                "ms",
                statistics.median(spent) * 1_000,
                target=Target(value=READ_MS_MAX),
            )
            tracemalloc.start()
            read_database(session)
            _, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            yield Measurement(
                "definitions, memory to read them",
                "MiB",
                peak / 2**20,
                target=Target(value=MEMORY_MIB_MAX),
            )
        spent = [timed(lambda: dump_text(database)) for _ in range(options.runs)]
        yield Measurement("definitions, printed", "ms", statistics.median(spent) * 1_000)


def _table(number: int) -> str:
    columns = ", ".join(f"c{at} {'text' if at % 2 else 'bigint'}" for at in range(1, COLUMNS))
    return (
        f"CREATE TABLE many_{number} (id bigint PRIMARY KEY, {columns});"
        f"CREATE INDEX ON many_{number} (c1);"
        f"COMMENT ON COLUMN many_{number}.c1 IS 'what it holds';"
        f"ALTER TABLE many_{number} OWNER TO admin"
    )
