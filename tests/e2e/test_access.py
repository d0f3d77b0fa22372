"""Roles, grants and mappings against the local DSQL: read, changed, exported, rebuilt."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing

import psycopg
import pytest

from dsql_tui.aws.session import AwsSession
from dsql_tui.aws.tokens import generate_token
from dsql_tui.local.process.server_info import ServerInfo
from dsql_tui.model.access.acl import Right
from dsql_tui.model.access.differences import differences
from dsql_tui.model.access.effective import Access, Reach, RightSourceKind
from dsql_tui.model.access.role import SecurableKind
from dsql_tui.model.access.snapshot import AccessSnapshot, Securable
from dsql_tui.model.access.why import ROW_RIGHTS, explain_uses
from dsql_tui.pg.access import read_access
from dsql_tui.pg.session import Session
from dsql_tui.sql.access import grants
from dsql_tui.sql.access.export import statements_of
from dsql_tui.sql.access.plans import drop_role, migration, read_only, read_write
from dsql_tui.sql.access.required_privileges import needs_of
from dsql_tui.sql.lexing.split import split
from tests.support.local_dsql import Connection, boto_session, connect, endpoint_of, profile_of

TABLE = SecurableKind.TABLE
Template = Callable[..., list[str]]
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
def new_clusters(local_dsql: ServerInfo) -> Iterator[tuple[str, str]]:
    """Give the names of two clusters with nothing in them."""
    client = boto_session(local_dsql).client("dsql", region_name="us-east-1")
    names = ("the-one", "the-other")
    made = [
        client.create_cluster(deletionProtectionEnabled=False, tags={"Name": name})["identifier"]
        for name in names
    ]
    for identifier in made:
        client.get_waiter("cluster_active").wait(
            identifier=identifier, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
        )
    yield names
    for identifier in made:
        client.delete_cluster(identifier=identifier)


def run(session: Session, statements: list[str]) -> None:
    for statement in statements:
        list(session.run(statement))


def connected_as(local_dsql: ServerInfo, role: str) -> Connection:
    """Connect to todos-dev as a role that the identity of app_ro is mapped to."""
    endpoint = endpoint_of(local_dsql, "todos-dev", role=role)
    client = boto_session(local_dsql, "app_ro").client("dsql", region_name="us-east-1")
    token = client.generate_db_connect_auth_token(endpoint.host, endpoint.region)
    return connect(local_dsql, endpoint, password=token)


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
        (Right.SELECT, RightSourceKind.MEMBERSHIP)
    ]
    with connected_as(local_dsql, "worker") as worker:
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


@pytest.mark.parametrize(
    ("template", "allowed"),
    [
        (read_only, {"SELECT"}),
        (read_write, {"SELECT", "INSERT", "nextval"}),
        (migration, {"CREATE"}),
    ],
)
def test_a_template_allows_what_it_says_now_and_later_and_no_more(
    local_dsql: ServerInfo, todos: Session, template: Template, allowed: set[str]
) -> None:
    run(
        todos,
        [
            "CREATE SCHEMA works",
            "CREATE TABLE works.now (id bigint PRIMARY KEY)",
            "CREATE SEQUENCE works.numbers CACHE 1",
            *grants.create_role("smith"),
            grants.map_iam("smith", LOCAL_ARN),
            *template("smith", "works", *([] if template is migration else [["admin"]])),
            "CREATE TABLE works.later (id bigint PRIMARY KEY)",
        ],
    )
    tries = {
        "SELECT": ["SELECT FROM works.now", "SELECT FROM works.later"],
        "INSERT": ["INSERT INTO works.now VALUES (1)", "INSERT INTO works.later VALUES (1)"],
        "nextval": ["SELECT nextval('works.numbers')"],
        "CREATE": ["CREATE TABLE works.mine (id bigint PRIMARY KEY)"],
        "ALTER": ["ALTER TABLE works.now RENAME TO gone"],
        "DROP": ["DROP TABLE works.now"],
    }
    with connected_as(local_dsql, "smith") as smith:
        for what, statements in tries.items():
            for statement in statements:
                assert may(smith, statement) == (what in allowed), statement
    run(todos, [step.statement for step in drop_role(Access(read_access(todos)), "smith")])
    run(todos, ["DROP SCHEMA works CASCADE"])


def test_a_role_that_passed_rights_on_is_dropped_and_the_others_keep_them(
    local_dsql: ServerInfo, todos: Session
) -> None:
    run(
        todos,
        [
            "CREATE SCHEMA works",
            "CREATE TABLE works.items (id bigint PRIMARY KEY, label text)",
            *grants.create_role("giver"),
            *grants.create_role("taker", login=False),
            grants.map_iam("giver", LOCAL_ARN),
            "GRANT USAGE ON SCHEMA works TO giver",
            "GRANT SELECT ON works.items TO giver WITH GRANT OPTION",
            "GRANT UPDATE (label) ON works.items TO giver WITH GRANT OPTION",
        ],
    )
    with connected_as(local_dsql, "giver") as giver:
        giver.execute("GRANT SELECT ON works.items TO taker")
        giver.execute("GRANT UPDATE (label) ON works.items TO taker")
    run(todos, [step.statement for step in drop_role(Access(read_access(todos)), "giver")])
    snapshot = read_access(todos)
    assert snapshot.role("giver") is None
    held = Access(snapshot).effective("taker", relation(snapshot, "works.items"))
    assert [(each.right, each.sources[0].column) for each in held] == [
        (Right.SELECT, ""),
        (Right.UPDATE, "label"),
    ]
    run(todos, [step.statement for step in drop_role(Access(snapshot), "taker")])
    run(todos, ["DROP SCHEMA works CASCADE"])


OBJECTS = [
    "CREATE SCHEMA yard",
    "CREATE TABLE public.plain (id bigint PRIMARY KEY)",
    "CREATE TABLE yard.items (id bigint PRIMARY KEY, label text, price integer)",
    "CREATE TABLE yard.theirs (id bigint PRIMARY KEY)",
    "CREATE TABLE yard.counted (id bigint GENERATED ALWAYS AS IDENTITY (CACHE 1) PRIMARY KEY)",
    "CREATE VIEW yard.seen AS SELECT id FROM yard.items",
    "CREATE SEQUENCE yard.numbers CACHE 1",
    "CREATE FUNCTION yard.twice(n integer) RETURNS integer LANGUAGE sql RETURN n * 2",
]
ACCESS = [
    'CREATE ROLE "Odd Name" WITH LOGIN',
    "CREATE ROLE crew",
    "CREATE ROLE lead WITH LOGIN",
    "CREATE ROLE quiet WITH LOGIN",
    "CREATE ROLE maker WITH LOGIN CREATEROLE",
    'GRANT crew TO "Odd Name"',
    "GRANT crew TO lead WITH ADMIN OPTION",
    "GRANT crew TO quiet WITH INHERIT FALSE",
    "GRANT lead TO admin",
    f"AWS IAM GRANT lead TO '{LOCAL_ARN}'",
    "AWS IAM GRANT \"Odd Name\" TO 'arn:aws:iam::000000000000:user/ada'",
    "GRANT USAGE ON SCHEMA yard TO crew",
    "GRANT USAGE, CREATE ON SCHEMA yard TO lead",
    "GRANT SELECT ON yard.items TO crew WITH GRANT OPTION",
    "GRANT SELECT (label), UPDATE (label, price) ON yard.items TO quiet",
    "GRANT SELECT ON yard.seen TO PUBLIC",
    "GRANT SELECT ON public.plain TO crew",
    "GRANT USAGE ON SEQUENCE yard.numbers TO crew",
    "REVOKE EXECUTE ON FUNCTION yard.twice(integer) FROM PUBLIC",
    "REVOKE DELETE ON yard.items FROM admin",
    "ALTER TABLE yard.theirs OWNER TO lead",
    "ALTER TABLE yard.counted OWNER TO lead",
    "GRANT SELECT ON yard.theirs TO crew",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA yard GRANT SELECT ON TABLES TO crew",
    "ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC",
    "ALTER DEFAULT PRIVILEGES REVOKE USAGE ON TYPES FROM PUBLIC",
    "ALTER DEFAULT PRIVILEGES FOR ROLE lead GRANT USAGE ON SEQUENCES TO PUBLIC",
    "ALTER DEFAULT PRIVILEGES FOR ROLE lead IN SCHEMA yard "
    "GRANT SELECT, INSERT ON TABLES TO crew WITH GRANT OPTION",
    "CREATE SCHEMA theirs AUTHORIZATION lead",
    # What lead owns it could not be given now, and admin may no longer act for it.
    "REVOKE CREATE ON SCHEMA yard FROM lead",
    "REVOKE lead FROM admin",
]


def test_an_export_rebuilds_all_of_a_cluster_s_access_on_another(
    local_dsql: ServerInfo, new_clusters: tuple[str, str]
) -> None:
    one, other = new_clusters
    with (
        closing(open_session(local_dsql, one)) as original,
        closing(open_session(local_dsql, other)) as copy,
    ):
        run(original, OBJECTS)
        run(original, ACCESS)
        run(copy, OBJECTS)
        here = read_access(original)
        assert len(differences(here, read_access(copy))) > len(ACCESS) / 2
        run(copy, statements_of(here))
        there = read_access(copy)
    assert differences(here, there) == ()
    assert statements_of(there) == statements_of(here)


def test_every_statement_of_an_export_is_one_statement(todos: Session) -> None:
    for statement in statements_of(read_access(todos)):
        assert len(split(statement)) == 1
