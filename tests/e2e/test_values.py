"""Random values of every type, from a real server: what we show and write is what psql prints."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dsql_tui.console.grid.columns import ColumnLayout
from dsql_tui.console.grid.painter import RowPainter
from dsql_tui.console.widgets.cells import inert
from dsql_tui.export.encode import encode
from dsql_tui.export.formats import ExportOptions, Format
from dsql_tui.local.postgres.binaries import find_binaries
from dsql_tui.model.result import Column, Described, RowChunk
from dsql_tui.pg.stream import stream
from dsql_tui.results.formats import Formats
from dsql_tui.results.sort import SortKey, sort_rows
from dsql_tui.results.store import ResultStore
from dsql_tui.results.work import Work
from tests.bench.database import private_postgres
from tests.unit.export.test_export import read_csv

TEXT = st.text(
    st.characters(blacklist_characters="\0\x1d\x1e\x1f", blacklist_categories=["Cs"]), max_size=12
)
CENTURY = timedelta(days=36_525)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
DATES = st.dates().map(str) | st.sampled_from(["infinity", "-infinity", "0044-03-15 BC"])
TIMES = st.times().map(str)
MOMENTS = st.datetimes().map(str) | st.sampled_from(["infinity", "10000-01-01", "0001-01-01 BC"])
ODD_NUMBERS = st.sampled_from(["NaN", "Infinity", "-Infinity"])
STRATEGIES: dict[str, st.SearchStrategy[str]] = {
    "boolean": st.sampled_from(["true", "false"]),
    "smallint": st.integers(-(2**15), 2**15 - 1).map(str),
    "integer": st.integers(-(2**31), 2**31 - 1).map(str),
    "bigint": st.integers(-(2**63), 2**63 - 1).map(str),
    "numeric": st.decimals(allow_nan=False, allow_infinity=False, places=9).map(str) | ODD_NUMBERS,
    "numeric(12,2)": st.decimals(-999, 999, places=2).map(str),
    "real": st.floats(width=32, allow_nan=False, allow_infinity=False).map(repr) | ODD_NUMBERS,
    "double precision": st.floats(allow_nan=False, allow_infinity=False).map(repr) | ODD_NUMBERS,
    "text": TEXT,
    "varchar(40)": TEXT,
    "character(14)": TEXT,
    "bytea": st.binary(max_size=9).map(lambda data: "\\x" + data.hex()),
    "uuid": st.uuids().map(str),
    "date": DATES,
    "time": TIMES,
    "timetz": st.builds("{}{:+03d}".format, st.times(), st.integers(-15, 15)),
    "timestamp": MOMENTS,
    "timestamptz": MOMENTS,
    "interval": st.timedeltas(-CENTURY, CENTURY).map(
        lambda span: f"{span.total_seconds():.6f} seconds"
    ),
    "json": JSON.map(json.dumps),
    "jsonb": JSON.map(lambda value: json.dumps(value).replace("\\u0000", "")),
    "text[]": st.lists(TEXT | st.none(), max_size=3).map(
        lambda items: "{" + ",".join(map(_array_item, items)) + "}"
    ),
    "bigint[]": st.lists(st.integers(-9, 9), max_size=3).map(
        lambda items: f"{{{str(items)[1:-1]}}}"
    ),
}
NUMBERS = {"smallint", "integer", "bigint", "numeric", "numeric(12,2)", "real", "double precision"}
NULL = "\x1dNULL"
Row = tuple[str | None, ...]


def _array_item(item: str | None) -> str:
    if item is None:
        return "NULL"
    escaped = item.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with private_postgres() as conninfo:
        yield conninfo


def psql(conninfo: str, *arguments: str) -> str:
    beside = find_binaries().bin / "psql"
    program = str(beside) if beside.exists() else shutil.which("psql")
    if program is None:
        pytest.skip("there is no psql to compare with")
    command = [program, conninfo, "-Xq", *arguments]
    environment = {"PGCLIENTENCODING": "UTF8"}
    done = subprocess.run(command, capture_output=True, check=True, env=environment)
    return done.stdout.decode()


def literal(value: str | None, kind: str) -> str:
    quoted = "null" if value is None else "'" + value.replace("'", "''") + "'"
    return f"{quoted}::{kind}"


def query_for(rows: Sequence[Row]) -> str:
    tuples = (", ".join(map(literal, row, STRATEGIES)) for row in rows)
    return " union all ".join(f"select {each}" for each in tuples)


def fetched(conninfo: str, query: str) -> ResultStore:
    store = ResultStore(())
    with psycopg.connect(conninfo, autocommit=True) as connection:
        for event in stream(connection, query):
            if isinstance(event, Described):
                store = ResultStore(event.columns)
            elif isinstance(event, RowChunk):
                store.append(event)
    return store


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.tuples(*(st.none() | strategy for strategy in STRATEGIES.values())),
        min_size=1,
        max_size=12,
    )
)
def test_what_we_show_and_write_is_what_psql_prints(
    server: str, tmp_path: Path, rows: list[Row]
) -> None:
    script = tmp_path / "query.sql"
    query = query_for(rows)
    script.write_text(query, encoding="utf-8")
    unaligned = ("-At", "-F", "\x1f", "-R", "\x1e", "-P", f"null={NULL}", "-f", str(script))
    lines = psql(server, *unaligned).removesuffix("\n").split("\x1e")
    printed = [[None if cell == NULL else cell for cell in line.split("\x1f")] for line in lines]
    store = fetched(server, query)
    assert store.row_count == len(printed)
    _check_grid(store, printed)
    _check_json(store, printed)
    copied = psql(server, "-c", f"copy ({query}) to stdout csv")
    ours = encode(Format.CSV, store.columns, store.snapshot(), ExportOptions(header=False))
    assert read_csv(b"".join(ours).decode()) == read_csv(copied)


def _check_grid(store: ResultStore, printed: Sequence[Sequence[str | None]]) -> None:
    painter = RowPainter(store, ColumnLayout([10] * len(store.columns)), Formats())
    booleans = {"t": "true", "f": "false"}
    for row, cells in enumerate(printed):
        for column, (cell, kind) in enumerate(zip(cells, STRATEGIES, strict=True)):
            expected = cell if cell is None else inert(cell)
            if kind == "boolean" and expected is not None:
                expected = booleans[expected]
            assert painter.text(row, column) == expected


def _check_json(store: ResultStore, printed: Sequence[Sequence[str | None]]) -> None:
    lines = b"".join(encode(Format.JSONL, store.columns, store.snapshot())).decode().split("\n")
    for line, cells in zip(lines, printed, strict=False):
        row = json.loads(line, parse_float=Decimal)
        nulls = row.pop("_json_null", [])
        assert len(nulls) == sum(cell == "null" for cell in cells[-4:-2])
        for value, cell, kind in zip(row.values(), cells, STRATEGIES, strict=True):
            assert value == _as_json(cell, kind)


def _as_json(cell: str | None, kind: str) -> object:
    if cell is None:
        return None
    if kind == "boolean":
        return cell == "t"
    if kind in {"json", "jsonb"}:
        return json.loads(cell, parse_float=Decimal)
    if kind in NUMBERS and cell[-1].isdigit():
        return Decimal(cell)
    return cell


ORDERED = [kind for kind in STRATEGIES if "json" not in kind and "[]" not in kind]
"""Kinds whose order is PostgreSQL's; json has none, arrays and jsonb go by their text here."""


