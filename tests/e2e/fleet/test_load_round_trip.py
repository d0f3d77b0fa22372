"""What `query --format` writes, `load` stores again: random values of every type, every format."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from dsql_tui.aws.session import AwsSession
from dsql_tui.aws.tokens import generate_token
from dsql_tui.export.encode import encode
from dsql_tui.export.formats import Format
from dsql_tui.load.batches import BadRow
from dsql_tui.load.manifest import Header, open_manifest
from dsql_tui.load.run import LoadPlan, load
from dsql_tui.load.source import open_source
from dsql_tui.load.target import find_target
from dsql_tui.local.process.server_info import ServerInfo
from dsql_tui.model.result import Described, RowChunk
from dsql_tui.pg.session import Session
from tests.support.json_values import JSON_TEXTS, JSONB_TEXTS
from tests.support.local_dsql import endpoint_of, profile_of

Row = tuple[str | None, ...]
HEADER = Header("f", 0, 0, "c", "t", (), 100, 0)
LOADED = [Format.CSV, Format.TSV, Format.JSON, Format.JSONL, Format.PARQUET]
TEXTS = [
    *("", " ", "NULL", "null", "\\N", "\\.", "C:\\new", '"begins', 'ends"', "a,b", "'", "\\"),
    *("\n", "\r", "\r\n", "a\tb", "\v\f\b", "\x85", "\u2028", "\ufeff", "\x1f", "\x7f", "=1+1"),
    *(" both ", "\U0001f600", "{}", "[1", "t", "0", "\\x00", "\\\\", '""'),
]
TEXT = st.sampled_from(TEXTS) | st.text(
    st.characters(blacklist_characters="\0", blacklist_categories=["Cs"]), max_size=9
)
FINITE = st.floats(allow_nan=False, allow_infinity=False)
NOT_FINITE = st.sampled_from(["NaN", "Infinity", "-Infinity"])
DATES = st.dates().map(str)
TIMES = st.times().map(str)
MOMENTS = st.datetimes().map(str)
TYPES: dict[str, st.SearchStrategy[str]] = {
    "smallint": st.integers(-(2**15), 2**15 - 1).map(str),
    "integer": st.integers(-(2**31), 2**31 - 1).map(str),
    "bigint": st.integers(-(2**63), 2**63 - 1).map(str),
    "real": st.floats(width=32, allow_nan=False, allow_infinity=False).map(repr) | NOT_FINITE,
    "double precision": FINITE.map(repr) | NOT_FINITE,
    "numeric(40,20)": st.decimals(-(10**19), 10**19, places=20, allow_nan=False).map(str),
    "boolean": st.sampled_from(["true", "false"]),
    "text": TEXT,
    "varchar(40)": TEXT,
    "character(12)": TEXT,
    "bytea": st.binary(max_size=9).map(lambda data: "\\x" + data.hex()),
    "uuid": st.uuids().map(str),
    "date": DATES,
    "time": TIMES | st.just("24:00:00"),
    "timetz": st.builds("{}{:+03d}".format, st.times(), st.integers(-15, 15)),
    "timestamp": MOMENTS,
    "timestamptz": MOMENTS,
    "interval": st.timedeltas().map(lambda span: f"{span.days} days {span.microseconds} us"),
    "json": JSON_TEXTS,
    "jsonb": JSONB_TEXTS,
}
"""Every type that a column of DSQL can have (user guide, supported data types)."""
ROWS = st.lists(st.tuples(*(st.none() | values for values in TYPES.values())), max_size=6)
NO_PARQUET = {
    "numeric(40,20)": ["NaN"],
    "date": ["infinity", "-infinity", "0044-03-15 BC", "5874897-12-31"],
    "timestamp": ["infinity", "-infinity", "4713-01-01 00:00:00 BC", "294276-12-31 23:59:59"],
    "timestamptz": ["infinity", "-infinity", "0044-03-15 12:00:00.000001 BC", "10000-01-01"],
}
"""Values that Parquet's types, or their readers, have no room for: it says so when it writes."""
NAMES = [f"c{number}" for number in range(len(TYPES) - 1)] + ['odd "name",\t\\N']


@pytest.fixture(scope="module")
def connect(local_dsql: ServerInfo) -> Callable[[], Session]:
    aws = AwsSession(profile_of(local_dsql))
    endpoint = endpoint_of(local_dsql, "todos-dev")
    return lambda: Session.open(endpoint, generate_token(aws, endpoint))


