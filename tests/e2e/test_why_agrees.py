"""What `why` says of a statement is what the server does, and its grants are enough and the least.

Random grants over two schemas, their tables, columns, functions and sequences, to a role, to a
group that it is a member of or not, and to PUBLIC.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import closing

import psycopg
import pytest

from dsql_tui.aws.session import AwsSession
from dsql_tui.aws.tokens import generate_token
from dsql_tui.local.process.server_info import ServerInfo
from dsql_tui.model.access.effective import Access
from dsql_tui.model.access.why import AccessAnswer, columns_of, explain_uses
from dsql_tui.pg.access import read_access
from dsql_tui.pg.session import Session
from dsql_tui.sql.access.grants import grant_for
from dsql_tui.sql.access.required_privileges import needs_of
from tests.support.local_dsql import Connection, boto_session, connect, endpoint_of, profile_of

CLUSTER, ROLE, GROUP = "todos-dev", "why_role", "why_group"
MADE = [
    "CREATE SCHEMA why_a",
    "CREATE SCHEMA why_b",
    "CREATE TABLE why_a.t (id int PRIMARY KEY, a int, b int)",
    "CREATE TABLE why_b.u (id int PRIMARY KEY, b int, c int)",
    "CREATE VIEW why_a.v AS SELECT id, a FROM why_a.t",
    "CREATE SEQUENCE why_a.s CACHE 1",
    "CREATE FUNCTION why_a.f(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1'",
    "CREATE FUNCTION why_b.g() RETURNS int LANGUAGE sql VOLATILE AS 'SELECT 2'",
    "REVOKE EXECUTE ON FUNCTION why_a.f(int) FROM PUBLIC",
    "REVOKE EXECUTE ON FUNCTION why_b.g() FROM PUBLIC",
    f"CREATE ROLE {ROLE} LOGIN",
    f"CREATE ROLE {GROUP}",
    f"AWS IAM GRANT {ROLE} TO 'arn:aws:iam::000000000000:role/app-ro'",
]
UNMADE = [
    "DROP SCHEMA why_a CASCADE",
    "DROP SCHEMA why_b CASCADE",
    f"AWS IAM REVOKE {ROLE} FROM 'arn:aws:iam::000000000000:role/app-ro'",
    f"DROP ROLE {ROLE}",
    f"DROP ROLE {GROUP}",
]
OBJECTS = {
    "SCHEMA why_a": ["USAGE"],
    "SCHEMA why_b": ["USAGE"],
    "TABLE why_a.t": ["SELECT", "INSERT", "UPDATE", "DELETE"],
    "TABLE why_b.u": ["SELECT", "INSERT", "UPDATE", "DELETE"],
    "TABLE why_a.v": ["SELECT", "SELECT (id)", "SELECT (a)"],
    "SEQUENCE why_a.s": ["USAGE", "SELECT", "UPDATE"],
    "FUNCTION why_a.f(int)": ["EXECUTE"],
    "FUNCTION why_b.g()": ["EXECUTE"],
}
COLUMNS = {"why_a.t": ("id", "a", "b"), "why_b.u": ("id", "b", "c")}
GRANTS = [(right, name) for name, rights in OBJECTS.items() for right in rights] + [
    (f"{right} ({column})", f"TABLE {name}")
    for name, columns in COLUMNS.items()
    for column in columns
    for right in ("SELECT", "INSERT", "UPDATE")
]
STATEMENTS = [
    "select a from why_a.t where a = 1",
    "select 1 from why_a.t",
    "select count(*) from why_a.t",
    "select * from why_a.t",
    "select t.* from why_a.t",
    "select t from why_a.t",
    "table why_a.t",
    "select a as b from why_a.t order by b",
    "select a b from why_a.t",
    "select max(a) over (partition by id order by b) from why_a.t",
    "select t.a, u.c from why_a.t t join why_b.u u on u.id = t.id",
    "select t.a, c from why_a.t t join why_b.u using (id)",
    "select c from why_a.t natural join why_b.u",
    "select a from why_a.t where exists (select from why_b.u where u.b = t.b)",
    "select a, (select max(c) from why_b.u where id = t.id) from why_a.t",
    "select x.a from (select a, id from why_a.t) x where x.id = 1",
    "select id from (select b as id from why_b.u) x, lateral (select x.id as y) z",
    "with q as (select id, b from why_b.u) select a from why_a.t where id in (select id from q)",
    "with t as (select id from why_b.u) select * from t",
    "select a from why_a.t union select c from why_b.u order by 1",
    "select a from why_a.t for update",
    "select u.c from why_a.t, why_b.u for update of u",
    "select a from why_a.v",
    "select id from why_a.v where a = 1",
    "select why_a.f(1)",
    "select why_a.f(a) from why_a.t",
    "select why_b.g(), why_a.f(2)",
    "select nextval('why_a.s')",
    "select a::text, cast(b as text), a is distinct from 1, extract(year from now()) from why_a.t",
    "select case when a = 1 then 'x' end as id from why_a.t group by a having count(b) > 0",
    "insert into why_a.t values (10, 1, 1)",
    "insert into why_a.t (id) values (11)",
    "insert into why_a.t (id, a) select id + 100, c from why_b.u",
    "insert into why_a.t (id, a) values (12, 1) returning b",
    "insert into why_a.t (id, a) values (13, 1) on conflict do nothing",
    "insert into why_a.t (id, a) values (14, 1) on conflict (id) do nothing",
    "insert into why_a.t (id, a) values (15, 1) on conflict (id) do update set a = excluded.a",
    "insert into why_a.t (id) values (17) on conflict (id) do update set a = 1"
    " where excluded.b > 1",
    "insert into why_a.t (id) select id from why_b.u union all select c from why_b.u"
    " on conflict (id) do nothing returning a",
    "insert into why_a.t default values on conflict do nothing",
    "select a from why_a.t where id = any (array(select id from why_b.u where c = t.b))",
    "select string_agg(a::text, ',' order by id) filter (where b > 0) from why_a.t",
    "select x.y from why_a.t as x(i, y)",
    "select id, sum(a) from why_a.t group by rollup (id) order by sum(b) desc nulls last",
    "select (t).a from why_a.t",
    "select row_to_json(t) from why_a.t",
    "select count(t.*) from why_a.t",
    "select count(*) from why_a.t, why_b.u where t.id = u.id",
    "select a from (why_a.t join why_b.u using (id))",
    "select a from only why_a.t where a between b and 5 and id in (1, 2) and a is not null",
    "select date '2026-01-01' + a, interval '1 day', b at time zone 'UTC' is null from"
    " (select a, now() as b from why_a.t) q",
    "with recursive r(n) as (select id from why_a.t union all select n + 1 from r where n < 3)"
    " select n from r",
    "select setval('why_a.s', 5)",
    "insert into why_a.t as x (id) values (16)"
    " on conflict (id) do update set a = x.b where x.a = 1",
    "update why_a.t set a = 1",
    "update why_a.t set a = b",
    "update why_a.t set a = 1 where id = 3",
    "update why_a.t set (a, b) = (1, 2) where id = 3",
    "update why_a.t set a = u.c from why_b.u where u.id = t.id",
    "update why_a.t x set a = 1 returning x.id",
    "update why_a.t set a = 1 returning *",
    "delete from why_a.t",
    "delete from why_a.t where b = 2",
    "delete from why_a.t using why_b.u where u.id = t.id",
    "with d as (delete from why_a.t where id = 5 returning a) select * from d",
    "explain select a from why_a.t",
]
ROUNDS = 8


@pytest.fixture(scope="module")
def admin(local_dsql: ServerInfo) -> Iterator[Connection]:
    with connect(local_dsql, endpoint_of(local_dsql, CLUSTER)) as session:
        for statement in MADE:
            session.execute(statement.encode())
        session.execute("INSERT INTO why_a.t VALUES (1, 1, 1), (2, 2, 2)")
        session.execute("INSERT INTO why_b.u VALUES (1, 1, 1), (2, 2, 2)")
        yield session
        for statement in UNMADE:
            session.execute(statement.encode())


@pytest.fixture(scope="module")
def member(local_dsql: ServerInfo, admin: Connection) -> Iterator[Connection]:
    """Give a session of the role that is asked about."""
    del admin
    endpoint = endpoint_of(local_dsql, CLUSTER, role=ROLE)
    client = boto_session(local_dsql, "app_ro").client("dsql", region_name="us-east-1")
    token = client.generate_db_connect_auth_token(endpoint.host, endpoint.region)
    with connect(local_dsql, endpoint, password=token) as session:
        yield session


@pytest.fixture(scope="module")
def reader(local_dsql: ServerInfo) -> Iterator[Session]:
    endpoint = endpoint_of(local_dsql, CLUSTER)
    aws = AwsSession(profile_of(local_dsql))
    with closing(Session.open(endpoint, generate_token(aws, endpoint))) as session:
        yield session


def is_allowed(member: Connection, statement: str) -> bool:
    """Run a statement as the role and undo it."""
    while True:
        try:
            member.execute("BEGIN")
            member.execute(statement.encode())
        except psycopg.errors.SerializationFailure:
            continue  # the catalog has changed since this session last looked
        except psycopg.errors.InsufficientPrivilege:
            return False
        except psycopg.IntegrityError:
            return True
        finally:
            member.execute("ROLLBACK")
        return True


def answers(reader: Session, statement: str) -> tuple[AccessAnswer, ...]:
    access = Access(read_access(reader))
    needs = needs_of(statement, lambda parts: columns_of(access, ROLE, parts))
    return explain_uses(access, ROLE, needs.uses)


def grants_of(told: Sequence[AccessAnswer]) -> list[str]:
    return [
        grant_for(need, ROLE, answer.owner)
        for need in dict.fromkeys(need for answer in told for need in answer.missing)
        for answer in told
        if need in answer.missing
    ]


def reset(admin: Connection, chosen: Sequence[tuple[str, str, str]], *, is_member: bool) -> None:
    """Revoke everything and grant what was chosen."""
    for name in OBJECTS:
        for grantee in (ROLE, GROUP, "PUBLIC"):
            admin.execute(f"REVOKE ALL ON {name} FROM {grantee}".encode())
    for name, columns in COLUMNS.items():
        listed = ", ".join(columns)
        for grantee in (ROLE, GROUP, "PUBLIC"):
            admin.execute(f"REVOKE ALL ({listed}) ON TABLE {name} FROM {grantee}".encode())
    admin.execute(f"REVOKE {GROUP} FROM {ROLE}".encode())
    if is_member:
        admin.execute(f"GRANT {GROUP} TO {ROLE}".encode())
    for right, name, grantee in chosen:
        admin.execute(f"GRANT {right} ON {name} TO {grantee}".encode())


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_the_answer_of_why_is_what_the_server_does(
    admin: Connection, member: Connection, reader: Session, seed: int
) -> None:
    chance = random.Random(seed)
    share = chance.choice((0.15, 0.4, 0.7))
    chosen = [
        (right, name, chance.choice((ROLE, ROLE, GROUP, "PUBLIC")))
        for right, name in GRANTS
        if chance.random() < share or (name.startswith("SCHEMA") and seed % 3)
    ]
    reset(admin, chosen, is_member=bool(seed % 2))
    access = Access(read_access(reader))
    wrong = []
    for statement in STATEMENTS:
        needs = needs_of(statement, lambda parts: columns_of(access, ROLE, parts))
        told = explain_uses(access, ROLE, needs.uses)
        said = all(answer.allowed for answer in told)
        if said != is_allowed(member, statement):
            lacking = [need.words for answer in told for need in answer.missing]
            wrong.append((statement, "yes" if said else f"no: {lacking}"))
    assert not wrong


def test_what_it_would_grant_is_enough_and_the_least(
    admin: Connection, member: Connection, reader: Session
) -> None:
    reset(admin, [], is_member=False)
    for statement in STATEMENTS:
        granted = grants_of(answers(reader, statement))
        assert not is_allowed(member, statement), statement
        for grant in granted:
            admin.execute(grant.encode())
        assert is_allowed(member, statement), (statement, granted)
        for less in weaker(granted):
            admin.execute(revoked(less).encode())
            assert not is_allowed(member, statement), (statement, less)
            admin.execute(less.encode())
        for grant in granted:
            admin.execute(revoked(grant).encode())


def weaker(grants: Sequence[str]) -> Iterator[str]:
    """Yield each grant, one of several columns a column at a time."""
    for grant in grants:
        right, parenthesis, rest = grant.partition(" (")
        listed, _, behind = rest.partition(") ON TABLE ")
        if not parenthesis or not behind:
            yield grant
            continue
        for column in listed.split(", "):
            yield f"{right} ({column}) ON TABLE {behind}"


def revoked(grant: str) -> str:
    return grant.replace("GRANT ", "REVOKE ", 1).replace(f" TO {ROLE}", f" FROM {ROLE}")
