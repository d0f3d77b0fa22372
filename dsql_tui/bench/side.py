"""One endpoint to measure, and the scratch schema in its database."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial

from dsql_tui import __version__
from dsql_tui.aws.session import AwsSession
from dsql_tui.aws.tokens import generate_token
from dsql_tui.errors import OccConflict, StatementCancelled, StatementError
from dsql_tui.model.endpoint import Endpoint
from dsql_tui.pg.retry import Retries, RetryPolicy, retrying
from dsql_tui.pg.session import Session

SCHEMA_PREFIX = "dsql_tui_bench_"
SEED_ROWS = 2_500
"""Rows for the reading operations; one INSERT, under the limit of 3,000 rows per transaction."""
HOT_ROWS = 10
"""Rows that all updates share, so that they conflict."""
DROPS = RetryPolicy(attempts=4)
_UNDEFINED = {"42P01", "3F000"}


@dataclass(frozen=True, slots=True)
class BenchSide:
    """One endpoint.

    Attributes:
        name: Its display name, which is its Region.
        open: Opens a session; each call signs a token and connects.
    """

    name: str
    open: Callable[[], Session]


def side_of(aws: AwsSession, endpoint: Endpoint) -> BenchSide:
    """Return the side for an endpoint."""

    def open_session() -> Session:
        return Session.open(
            endpoint,
            generate_token(aws, endpoint),
            application_name=f"dsql-tui/{__version__} bench",
        )

    return BenchSide(endpoint.region, open_session)


@contextmanager
def scratch(side: BenchSide) -> Iterator[str]:
    """Create a schema with the tables `items` and `hot` for the block; it is always dropped.

    Raises:
        ConnectError: No session could be opened.
        StatementError: The role may not create schemas, or the database already has the ten
            schemas that DSQL allows.
    """
    schema = SCHEMA_PREFIX + secrets.token_hex(4)
    with closing(side.open()) as session:
        try:
            session.fetch(f"CREATE SCHEMA {schema}")
            for statement in _tables(schema):
                session.fetch(statement)
        except BaseException:
            drop(session, schema)
            raise
    try:
        yield schema
    finally:
        with closing(side.open()) as session:
            drop(session, schema)


def drop(session: Session, schema: str) -> None:
    """Drop a scratch schema and its tables, one statement per transaction.

    Raises:
        StatementError: It could not be dropped.
    """
    for table in ("items", "hot"):
        _drop(session, f"DROP TABLE {schema}.{table}")
    _drop(session, f"DROP SCHEMA {schema}")


def left_over(session: Session) -> list[str]:
    """Return the scratch schemas of measurements that were killed.

    Raises:
        StatementError: The catalog cannot be read.
    """
    rows = session.fetch(
        "SELECT nspname FROM pg_catalog.pg_namespace WHERE left(nspname, length($1)) = $1 "
        "ORDER BY nspname",
        [SCHEMA_PREFIX],
    )
    return [name for (name,) in rows if name]


def _drop(session: Session, statement: str) -> None:
    """Run a DROP and retry it after conflicts; a missing object is not an error.

    After Ctrl-C, the cancel request for the previous statement may arrive late and cancel this one.
    """
    try:
        retrying(
            partial(session.fetch, statement),
            Retries(DROPS),
            errors=(OccConflict, StatementCancelled),
        )
    except StatementError as error:
        if error.sqlstate not in _UNDEFINED:
            raise


def _tables(schema: str) -> tuple[str, ...]:
    return (
        f"CREATE TABLE {schema}.items "
        "(id uuid PRIMARY KEY, name text NOT NULL, quantity integer NOT NULL, "
        "created_at timestamptz NOT NULL)",
        f"CREATE TABLE {schema}.hot (id integer PRIMARY KEY, quantity bigint NOT NULL)",
        f"INSERT INTO {schema}.items "
        "SELECT gen_random_uuid(), 'item ' || n, n % 100, now() "
        f"FROM generate_series(1, {SEED_ROWS}) AS n",
        f"INSERT INTO {schema}.hot SELECT n, 0 FROM generate_series(1, {HOT_ROWS}) AS n",
    )
