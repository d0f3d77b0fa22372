"""Roles, grants and mappings against the local DSQL: read, changed, exported, rebuilt."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest

from dsql_tui.aws.session import AwsSession
from dsql_tui.aws.tokens import generate_token
from dsql_tui.local.server import ServerInfo
from dsql_tui.model.access import AccessSnapshot, Securable
from dsql_tui.model.access_diff import differences
from dsql_tui.model.acl import Right
from dsql_tui.model.effective import Access, Reach, SourceKind
from dsql_tui.model.role import SecurableKind
from dsql_tui.model.why import ROW_RIGHTS, explain_uses
from dsql_tui.pg.access import read_access
from dsql_tui.pg.session import Session
from dsql_tui.sql import grants
from dsql_tui.sql.access_export import statements_of
from dsql_tui.sql.access_plans import drop_role, migration, read_only, read_write
from dsql_tui.sql.needs import needs_of
from dsql_tui.sql.split import split
from tests.e2e.support import Connection, boto_session, connect, endpoint_of, profile_of

TABLE = SecurableKind.TABLE
LOCAL_ARN = "arn:aws:iam::000000000000:role/app-ro"


def open_session(local_dsql: ServerInfo, cluster: str, role: str = "admin") -> Session:
    endpoint = endpoint_of(local_dsql, cluster, role=role)
    aws = AwsSession(profile_of(local_dsql, role=role))
    return Session.open(endpoint, generate_token(aws, endpoint))


@pytest.fixture
def todos(local_dsql: ServerInfo) -> Iterator[Session]:
    with closing(open_session(local_dsql, "todos-dev")) as session:
        yield session


@pytest.fixture
def new_cluster(local_dsql: ServerInfo) -> Iterator[str]:
    """Give the name of a cluster with nothing in it."""
    client = boto_session(local_dsql).client("dsql", region_name="us-east-1")
    made = client.create_cluster(deletionProtectionEnabled=False, tags={"Name": "empty"})
    client.get_waiter("cluster_active").wait(
        identifier=made["identifier"], WaiterConfig={"Delay": 1, "MaxAttempts": 60}
    )
    yield "empty"
    client.delete_cluster(identifier=made["identifier"])


def run(session: Session, statements: list[str]) -> None:
    for statement in statements:
        list(session.run(statement))


def relation(snapshot: AccessSnapshot, label: str) -> Securable:
    return next(found for found in snapshot.objects if found.label == label)


def test_the_shop_s_roles_are_read_whole_without_a_note(local_dsql: ServerInfo) -> None:
    with closing(open_session(local_dsql, "shop")) as session:
        snapshot = read_access(session)
    assert [role.name for role in snapshot.own_roles] == ["admin", "app_ro", "app_rw"]
    assert [mapping.arn for mapping in snapshot.mappings_of("app_ro")] == [LOCAL_ARN]
    assert snapshot.notes == ()
    reach = Access(snapshot).reach("app_ro", relation(snapshot, "public.orders"), Right.SELECT)
    assert reach is Reach.FULL


def test_a_role_without_rights_reads_what_it_may(local_dsql: ServerInfo) -> None:
    with closing(open_session(local_dsql, "shop", "app_ro")) as session:
        snapshot = read_access(session)
    assert snapshot.reader == "app_ro"
    assert relation(snapshot, "public.orders").owner == "admin"


def may(connection: Connection, statement: str) -> bool:
    """Whether the server lets a statement begin; it is rolled back."""
    connection.execute("BEGIN")
    try:
        connection.execute(statement)
    except psycopg.errors.InsufficientPrivilege:
        return False
    finally:
        connection.execute("ROLLBACK")
    return True


PROBES = {
    Right.SELECT: "SELECT id FROM {0} LIMIT 0",
    Right.INSERT: "INSERT INTO {0} SELECT * FROM {0} WHERE false",
    Right.UPDATE: "UPDATE {0} SET id = id WHERE false",
    Right.DELETE: "DELETE FROM {0} WHERE false",
}


def test_the_matrix_says_what_the_server_does(local_dsql: ServerInfo, todos: Session) -> None:
    run(
        todos,
        [
            *grants.create_role("crew", login=False),
            *grants.create_role("worker", member_of=["crew"]),
            "CREATE SCHEMA yard",
            "CREATE TABLE yard.open (id bigint PRIMARY KEY)",
            "CREATE TABLE yard.shut (id bigint PRIMARY KEY)",
            "CREATE TABLE public.plain (id bigint PRIMARY KEY)",
            *read_only("crew", "yard"),
            grants.revoke([Right.SELECT], TABLE, "yard", "shut", "crew"),
            grants.grant([Right.SELECT, Right.DELETE], TABLE, "public", "plain", "worker"),
            grants.map_iam("worker", LOCAL_ARN),
        ],
    )
    snapshot = read_access(todos)
    access = Access(snapshot)
    held = access.effective("worker", relation(snapshot, "yard.open"))
    assert [(each.right, each.sources[0].kind) for each in held] == [
        (Right.SELECT, SourceKind.MEMBERSHIP)
    ]
    endpoint = endpoint_of(local_dsql, "todos-dev", role="worker")
    token = boto_session(local_dsql, "app_ro").client("dsql", region_name="us-east-1")
    password = token.generate_db_connect_auth_token(endpoint.host, endpoint.region)
    with connect(local_dsql, endpoint, password=password) as worker:
        for found in snapshot.relations:
            for right in ROW_RIGHTS:
                statement = PROBES[right].format(found.label)
                told = all(
                    answer.allowed
                    for answer in explain_uses(access, "worker", needs_of(statement).uses)
                )
                if right is Right.SELECT:
                    assert told == (access.reach("worker", found, right) is Reach.FULL)
                assert told == may(worker, statement), statement
    run(todos, [step.statement for step in drop_role(access, "worker")])
    run(todos, [step.statement for step in drop_role(Access(read_access(todos)), "crew")])
    assert [role.name for role in read_access(todos).own_roles] == ["admin", "app_ro", "app_rw"]
    run(todos, ["DROP TABLE public.plain", "DROP SCHEMA yard CASCADE"])


def test_an_export_rebuilds_the_access_of_another_cluster(
    local_dsql: ServerInfo, new_cluster: str, todos: Session
) -> None:
    tables = [
        "CREATE SCHEMA works",
        "CREATE TABLE works.items (id bigint PRIMARY KEY, label text)",
        "CREATE SEQUENCE works.numbers CACHE 1",
        "CREATE FUNCTION works.twice(n integer) RETURNS integer LANGUAGE sql RETURN n * 2",
    ]
    run(
        todos,
        [
            *tables,
            *grants.create_role("smith"),
            *read_write("smith", "works", ["admin"]),
            *migration("smith", "works"),
            grants.grant([Right.SELECT], TABLE, "works", "items", "app_ro", columns=["label"]),
            grants.revoke([Right.EXECUTE], SecurableKind.FUNCTION, "works", "twice(integer)", ""),
            grants.map_iam("smith", LOCAL_ARN),
        ],
    )
    here = read_access(todos)
    with closing(open_session(local_dsql, new_cluster)) as copy:
        run(copy, tables)
        # What speaks of tables that were made in the original alone is left out.
        run(copy, [each for each in statements_of(here) if "public." not in each])
        there = read_access(copy)
    missing = [
        found for found in differences(here, there) if found.subject.split(" ")[0] == "role"
    ] + [found for found in differences(here, there) if "works" in found.subject]
    assert missing == []
    steps = drop_role(Access(here), "smith")
    run(todos, [step.statement for step in steps])
    run(todos, ["DROP SCHEMA works CASCADE"])


def test_every_statement_of_an_export_is_one_statement(todos: Session) -> None:
    for statement in statements_of(read_access(todos)):
        assert len(split(statement)) == 1
