"""The local DSQL's speed, against the same PostgreSQL over its own socket."""

from __future__ import annotations

import math
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import platformdirs
import psycopg

from dsql_tui.local.filesystem.folders import reachable
from dsql_tui.local.postgres.postmaster import SUPERUSER
from dsql_tui.local.process import server
from dsql_tui.local.process.server_info import ServerInfo
from dsql_tui.model.endpoint import Endpoint
from tests.bench.measure import Measurement, Options, Target
from tests.support.local_dsql import Connection, boto_session, connect, endpoint_of, token_for

ROWS = 1_000_000
ROUND_TRIPS = 300
TURNS = 10
CONNECTS = 60
SESSIONS = 200
_BIG = f"""
CREATE TABLE big AS SELECT
  i::bigint AS id, gen_random_uuid() AS uuid, 'customer name ' || i AS name,
  (random() * 10000)::numeric(12, 2) AS price, now() + i * interval '37 seconds' AS created_at,
  i % 3 = 0 AS active, json_build_object('k', i)::text AS document, random() AS ratio,
  date '2026-01-01' + i % 365 AS day, 'note ' || i % 1000 AS note
FROM generate_series(1, {ROWS}) i
"""


def local_speed(options: Options) -> Iterator[Measurement]:
    """Measure bulk, round trips and connects through the gateway and without it."""
    with _one_cpu(), server.start(ephemeral=True) as running:
        together = _round_trip_us(*_ways(running.info))
    with server.start(ephemeral=True) as running:
        through, direct = _ways(running.info)
        with direct() as connection:
            connection.execute(_BIG.encode())
            connection.execute("GRANT SELECT ON big TO admin")
        yield _bulk(through, direct, options)
        yield _round_trip(together, _round_trip_us(through, direct))
        yield _connect(through, direct)
        yield _large_parameter(through)
        yield _many(through)
        yield _new_cluster(running.info)


@contextmanager
def _one_cpu() -> Iterator[None]:
    """Keep this process and its children on one CPU, where the system supports it.

    A client and PostgreSQL share one by themselves. A third process between them is spread over
    two, and where CPUs are virtual, waking one that sleeps costs more than what runs on it.
    """
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


def _ways(info: ServerInfo) -> tuple[Callable[[], Connection], Callable[[], Connection]]:
    """Return functions that connect through the gateway, and directly to the same database."""
    shop = endpoint_of(info, "shop")
    token = token_for(info, shop)

    def through() -> Connection:
        return connect(info, shop, password=token)

    through().close()
    socket = socket_of(info, shop, token)

    def direct() -> Connection:
        return psycopg.connect(host=str(socket), user=SUPERUSER, dbname="postgres", autocommit=True)

    return through, direct


def local_start(options: Options) -> Iterator[Measurement]:
    """Measure from nothing to the first answered query, the first time and later."""
    first: list[float] = []
    later: list[float] = []
    for _ in range(options.runs):
        with _no_template() as folder:
            first.append(_start_and_query(folder))
            later.append(_start_and_query(folder))
    for name, took_s, most_s in (("first", first, 1.5), ("later", later, 0.5)):
        yield Measurement(
            f"local_start: {name}, to the first answer",
            "s",
            statistics.median(took_s),
            target=Target(value=most_s),
        )


def _start_and_query(folder: Path) -> float:
    """Do what a program does that has boto3 loaded: a start, one client, a token, a query."""
    began = time.perf_counter()
    with server.start(folder, port=0) as running:
        info = running.info
        client = boto_session(info).client("dsql", region_name="us-east-1")
        identifier = client.list_clusters()["clusters"][0]["identifier"]
        host = client.get_cluster(identifier=identifier)["endpoint"]
        with psycopg.connect(
            host=host,
            hostaddr="127.0.0.1",
            port=info.gateway_port,
            user="admin",
            dbname="postgres",
            sslmode="verify-full",
            sslrootcert=str(info.root_certificate),
            password=client.generate_db_connect_admin_auth_token(host, "us-east-1"),
        ) as connection:
            connection.execute("SELECT 1")
        return time.perf_counter() - began


@contextmanager
def _no_template() -> Iterator[Path]:
    """Give a new data folder and hide the templates that earlier starts have kept."""
    kept = reachable(platformdirs.user_cache_path("dsql-tui", appauthor=False) / "local")
    for template in kept.glob("template-*"):
        shutil.rmtree(template)
    folder = Path(tempfile.mkdtemp(prefix="dsql-tui-bench-"))
    folder.chmod(0o711)
    try:
        yield folder / "local"
    finally:
        server.reset(folder / "local")
        shutil.rmtree(folder)