@settings(max_examples=120, deadline=None)
@given(st.data(), st.sampled_from(ORDERED), st.booleans())
def test_rows_are_sorted_as_the_server_sorts_them(
    server: str, data: st.DataObject, kind: str, descending: bool
) -> None:
    values = data.draw(st.lists(st.none() | STRATEGIES[kind], min_size=2, max_size=30))
    unordered = query_for_column(kind, values)
    collation = ' collate "C"' if kind in {"text", "varchar(40)", "character(14)"} else ""
    direction = "desc" if descending else "asc"
    ordered = f"{unordered} order by v{collation} {direction} nulls last, n"
    store = fetched(server, unordered)
    order = sort_rows(store, [SortKey(1, descending)], None, Work())
    assert order is not None
    expected = fetched(server, ordered)
    assert [store.text(row, 0) for row in order] == [
        expected.text(row, 0) for row in range(expected.row_count)
    ]


def query_for_column(kind: str, values: Sequence[str | None]) -> str:
    rows = ", ".join(f"({n}, {literal(each, kind)})" for n, each in enumerate(values))
    return f"select n, v from (values {rows}) as given(n, v)"


ODD_ROWS: list[Row] = [
    tuple(None for _ in STRATEGIES),
    (
        *("true", "-32768", "7", "9223372036854775807", "NaN", "1.50", "Infinity", "1e-300"),
        *(
            'it\'s \\ "x",\n\ttab \U0001f600',
            "",
            "pad",
            "\\x00ff",
            None,
            "infinity",
            "24:00:00",
            "24:00:00-15",
        ),
        *("0044-03-15 00:00:00 BC", "-infinity", "1 year -2 days", '{"a": 1e400}', '"x"'),
        *('{a,"b,\\"c",NULL,""}', "{}"),
    ),
]


@pytest.mark.parametrize("file_format", [Format.CSV, Format.TSV, Format.INSERT])
def test_what_is_exported_is_imported_equal(server: str, file_format: Format) -> None:
    store = fetched(server, query_for(ODD_ROWS))
    shape = tuple(
        Column(f"c{number}", column.type_oid, column.type_modifier)
        for number, column in enumerate(store.columns)
    )
    options = ExportOptions(table="copied")
    exported = b"".join(encode(file_format, shape, store.snapshot(), options))
    columns = ", ".join(f"c{number} {kind}" for number, kind in enumerate(STRATEGIES))
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("drop table if exists copied")
        connection.execute(f"create table copied ({columns})".encode())
        if file_format is Format.INSERT:
            connection.execute(exported)
        else:
            form = "csv" if file_format is Format.CSV else "text"
            command = f"copy copied from stdin (format {form}, header)"
            with connection.cursor().copy(command.encode()) as copy:
                copy.write(exported)
    again = fetched(server, "select * from copied")
    assert [chunk.rows.texts() for chunk in again.snapshot()] == [
        chunk.rows.texts() for chunk in store.snapshot()
    ]
