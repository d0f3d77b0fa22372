"""A database is dumped, made again from the dump on an empty cluster, and dumped again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing

import pytest

from dsql_tui.errors import InputError
from dsql_tui.local.process.server_info import ServerInfo
from dsql_tui.model.access.differences import differences
from dsql_tui.pg.session import Session
from dsql_tui.schema.catalogs import ALL, Row, Selection
from dsql_tui.schema.definitions import SequenceDefinition, TableDefinition, ViewDefinition
from dsql_tui.schema.dump import dump_files, dump_text
from dsql_tui.schema.print import relation_sql
from dsql_tui.schema.read import read_database, read_relation
from dsql_tui.sql.dsql.script_plan import plan_script
from tests.support.new_clusters import new_clusters, open_session, run_all
from tests.support.random_schemas import RandomSchema
from tests.support.thorough import is_thorough

ACCESS = [
    "CREATE ROLE crew",
    'CREATE ROLE "Lead" WITH LOGIN',
    'GRANT crew TO "Lead"',
    "AWS IAM GRANT \"Lead\" TO 'arn:aws:iam::111122223333:role/lead'",
    'GRANT "Lead" TO admin',
    'CREATE SCHEMA yard AUTHORIZATION "Lead"',
    "CREATE TABLE yard.logs (id bigint GENERATED ALWAYS AS IDENTITY (CACHE 1) PRIMARY KEY, t text)",
    'ALTER TABLE yard.logs OWNER TO "Lead"',
    "GRANT SELECT (t), INSERT ON yard.logs TO crew WITH GRANT OPTION",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA yard GRANT SELECT ON TABLES TO crew",
    'REVOKE "Lead" FROM admin',
]


@pytest.fixture(scope="module")
def pair(local_dsql: ServerInfo) -> Iterator[tuple[str, str]]:
    """Give the names of two clusters that the tests of this module share."""
    with new_clusters(local_dsql, "dumped", "restored"):
        yield "dumped", "restored"


def run_dump(session: Session, text: str) -> None:
    run_all(session, [each for step in plan_script(text).steps for each in step.statements])


@pytest.mark.parametrize("seed", range(20 if is_thorough() else 2))
def test_a_random_schema_that_is_made_from_its_dump_is_the_same(
    local_dsql: ServerInfo, seed: int
) -> None:
    with (
        new_clusters(local_dsql, "original", "copy"),
        closing(open_session(local_dsql, "original")) as original,
        closing(open_session(local_dsql, "copy")) as copy,
    ):
        run_all(original, RandomSchema(seed).statements)
        run_all(original, ACCESS)
        here = read_database(original)
        run_dump(copy, dump_text(here))
        there = read_database(copy)
    assert here.notes == ()
    assert there.objects == here.objects
    assert here.access is not None
    assert there.access is not None
    assert differences(here.access, there.access) == ()
    assert dump_text(there) == dump_text(here)
    assert dump_files(there) == dump_files(here)


def test_what_can_be_run_again_is_run_again(local_dsql: ServerInfo, pair: tuple[str, str]) -> None:
    with closing(open_session(local_dsql, "shop")) as shop:
        here = read_database(shop, Selection(with_access=False))
    text = dump_text(here, if_not_exists=True)
    with closing(open_session(local_dsql, pair[1])) as restored:
        run_dump(restored, text)
        run_dump(restored, text)
        there = read_database(restored, Selection(with_access=False))
    assert there.objects == here.objects


class CountedSession:
    """A session that remembers what was fetched."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.sent: list[str] = []
        self.endpoint = session.endpoint
        self.is_open = True

    def fetch(
        self, statement: str, parameters: Sequence[str | int | None] = (), **keywords: int
    ) -> list[Row]:
        self.sent.append(statement)
        return self._session.fetch(statement, parameters, **keywords)


def test_the_number_of_statements_does_not_depend_on_the_number_of_tables(
    local_dsql: ServerInfo, pair: tuple[str, str]
) -> None:
    counts: list[int] = []
    with closing(open_session(local_dsql, pair[0])) as session:
        for tables in (0, 12):
            run_all(session, [f"CREATE TABLE many_{n} (a int, b text)" for n in range(tables)])
            counted = CountedSession(session)
            database = read_database(counted)  # type: ignore[arg-type]
            counts.append(len(counted.sent))
    assert sum(table.name.startswith("many_") for table in database.tables()) == 12
    assert counts[0] == counts[1] <= len(ALL) + 3 + 10


