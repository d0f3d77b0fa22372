"""Many sessions at once on few rows: the totals stay correct, and no session blocks forever."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from dsql_tui.local.process.server_info import ServerInfo
from tests.support.local_dsql import Connection, connect, endpoint_of, token_for

CROWD = 8
COMMITS = 160
STOCK = 5
AMOUNT = 1_000


@pytest.fixture
def shop(local_dsql: ServerInfo) -> Iterator[Connection]:
    with connect(local_dsql, endpoint_of(local_dsql, "todos-dev")) as session:
        session.execute("CREATE SCHEMA crowds")
        session.execute("CREATE TABLE crowds.stock (id int PRIMARY KEY, amount int)")
        session.execute(
            "CREATE TABLE crowds.orders (id uuid PRIMARY KEY DEFAULT gen_random_uuid(),"
            " stock int REFERENCES crowds.stock, amount int)"
        )
        session.execute(
            "CREATE TABLE crowds.log (id bigint GENERATED ALWAYS AS IDENTITY (CACHE 1) PRIMARY KEY,"
            " ordered uuid)"
        )
        session.execute(
            "INSERT INTO crowds.stock SELECT n, %s FROM generate_series(1, %s) n", (AMOUNT, STOCK)
        )
        yield session
        session.execute("DROP SCHEMA crowds CASCADE")


def order(session: Connection, chance: random.Random) -> None:
    """Order something: a row with a generated key, one that names it, and less in stock."""
    stock = chance.randint(1, STOCK)
    if chance.random() < 0.5:
        session.execute("SELECT amount FROM crowds.stock WHERE id = %s FOR UPDATE", (stock,))
    made = session.execute(
        "INSERT INTO crowds.orders (stock, amount) VALUES (%s, 1) RETURNING id", (stock,)
    ).fetchone()
    session.execute("INSERT INTO crowds.log (ordered) VALUES (%s)", made)
    session.execute("UPDATE crowds.stock SET amount = amount - 1 WHERE id = %s", (stock,))


def call_off(session: Connection, _: random.Random) -> None:
    """Take back an order, what names it, and the stock."""
    row = session.execute(
        "SELECT id, stock, amount FROM crowds.orders ORDER BY random() LIMIT 1"
    ).fetchone()
    if row is not None:
        made, stock, amount = row
        session.execute("DELETE FROM crowds.orders WHERE id = %s", (made,))
        session.execute("DELETE FROM crowds.log WHERE ordered = %s", (made,))
        session.execute(
            "UPDATE crowds.stock SET amount = amount + %s WHERE id = %s", (amount, stock)
        )


def copy_in(session: Connection, chance: random.Random) -> None:
    """Copy three orders in."""
    stock = chance.randint(1, STOCK)
    with session.cursor() as cursor:
        with cursor.copy("COPY crowds.orders (stock, amount) FROM STDIN") as copy:
            for _ in range(3):
                copy.write_row((stock, 1))
        cursor.execute("UPDATE crowds.stock SET amount = amount - 3 WHERE id = %s", (stock,))


def test_a_crowd_that_orders_calls_off_copies_and_gives_up_keeps_the_books(
    local_dsql: ServerInfo, shop: Connection
) -> None:
    endpoint = endpoint_of(local_dsql, "todos-dev")
    token = token_for(local_dsql, endpoint)
    ended: Counter[str] = Counter()
    counting = threading.Lock()

    def work(seed: int) -> None:
        chance = random.Random(seed)
        with connect(local_dsql, endpoint, password=token, autocommit=False) as session:
            session.prepare_threshold = chance.choice([0, 5, None])
            while ended["committed"] < COMMITS:
                try:
                    chance.choice([order, order, call_off, copy_in])(session, chance)
                    if chance.random() < 0.15:
                        session.rollback()
                        continue
                    session.commit()
                except psycopg.errors.SerializationFailure:
                    session.rollback()
                    how = "lost"
                else:
                    how = "committed"
                with counting:
                    ended[how] += 1

    with ThreadPoolExecutor(CROWD) as pool:
        for future in [pool.submit(work, seed) for seed in range(CROWD)]:
            future.result(timeout=60)
    assert ended["lost"]
    books = (
        "SELECT (SELECT sum(amount) FROM crowds.stock) + (SELECT sum(amount) FROM crowds.orders),"
        " (SELECT count(*) FROM crowds.log WHERE ordered NOT IN (SELECT id FROM crowds.orders))"
    )
    assert shop.execute(books.encode()).fetchone() == (STOCK * AMOUNT, 0)
