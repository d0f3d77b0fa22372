"""How fast a table is dumped and restored, against psql's copy and a loader written by hand."""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Event

from dsql_tui.dump.folder import begin_dump, tables_of
from dsql_tui.dump.load import RowsRestore
from dsql_tui.dump.manifest import DumpHeader, DumpManifest, open_manifest
from dsql_tui.dump.run import DumpPlan, dump_rows
from dsql_tui.load.run import LoadPlan
from dsql_tui.local.process import server
from dsql_tui.local.process.server_info import ServerInfo
from dsql_tui.schema.catalogs import Selection
from dsql_tui.schema.read import read_database
from tests.bench.measure import Measurement, Options, Target, timed
from tests.support.local_dsql import connect, endpoint_of, token_for
from tests.support.new_clusters import open_session

ROWS = 200_000
BATCH_ROWS, SESSIONS = 2_000, 8
_TABLE = "CREATE TABLE {} (id bigint PRIMARY KEY, name text, price numeric(12, 2), at timestamptz)"
_FILL = """
INSERT INTO dumped
SELECT i, 'customer name ' || i, i / 7.0, '2026-01-01'::timestamptz + i * interval '1 s'
FROM generate_series({}, {}) i
"""


def dumps(options: Options) -> Iterator[Measurement]:
    """Measure dump and restore of a table with a key."""
    with server.start(ephemeral=True) as running, tempfile.TemporaryDirectory() as made:
        folder, info = Path(made), running.info
        with closing(open_session(info, "shop")) as session:
            session.fetch(_TABLE.format("dumped"))
            for first in range(1, ROWS, BATCH_ROWS):
                session.fetch(_FILL.format(first, first + BATCH_ROWS - 1))
        plain = folder / "plain.tsv"
        runs = range(options.runs)
        ours = [timed(lambda: _dump(info, folder / f"dump{number}")) for number in runs]  # noqa: B023
        floor = [timed(lambda: _psql_copy(info, plain)) for _ in runs]
        yield _rate("dump", ours, floor, r"psql \copy", 0.7)
        ours, floor = [], []
        for _ in runs:
            _make_again(info)
            ours.append(timed(lambda: _restore(info, folder / "dump0")))
            _make_again(info)
            floor.append(timed(lambda: _load_by_hand(info, plain)))
        yield _rate("restore", ours, floor, f"{SESSIONS} threads of COPY, {BATCH_ROWS} rows", 0.8)


def _rate(
    name: str, ours: list[float], floor: list[float], against: str, least: float
) -> Measurement:
    return Measurement(
        f"{name}, {ROWS:,} rows",
        "rows/s",
        ROWS / statistics.median(ours),
        ROWS / statistics.median(floor),
        against,
        Target(least=least),
    )


def _make_again(info: ServerInfo) -> None:
    with closing(open_session(info, "shop")) as session:
        session.fetch("DROP TABLE dumped")
        session.fetch(_TABLE.format("dumped"))


def _dump(info: ServerInfo, folder: Path) -> None:
    with closing(open_session(info, "shop")) as session:
        selection = Selection(tables=(("public", "dumped"),), with_access=False)
        tables = tables_of(read_database(session, selection))
    header = DumpHeader("arn", "", "", False, {}, tables)
    with closing(begin_dump(folder, {}, header)) as manifest:
        for _ in dump_rows(
            folder, manifest, lambda: open_session(info, "shop"), DumpPlan(), Event()
        ):
            pass
        assert manifest.rows == ROWS


def _psql_copy(info: ServerInfo, path: Path) -> None:
    shop = endpoint_of(info, "shop")
    target = (
        f"host={shop.host} hostaddr={shop.hostaddr} port={shop.port} user={shop.role}"
        f" dbname=postgres sslmode=verify-full sslrootcert={shop.root_certificate}"
    )
    copy = rf"\copy dumped to '{path}'"
    environment = os.environ | {"PGPASSWORD": token_for(info, shop)}
    subprocess.run(["psql", "-qX", target, "-c", copy], env=environment, check=True)


def _restore(info: ServerInfo, folder: Path) -> None:
    manifest = open_manifest(folder)
    assert manifest is not None
    with closing(manifest), tempfile.TemporaryDirectory() as state:
        _load(info, folder, Path(state), manifest)


def _load(info: ServerInfo, folder: Path, state: Path, manifest: DumpManifest) -> None:
    plan = LoadPlan(sessions=SESSIONS, rows_max=BATCH_ROWS)
    restore = RowsRestore(
        folder, state, manifest, "cluster", lambda: open_session(info, "shop"), plan
    )
    for _ in restore.load(manifest.header.tables):
        pass


def _load_by_hand(info: ServerInfo, path: Path) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    batches = [b"".join(lines[at : at + BATCH_ROWS]) for at in range(0, len(lines), BATCH_ROWS)]
    shop = endpoint_of(info, "shop")

    def store(mine: list[bytes]) -> None:
        with connect(info, shop) as connection:
            for batch in mine:
                with connection.cursor().copy(b"COPY dumped FROM STDIN") as copy:
                    copy.write(batch)

    with ThreadPoolExecutor(SESSIONS) as pool:
        list(pool.map(store, [batches[each::SESSIONS] for each in range(SESSIONS)]))
