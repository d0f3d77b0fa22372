"""A database as one text, and as files."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from dsql_tui.schema.definitions import (
    Database,
    FunctionDefinition,
    ObjectKind,
    ObjectName,
    TableDefinition,
)
from dsql_tui.schema.dump import dump_files, dump_text, file_of
from dsql_tui.schema.print import object_sql
from dsql_tui.sql.dsql.script_plan import plan_script
from tests.support import access_samples
from tests.support.schema_samples import CUSTOMERS, ORDERS, SHOP


def statements(text: str) -> list[str]:
    return [each for step in plan_script(text).steps for each in step.statements]


def test_the_text_has_every_statement_once() -> None:
    expected = [each for found in SHOP.objects for each in object_sql(found).statements]
    assert sorted(statements(dump_text(SHOP))) == sorted(expected)


def test_indexes_come_after_tables_and_foreign_keys_after_indexes() -> None:
    order = statements(dump_text(SHOP))

    def place(beginning: str) -> int:
        return next(n for n, each in enumerate(order) if each.startswith(beginning))

    assert place("CREATE VIEW app.open_orders") < place("CREATE UNIQUE INDEX ASYNC")
    assert place("CREATE STATISTICS") < place("ALTER TABLE app.orders ADD CONSTRAINT orders_cust")
    assert place("CREATE TABLE app.orders") < place('ALTER SEQUENCE app."Numbers" OWNED BY')


def test_notes_are_comments_of_the_text() -> None:
    text = dump_text(replace(SHOP, notes=("Functions cannot be read here: no.",)))
    assert text.startswith(
        "-- Definitions of an Aurora DSQL database.\n-- Note: Functions cannot be read here: no.\n"
    )


def test_the_files_have_the_same_statements_as_the_text() -> None:
    with_access = replace(SHOP, access=access_samples.SHOP)
    files = dump_files(with_access)
    joined = [each for text in files.values() for each in statements(text)]
    assert sorted(joined) == sorted(statements(dump_text(with_access)))
    assert list(files)[:4] == [
        *("app/domains/price.sql", "app/functions/is_known.sql", "app/schema.sql"),
        "app/sequences/%4eumbers.sql",
    ]
    assert files["app/tables/orders.sql"].startswith("CREATE TABLE app.orders (")
    assert files["roles.sql"].startswith("CREATE ROLE ")
    assert "GRANT " in files["privileges.sql"]


def test_overloads_share_a_file() -> None:
    one = FunctionDefinition("s", "f", "integer", "CREATE OR REPLACE FUNCTION s.f(integer)")
    other = replace(one, arguments="text", definition="CREATE OR REPLACE FUNCTION s.f(text)")
    assert dump_files(Database((one, other))) == {
        "s/functions/f.sql": "CREATE FUNCTION s.f(integer);\n\nCREATE FUNCTION s.f(text);\n"
    }


def test_a_part_of_a_database_leaves_its_roles_out() -> None:
    whole = replace(SHOP, access=access_samples.SHOP)
    part = replace(whole, is_partial=True)
    assert "CREATE ROLE" in dump_text(whole)
    assert "CREATE ROLE" not in dump_text(part)
    assert "AWS IAM GRANT" not in dump_text(part)
    assert "GRANT SELECT" in dump_text(part)


@settings(max_examples=100)
@given(st.text(min_size=1, max_size=63), st.text(min_size=1, max_size=63))
def test_files_have_names_that_every_file_system_tells_apart(one: str, other: str) -> None:
    first = file_of(ObjectName(ObjectKind.TABLE, one, other))
    second = file_of(ObjectName(ObjectKind.TABLE, other, one))
    assert first == first.lower()
    assert first.isascii()
    assert first.count("/") == 2
    assert (first == second) is (one == other)
    assert not {".", ".."} & set(first.split("/"))


def test_a_table_s_file_is_found_by_its_name() -> None:
    assert file_of(ORDERS.key) == "app/tables/orders.sql"
    assert file_of(TableDefinition("My.App", "a/b").key) == "%4dy%2e%41pp/tables/a%2fb.sql"
    assert file_of(CUSTOMERS.key) != file_of(replace(CUSTOMERS, name="Customers").key)