@pytest.fixture(scope="module")
def session(connect: Callable[[], Session]) -> Iterator[Session]:
    columns = ", ".join(f"{_quoted(name)} {kind}" for name, kind in zip(NAMES, TYPES, strict=True))
    with closing(connect()) as session:
        for table in ("written", "read_back"):
            session.fetch(f"CREATE TABLE {table} (id bigint PRIMARY KEY, {columns})")
        yield session
        for table in ("written", "read_back"):
            session.fetch(f"DROP TABLE {table}")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def store(session: Session, rows: Sequence[Row]) -> None:
    session.fetch("DELETE FROM written")
    places = ", ".join(f"${number + 2}" for number in range(len(TYPES)))
    for number, row in enumerate(rows):
        session.fetch(f"INSERT INTO written VALUES ($1, {places})", [number, *row])


def export(session: Session, file_format: Format, path: Path) -> None:
    events = list(session.run("SELECT * FROM written ORDER BY id"))
    [described] = [event for event in events if isinstance(event, Described)]
    chunks = [event for event in events if isinstance(event, RowChunk)]
    path.write_bytes(b"".join(encode(file_format, described.columns, chunks)))


def read_back(session: Session, connect: Callable[[], Session], path: Path) -> list[BadRow]:
    session.fetch("DELETE FROM read_back")
    source = open_source(path)
    target = find_target(session, "read_back", source.columns, may_lack=source.own_keys)
    source = source.into(target.columns, target.documents)
    bad: list[BadRow] = []
    kept = open_manifest(path.with_suffix(".manifest"), HEADER, restart=True)
    if source.columns:
        list(load(source, target, LoadPlan(sessions=1), kept, connect, bad.extend))
    return bad


def stored(session: Session, table: str) -> list[Row]:
    return session.fetch(f"SELECT * FROM {table} ORDER BY id")


def expected(rows: Sequence[Row], file_format: Format) -> list[Row]:
    """Return what comes back: in JSON a json value without the white space around it."""
    if file_format not in {Format.JSON, Format.JSONL}:
        return list(rows)
    place = 1 + list(TYPES).index("json")
    return [
        (*row[:place], row[place] and row[place].strip(" \t\r\n"), *row[place + 1 :])  # type: ignore[union-attr]
        for row in rows
    ]


def check(
    session: Session,
    connect: Callable[[], Session],
    folder: Path,
    rows: Sequence[Row],
    formats: Sequence[Format],
) -> None:
    store(session, rows)
    for file_format in formats:
        path = folder / f"rows{file_format.suffix}"
        export(session, file_format, path)
        assert read_back(session, connect, path) == [], file_format
        written = expected(stored(session, "written"), file_format)
        assert stored(session, "read_back") == written, file_format


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(ROWS)
@example([])
def test_every_value_of_every_type_comes_back(
    tmp_path: Path, session: Session, connect: Callable[[], Session], rows: list[Row]
) -> None:
    check(session, connect, tmp_path, rows, LOADED)


def test_every_odd_text_comes_back(
    tmp_path: Path, session: Session, connect: Callable[[], Session]
) -> None:
    texts = {"text", "varchar(40)"}
    rows = [tuple(text if kind in texts else None for kind in TYPES) for text in TEXTS]
    check(session, connect, tmp_path, rows, LOADED)


def test_values_that_parquet_has_no_room_for_come_back_from_the_others(
    tmp_path: Path, session: Session, connect: Callable[[], Session]
) -> None:
    rows = [
        tuple(value if kind == odd else None for kind in TYPES)
        for odd, values in NO_PARQUET.items()
        for value in values
    ]
    check(session, connect, tmp_path, rows, [each for each in LOADED if each != Format.PARQUET])


@pytest.mark.parametrize("text", ["null", "1.10", '"1"', '"x"', '{"a": 1, "a": 2}', "[1e400]"])
def test_json_is_stored_as_it_is_spelled(
    tmp_path: Path, session: Session, connect: Callable[[], Session], text: str
) -> None:
    rows = [
        tuple(value if "json" in kind else None for kind in TYPES)
        for value in (text, None, "null", "12345678901234567890123")
    ]
    check(session, connect, tmp_path, rows, LOADED)


def test_a_domain_over_json_is_json(
    tmp_path: Path, session: Session, connect: Callable[[], Session]
) -> None:
    session.fetch("CREATE DOMAIN inner_document AS json")
    session.fetch("CREATE DOMAIN document AS inner_document")
    session.fetch("CREATE TABLE documents (id bigint PRIMARY KEY, d document)")
    path = tmp_path / "d.jsonl"
    path.write_text('{"id": 1, "d": "1"}\n')
    source = open_source(path)
    assert find_target(session, "documents", source.columns).documents == {"d"}
