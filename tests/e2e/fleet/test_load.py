"""Loading files into the local DSQL, over TLS, with its limits."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from dsql_tui.aws.session import AwsSession
from dsql_tui.aws.tokens import generate_token
from dsql_tui.errors import InputError, SessionLost, StatementError
from dsql_tui.load.batches import BadRow
from dsql_tui.load.manifest import Header, Manifest, open_manifest
from dsql_tui.load.run import LoadPlan, LoadProgress, load
from dsql_tui.load.source import open_source
from dsql_tui.load.target import find_target
from dsql_tui.local.process.server_info import ServerInfo
from dsql_tui.pg.session import Session
from tests.support.local_dsql import endpoint_of, profile_of

PLAN = LoadPlan(sessions=3, rows_max=100)
HEADER = Header("f", 0, 0, "c", "t", (), 100, 0)
Connect = Callable[[], Session]


@pytest.fixture(scope="module")
def connect(local_dsql: ServerInfo) -> Connect:
    aws = AwsSession(profile_of(local_dsql))
    endpoint = endpoint_of(local_dsql, "todos-dev")
    return lambda: Session.open(endpoint, generate_token(aws, endpoint))


@pytest.fixture
def session(connect: Connect) -> Iterator[Session]:
    with closing(connect()) as session:
        session.fetch("CREATE TABLE loaded (id bigint PRIMARY KEY, name text, quantity integer)")
        yield session
        session.fetch("DROP TABLE loaded")


def rows_file(tmp_path: Path, rows: list[str], name: str = "rows.csv") -> Path:
    path = tmp_path / name
    path.write_text("id,name,quantity\n" + "\n".join(rows) + "\n")
    return path


def good_rows(number: int) -> list[str]:
    return [f"{each},name {each},{each % 7}" for each in range(number)]


def run(
    path: Path,
    connect: Connect,
    kept: Manifest,
    plan: LoadPlan = PLAN,
    bad: list[BadRow] | None = None,
) -> LoadProgress:
    source = open_source(path)
    with closing(connect()) as session:
        target = find_target(session, "loaded", source.columns)
    *_, last = load(source, target, plan, kept, connect, (bad if bad is not None else []).extend)
    return last


def count(session: Session) -> int:
    [(number,)] = session.fetch("SELECT count(*) FROM loaded")
    return int(number or 0)


def manifest(tmp_path: Path) -> Manifest:
    return open_manifest(tmp_path / "manifest", HEADER, restart=False)


def test_a_file_is_stored_in_many_transactions(
    tmp_path: Path, session: Session, connect: Connect
) -> None:
    path = rows_file(tmp_path, good_rows(1_234))
    last = run(path, connect, manifest(tmp_path))
    assert (last.rows, last.bad, last.finished) == (1_234, 0, True)
    assert count(session) == 1_234
    assert set(manifest(tmp_path).state.done) == set(range(1, 14))


def test_a_transaction_may_be_as_large_as_the_service_allows(
    tmp_path: Path, session: Session, connect: Connect
) -> None:
    path = rows_file(tmp_path, good_rows(6_500))
    last = run(path, connect, manifest(tmp_path), replace(PLAN, rows_max=3_000))
    assert (last.rows, count(session)) == (6_500, 6_500)


def test_rows_the_table_refuses_are_set_aside_with_reasons_and_no_others(
    tmp_path: Path, session: Session, connect: Connect
) -> None:
    rows = good_rows(500)
    rows[3], rows[250], rows[499] = "x,no number,1", "7,a key again,1", "500,not a whole,1.5"
    rows.insert(100, "too,many,fields,here")
    bad: list[BadRow] = []
    last = run(rows_file(tmp_path, rows), connect, manifest(tmp_path), bad=bad)
    assert (last.rows, last.bad, count(session)) == (497, 4, 497)
    reasons = {row.line: row.reason for row in bad}
    [one_of_the_two_with_key_7] = set(reasons) - {5, 102, 502}
    assert one_of_the_two_with_key_7 in {9, 253}
    assert "23505" in reasons[one_of_the_two_with_key_7]
    assert "22P02" in reasons[5]
    assert reasons[102] == "4 fields where there are 3 columns"
    assert "22P02" in reasons[502]


def test_a_stopped_load_resumes_and_stores_nothing_twice(
    tmp_path: Path, session: Session, connect: Connect
) -> None:
    path = rows_file(tmp_path, good_rows(2_000))
    source = open_source(path)
    kept = manifest(tmp_path)
    target = find_target(session, "loaded", source.columns)
    steps = load(source, target, PLAN, kept, connect, lambda _: None)
    next(steps)
    steps.close()  # type: ignore[attr-defined]  # a generator
    stored = count(session)
    assert 0 < stored < 2_000
    assert manifest(tmp_path).state.rows == stored
    last = run(path, connect, manifest(tmp_path))
    assert (last.rows, count(session)) == (2_000, 2_000)


def test_a_batch_with_unknown_outcome_is_compared_with_the_table(
    tmp_path: Path, session: Session, connect: Connect
) -> None:
    path = rows_file(tmp_path, good_rows(100))
    run(path, connect, manifest(tmp_path))
    killed = open_manifest(tmp_path / "killed", HEADER, restart=False)
    killed.state.in_doubt[1] = (2, 101)
    bad: list[BadRow] = []
    last = run(path, connect, killed, bad=bad)
    assert (last.rows, last.skipped, bad) == (0, 100, [])


def test_a_batch_with_unknown_outcome_stops_the_load_if_there_is_no_key(
    tmp_path: Path, session: Session, connect: Connect
) -> None:
    session.fetch("ALTER TABLE loaded ALTER COLUMN quantity SET DEFAULT 0")
    path = tmp_path / "names.csv"
    path.write_text("name\na\n")
    killed = manifest(tmp_path)
    killed.state.in_doubt[1] = (2, 101)
    with pytest.raises(SessionLost, match="may or may not be stored"):
        run(path, connect, killed)


def test_rows_that_are_present_can_be_left_as_they_are(
    tmp_path: Path, session: Session, connect: Connect
) -> None:
    session.fetch("INSERT INTO loaded VALUES (5, 'mine', 1)")
    plan = replace(PLAN, skip_present=True)
    last = run(rows_file(tmp_path, good_rows(10)), connect, manifest(tmp_path), plan)
    assert (last.rows, last.skipped) == (9, 1)
    assert session.fetch("SELECT name FROM loaded WHERE id = 5") == [("mine",)]


def test_json_lines_are_loaded_too(tmp_path: Path, session: Session, connect: Connect) -> None:
    path = tmp_path / "rows.jsonl"
    rows = [{"id": each, "name": "tab\tand\\N", "quantity": None} for each in range(10)]
    path.write_text("\n".join(map(json.dumps, rows)))
    assert run(path, connect, manifest(tmp_path)).rows == 10
    assert session.fetch("SELECT name, quantity FROM loaded WHERE id = 3") == [
        ("tab\tand\\N", None)
    ]


def test_a_table_that_goes_away_stops_the_load_with_its_reason(
    tmp_path: Path, session: Session, connect: Connect
) -> None:
    source = open_source(rows_file(tmp_path, good_rows(10)))
    target = find_target(session, "loaded", source.columns)
    missing = replace(target, table="gone")
    with pytest.raises(StatementError, match="does not exist"):
        list(load(source, missing, PLAN, manifest(tmp_path), connect, lambda _: None))


@pytest.mark.parametrize("columns", [("id", "colour"), ("price",)])
def test_columns_the_table_lacks_are_named(session: Session, columns: tuple[str, ...]) -> None:
    with pytest.raises(InputError, match=columns[-1]):
        find_target(session, "loaded", columns)


@pytest.mark.parametrize("plan", [LoadPlan(sessions=0), LoadPlan(rows_max=3_001)])
def test_a_plan_over_a_limit_is_refused(plan: LoadPlan) -> None:
    with pytest.raises(InputError):
        plan.check()