def socket_of(info: ServerInfo, endpoint: Endpoint, token: str) -> Path:
    """Return the folder of the socket of the database of an endpoint."""
    with connect(info, endpoint, password=token) as connection:
        connection.execute("CREATE TABLE here (id int)")
        for socket in info.runtime_dir.glob("*/.s.PGSQL.*[0-9]"):
            with psycopg.connect(
                host=str(socket.parent), user=SUPERUSER, dbname="postgres"
            ) as direct:
                row = direct.execute("SELECT to_regclass('public.here')").fetchone()
                if row and row[0]:
                    return socket.parent
    raise AssertionError("no socket leads to the database")


def _bulk(
    through: Callable[[], Connection], direct: Callable[[], Connection], options: Options
) -> Measurement:
    ours: list[float] = []
    floor: list[float] = []
    with through() as gateway, direct() as socket:
        for _ in range(options.runs):
            ours.append(_fetch(gateway))
            floor.append(_fetch(socket))
    return Measurement(
        "local_fetch: 1,000,000 rows × 10 columns by libpq", "s", statistics.median(ours),
        statistics.median(floor), "unix socket", Target(ratio=1.5),
    )  # fmt: skip


def _fetch(connection: Connection) -> float:
    wire = connection.pgconn
    began = time.perf_counter()
    wire.send_query(b"SELECT * FROM big")
    wire.set_chunked_rows_mode(1_000)
    while (result := wire.get_result()) is not None:
        result.clear()
    return time.perf_counter() - began


def _round_trip_us(
    through: Callable[[], Connection], direct: Callable[[], Connection]
) -> dict[str, float]:
    """Take turns, and of each side its quietest turn: microseconds drown in a busy machine."""
    took_us = {"ours": math.inf, "floor": math.inf}
    with through() as ours, direct() as floor:
        for _ in range(TURNS):
            for name, connection in (("ours", ours), ("floor", floor)):
                p50_us = _median(partial(connection.pgconn.exec_, b"SELECT 1"), ROUND_TRIPS) * 1e6
                took_us[name] = min(took_us[name], p50_us)
    return took_us


def _round_trip(together: dict[str, float], apart: dict[str, float]) -> Measurement:
    added_us, spread_us = (each["ours"] - each["floor"] for each in (together, apart))
    return Measurement(
        "local_round_trip: `select 1`, p50", "µs", together["ours"], together["floor"],
        "unix socket", Target(value=together["floor"] + 150),
        f"+{added_us:.0f} µs of at most 150, all on one CPU; +{spread_us:.0f} spread over them",
    )  # fmt: skip


def _connect(through: Callable[[], Connection], direct: Callable[[], Connection]) -> Measurement:
    ours = _median(lambda: through().close(), CONNECTS) * 1e3
    floor = _median(lambda: direct().close(), CONNECTS) * 1e3
    return Measurement(
        "local_connect: TLS, token and role, p50", "ms", ours, floor, "unix socket",
        Target(value=floor + 10), f"+{ours - floor:.1f} ms of at most 10",
    )  # fmt: skip


def _large_parameter(through: Callable[[], Connection]) -> Measurement:
    """Compare 9 MB (a message may have 10 MiB) with 3 MB; quadratic is nine times."""

    def sent(connection: Connection, megabytes: int) -> float:
        value = b"x" * (megabytes * 1_000_000)
        statement = b"SELECT length($1::text)"
        return _median(lambda: connection.pgconn.exec_params(statement, [value]), 9) * 1e3

    with through() as connection:
        floor, ours = sent(connection, 3), sent(connection, 9)
    return Measurement("local_parameter: 9 MB", "ms", ours, floor, "3 MB", Target(ratio=5))


def _many(through: Callable[[], Connection]) -> Measurement:
    sessions = [through() for _ in range(SESSIONS)]
    began = time.perf_counter()
    for session in sessions:
        session.execute("SELECT 1")
    took_ms = (time.perf_counter() - began) * 1e3
    for session in sessions:
        session.close()
    return Measurement("local_sessions: a query in each of 200", "ms", took_ms)


def _new_cluster(info: ServerInfo) -> Measurement:
    client = boto_session(info).client("dsql", region_name="us-east-1")

    def create() -> None:
        identifier = client.create_cluster(deletionProtectionEnabled=False)["identifier"]
        while client.get_cluster(identifier=identifier)["status"] != "ACTIVE":
            time.sleep(0.002)

    return Measurement(
        "local_new_cluster: CreateCluster to ACTIVE",
        "ms",
        _median(create, 7) * 1e3,
        target=Target(value=150),
    )


def _median(act: Callable[[], object], times: int) -> float:
    took = []
    for _ in range(times):
        began = time.perf_counter()
        act()
        took.append(time.perf_counter() - began)
    return statistics.median(took)