def test_a_role_without_rights_reads_definitions(local_dsql: ServerInfo) -> None:
    with closing(open_session(local_dsql, "shop", "app_ro")) as session:
        database = read_database(session)
    assert any(table.name == "orders" for table in database.tables())


def test_an_index_that_is_not_built_is_named_and_not_dumped(
    local_dsql: ServerInfo, pair: tuple[str, str]
) -> None:
    statements = [
        "CREATE TABLE doubled (a int)",
        "INSERT INTO doubled VALUES (1), (1)",
        "CREATE UNIQUE INDEX ASYNC doubled_a ON doubled (a)",
    ]
    with closing(open_session(local_dsql, pair[0])) as session:
        run_all(session, statements)
        database = read_database(session, Selection(tables=(("", "doubled"),)))
    assert database.notes == ("Index doubled_a of public.doubled is not valid.",)
    assert "CREATE TABLE public.doubled" in dump_text(database)
    assert "INDEX" not in dump_text(database).replace("-- Note: Index", "")


def test_one_relation_is_read_with_all_that_belongs_to_it(local_dsql: ServerInfo) -> None:
    with closing(open_session(local_dsql, "shop")) as session:
        table = read_relation(session, "public", "order_items")
        view = read_relation(session, "public", "order_totals")
        assert read_relation(session, "public", "no_such") is None
        whole = read_database(session, Selection(with_access=False))
    assert isinstance(table, TableDefinition)
    assert isinstance(view, ViewDefinition)
    assert table == whole.find(table.key)
    assert view == whole.find(view.key)
    assert table.primary_key == ("order_id", "line")
    assert "CREATE INDEX ASYNC order_items_product_id_idx" in relation_sql(table)
    assert "btree_index" not in relation_sql(table)


def test_a_table_brings_the_sequences_of_its_columns(
    local_dsql: ServerInfo, pair: tuple[str, str]
) -> None:
    statements = [
        "CREATE SEQUENCE counted CACHE 1",
        "CREATE SEQUENCE other CACHE 1",
        "CREATE TABLE tickets (id bigint DEFAULT nextval('counted'))",
        "ALTER SEQUENCE counted OWNED BY tickets.id",
    ]
    with closing(open_session(local_dsql, pair[0])) as session:
        run_all(session, statements)
        database = read_database(session, Selection(tables=(("public", "tickets"),)))
        sequence = read_relation(session, "public", "counted")
    assert [each.key.name for each in database.objects] == ["counted", "tickets"]
    assert isinstance(sequence, SequenceDefinition)
    assert sequence.owned_by == ("public", "tickets", "id")


def test_a_result_that_is_too_large_is_not_kept(local_dsql: ServerInfo) -> None:
    many = "SELECT repeat('x', 1000) FROM generate_series(1, 20000)"
    with closing(open_session(local_dsql, "shop")) as session:
        assert len(session.fetch(many, size_max_bytes=100_000_000)) == 20_000
        with pytest.raises(InputError):
            session.fetch(many, size_max_bytes=1_000_000)
        assert session.fetch("SELECT 1") == [("1",)]


def test_keys_of_plain_indexes_are_those_that_the_server_prints(local_dsql: ServerInfo) -> None:
    columns = 'a integer, "B c" text, d text, e varchar(9)'
    keys = [
        '("B c", a)',
        "(d) INCLUDE (e, a)",
        "(a) NULLS NOT DISTINCT",
        '(a, d) INCLUDE ("B c") NULLS NOT DISTINCT',
        "(a NULLS FIRST)",
        "(lower(d), e)",
        "(d) WHERE (a > 0)",
    ]
    with (
        new_clusters(local_dsql, "indexed"),
        closing(open_session(local_dsql, "indexed")) as session,
    ):
        run_all(session, [f'CREATE TABLE "T" (gone int, {columns})'])
        run_all(session, ['ALTER TABLE "T" DROP COLUMN gone'])
        for number, text in enumerate(keys):
            run_all(session, [f'CREATE UNIQUE INDEX ASYNC i{number} ON "T" {text}'])
        run_all(session, ['ALTER TABLE "T" RENAME COLUMN a TO "A"'])
        relation = read_relation(session, "public", "T")
        printed = session.fetch(
            "SELECT regexp_replace(pg_get_indexdef(indexrelid), '^.* USING \\w+ ', '')"
            " FROM pg_index WHERE indrelid = '\"T\"'::regclass ORDER BY indexrelid::regclass::text"
        )
    assert isinstance(relation, TableDefinition)
    assert [(each.definition,) for each in relation.indexes] == printed
    assert len(printed) == len(keys)
