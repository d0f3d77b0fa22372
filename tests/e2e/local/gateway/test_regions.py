"""Two Regions, one database: both endpoints write, and each works without the other."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial

import psycopg
import pytest

from dsql_tui.local.process.server import LocalServer
from tests.support.local_dsql import PROTOCOLS, Connection, answer, connect, endpoint_of, token_for

LOST = "40001 change conflicts with another transaction (OC000)"
SCHEMA_CHANGED = "40001 schema has been updated by another transaction (OC001)"
RAISE = "UPDATE products SET price = price + 1 WHERE id = 1"


REGIONS = ("us-east-1", "us-east-2")


@pytest.fixture(scope="module")
def doors(unruly: LocalServer) -> list[Callable[[], Connection]]:
    """Yield a function that connects to the database in each Region."""
    endpoints = [endpoint_of(unruly.info, "shop", region=region) for region in REGIONS]
    tokens = [token_for(unruly.info, endpoint) for endpoint in endpoints]
    return [
        partial(connect, unruly.info, endpoint, password=token)
        for endpoint, token in zip(endpoints, tokens, strict=True)
    ]


@pytest.fixture
def pair(doors: list[Callable[[], Connection]]) -> Iterator[tuple[Connection, Connection]]:
    with ExitStack() as stack:
        here, there = (stack.enter_context(door()) for door in doors)
        yield here, there


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_both_regions_write_and_the_first_to_commit_wins(
    pair: tuple[Connection, Connection], protocol: str
) -> None:
    how = PROTOCOLS[protocol]
    for winner, loser in (pair, pair[::-1]):
        for session in (winner, loser):
            session.execute("BEGIN")
            assert answer(session, RAISE, how).startswith("UPDATE 1")
        assert answer(winner, "COMMIT", how).startswith("COMMIT")
        assert answer(loser, "COMMIT", how) == LOST
        price = "SELECT price FROM products WHERE id = 1"
        assert answer(winner, price, how) == answer(loser, price, how)


def test_a_schema_change_in_one_region_is_reported_in_the_other(
    pair: tuple[Connection, Connection],
) -> None:
    here, there = pair
    there.execute("BEGIN")
    there.execute("SELECT count(*) FROM products")
    here.execute("COMMENT ON TABLE products IS 'goods'")
    assert answer(there, "SELECT 1") == SCHEMA_CHANGED
    there.execute("ROLLBACK")


def test_reads_are_as_fast_as_before_where_commits_are_slow(
    pair: tuple[Connection, Connection], conditions: Callable[..., None]
) -> None:
    conditions(latency="us-east-1=300ms")
    here, there = pair

    def took_s(session: Connection, *statements: str) -> float:
        began = time.monotonic()
        for statement in statements:
            session.execute(statement.encode())
        return time.monotonic() - began

    assert took_s(here, "BEGIN", "SELECT 1", "COMMIT", "SELECT 1") < 0.3
    assert took_s(here, RAISE) >= 0.3
    assert took_s(here, "BEGIN", RAISE, "COMMIT") >= 0.3
    assert took_s(here, "BEGIN", RAISE, "ROLLBACK") < 0.3
    assert took_s(there, RAISE) < 0.3


def test_a_region_that_goes_down_ends_its_own_transactions_only(
    doors: list[Callable[[], Connection]],
    pair: tuple[Connection, Connection],
    conditions: Callable[..., None],
) -> None:
    here, there = pair
    before = there.execute("SELECT price FROM products WHERE id = 2").fetchone()
    here.execute("BEGIN")
    here.execute("UPDATE products SET price = 0 WHERE id = 2")
    there.execute("BEGIN")
    there.execute("UPDATE products SET name = name WHERE id = 2")
    conditions(region_down="us-east-1")
    with pytest.raises(psycopg.OperationalError):
        here.execute("COMMIT")
    with pytest.raises(psycopg.OperationalError):
        doors[0]()
    assert answer(there, "COMMIT").startswith("COMMIT")
    assert there.execute("SELECT price FROM products WHERE id = 2").fetchone() == before
    conditions(region_down="none")
    with doors[0]() as back:
        assert back.execute("SELECT price FROM products WHERE id = 2").fetchone() == before
