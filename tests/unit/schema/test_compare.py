"""What turns one database into another."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dsql_tui.errors import InputError
from dsql_tui.schema.change import ChangeKind, DefinitionChange
from dsql_tui.schema.compare import NEW_TABLE, changes
from dsql_tui.schema.definitions import (
    ColumnDefinition,
    ConstraintDefinition,
    ConstraintKind,
    Database,
    Definition,
    FunctionDefinition,
    IndexDefinition,
    SequenceOptions,
    StatisticsDefinition,
    TableDefinition,
)
from dsql_tui.schema.renames import Rename, in_order, possible_renames, rename_of
from tests.support.access_samples import SHOP as SHOP_ACCESS
from tests.support.schema_samples import (
    APP,
    CUSTOMERS,
    IS_KNOWN,
    NUMBERS,
    OPEN_ORDERS,
    ORDERS,
    PRICE,
    SHOP,
)


def between(former: Definition, wanted: Definition) -> list[DefinitionChange]:
    return changes(Database((former,)), Database((wanted,)))


def statements(former: Definition, wanted: Definition) -> list[str]:
    return [each for change in between(former, wanted) for each in change.statements]


def with_column(table: TableDefinition, name: str, /, **fields: object) -> TableDefinition:
    columns = tuple(
        replace(each, **fields) if each.name == name else each  # type: ignore[arg-type]
        for each in table.columns
    )
    return replace(table, columns=columns)


def with_constraint(name: str, **fields: object) -> TableDefinition:
    constraints = tuple(
        replace(each, **fields) if each.name == name else each  # type: ignore[arg-type]
        for each in ORDERS.constraints
    )
    return replace(ORDERS, constraints=constraints)


ORDERS_SQL = "ALTER TABLE app.orders"
POSSIBLE: dict[str, tuple[Definition, Definition, list[str]]] = {
    "comment": (APP, replace(APP, comment=""), ["COMMENT ON SCHEMA app IS NULL"]),
    "schema owner": (
        APP,
        replace(APP, owner="Bob"),
        ['ALTER SCHEMA app OWNER TO "Bob"'],
    ),
    "domain": (
        PRICE,
        replace(PRICE, default="", not_null=False, constraints=PRICE.constraints[:1]),
        [
            "ALTER DOMAIN app.price DROP DEFAULT",
            "ALTER DOMAIN app.price DROP NOT NULL",
            "ALTER DOMAIN app.price DROP CONSTRAINT small",
        ],
    ),
    "sequence": (
        NUMBERS,
        replace(NUMBERS, options=SequenceOptions(65536), owned_by=()),
        [
            'ALTER SEQUENCE app."Numbers" OWNED BY NONE',
            'ALTER SEQUENCE app."Numbers" START WITH 1 INCREMENT BY 1 MINVALUE 1'
            " MAXVALUE 9223372036854775807 CACHE 65536 NO CYCLE",
        ],
    ),
    "function": (
        IS_KNOWN,
        replace(IS_KNOWN, definition="CREATE OR REPLACE FUNCTION x", comment="y"),
        ["CREATE OR REPLACE FUNCTION x", "COMMENT ON FUNCTION app.is_known(text) IS 'y'"],
    ),
    "result of a function": (
        replace(IS_KNOWN, comment=""),
        replace(IS_KNOWN, definition="CREATE OR REPLACE FUNCTION x", result="text", comment=""),
        ["DROP FUNCTION app.is_known(text)", "CREATE FUNCTION x"],
    ),
    "view with a column more": (
        OPEN_ORDERS,
        replace(
            OPEN_ORDERS,
            query="SELECT id, 1 AS n",
            columns=(*OPEN_ORDERS.columns, ColumnDefinition("n", "integer")),
            check_option="",
        ),
        ["CREATE OR REPLACE VIEW app.open_orders AS\nSELECT id, 1 AS n"],
    ),
    "view with another column": (
        replace(OPEN_ORDERS, check_option=""),
        replace(OPEN_ORDERS, query="SELECT 1", columns=(), check_option=""),
        ["DROP VIEW app.open_orders", "CREATE VIEW app.open_orders AS\nSELECT 1"],
    ),
    "columns": (
        CUSTOMERS,
        replace(
            CUSTOMERS,
            columns=(
                CUSTOMERS.columns[0],
                ColumnDefinition("Name", "text", default="'x'", storage="MAIN", comment="c"),
            ),
            constraints=CUSTOMERS.constraints[:1],
        ),
        [
            'ALTER TABLE app.customers ADD COLUMN "Name" text STORAGE MAIN',
            "ALTER TABLE app.customers DROP COLUMN email",
            "ALTER TABLE app.customers ALTER COLUMN \"Name\" SET DEFAULT 'x'",
            "COMMENT ON COLUMN app.customers.\"Name\" IS 'c'",
            "ALTER TABLE app.customers DROP CONSTRAINT customers_email_key",
        ],
    ),
    "NOT NULL": (
        ORDERS,
        with_column(ORDERS, "customer", not_null=False),
        [f"{ORDERS_SQL} ALTER COLUMN customer DROP NOT NULL"],
    ),
    "default": (
        ORDERS,
        with_column(ORDERS, "note", default="", storage=""),
        [
            f"{ORDERS_SQL} ALTER COLUMN note DROP DEFAULT",
            f"{ORDERS_SQL} ALTER COLUMN note SET STORAGE DEFAULT",
        ],
    ),
    "generated": (
        ORDERS,
        with_column(ORDERS, "doubled", is_generated=False, default="5"),
        [
            f"{ORDERS_SQL} ALTER COLUMN doubled DROP EXPRESSION",
            f"{ORDERS_SQL} ALTER COLUMN doubled SET DEFAULT 5",
        ],
    ),
    "identity": (
        ORDERS,
        with_column(ORDERS, "number", identity="ALWAYS", sequence=SequenceOptions(1)),
        [
            f"{ORDERS_SQL} ALTER COLUMN number SET GENERATED ALWAYS SET START WITH 1"
            " SET INCREMENT BY 1 SET MINVALUE 1 SET MAXVALUE 9223372036854775807 SET CACHE 1"
            " SET NO CYCLE"
        ],
    ),
    "no identity": (
        ORDERS,
        with_column(ORDERS, "number", identity="", sequence=None),
        [f"{ORDERS_SQL} ALTER COLUMN number DROP IDENTITY"],
    ),
    "new identity": (
        with_column(ORDERS, "number", identity="", sequence=None),
        ORDERS,
        [
            f"{ORDERS_SQL} ALTER COLUMN number ADD GENERATED BY DEFAULT AS IDENTITY"
            " (START WITH 7 CACHE 65536)"
        ],
    ),
    "validity": (
        with_constraint("known", is_valid=False),
        ORDERS,
        ["ALTER TABLE ASYNC app.orders VALIDATE CONSTRAINT known"],
    ),
    "a valid check becomes NOT VALID": (
        ORDERS,
        with_constraint("known", is_valid=False, comment=""),
        [
            f"{ORDERS_SQL} DROP CONSTRAINT known",
            f"{ORDERS_SQL} ADD CONSTRAINT known CHECK (app.is_known(note)) NOT VALID",
        ],
    ),
    "a unique constraint over an index": (
        replace(CUSTOMERS, constraints=CUSTOMERS.constraints[:1]),
        CUSTOMERS,
        [
            "CREATE UNIQUE INDEX ASYNC customers_email_key ON app.customers (email)"
            " NULLS NOT DISTINCT",
            "ALTER TABLE app.customers ADD CONSTRAINT customers_email_key"
            " UNIQUE USING INDEX customers_email_key",
            "COMMENT ON CONSTRAINT customers_email_key ON app.customers IS 'one each'",
            "COMMENT ON INDEX app.customers_email_key IS 'its index'",
        ],
    ),
    "an index that was not built": (
        replace(CUSTOMERS, indexes=(IndexDefinition("i", False, "(email)", is_valid=False),)),
        replace(CUSTOMERS, indexes=(IndexDefinition("i", False, "(email)"),)),
        ["DROP INDEX app.i", "CREATE INDEX ASYNC i ON app.customers (email)"],
    ),
    "statistics": (
        ORDERS,
        replace(
            ORDERS,
            statistics=(replace(ORDERS.statistics[0], target=None, comment=""),),
        ),
        [
            "ALTER STATISTICS app.related SET STATISTICS -1",
            "COMMENT ON STATISTICS app.related IS NULL",
        ],
    ),
    "other statistics": (
        ORDERS,
        replace(ORDERS, statistics=(StatisticsDefinition("app", "related", "ON id FROM t"),)),
        ["DROP STATISTICS app.related", "CREATE STATISTICS app.related ON id FROM t"],
    ),
}


@pytest.mark.parametrize(("former", "wanted", "expected"), POSSIBLE.values(), ids=POSSIBLE)
def test_a_difference_has_statements(
    former: Definition, wanted: Definition, expected: list[str]
) -> None:
    former, wanted = (
        replace(each, indexes=tuple(i for i in each.indexes if i.name != "broken"))
        if isinstance(each, TableDefinition)
        else each
        for each in (former, wanted)
    )
    assert statements(former, wanted) == expected
    assert not any(change.impossible for change in between(former, wanted))
    assert between(former, former) == between(wanted, wanted) == []


@pytest.mark.parametrize(
    ("wanted", "part", "reason"),
    [
        (
            replace(ORDERS, columns=(*ORDERS.columns, ColumnDefinition("x", "text", True))),
            "column x",
            "its rows have no value for column x: give it a DEFAULT.",
        ),
        (
            with_column(ORDERS, "customer", type_name="bigint"),
            "column customer, type uuid → bigint",
            "no cast makes bigint of uuid.",
        ),
        (
            replace(ORDERS, columns=ORDERS.columns[1:]),
            "column id",
            "column id of its key is dropped.",
        ),
        (replace(PRICE, type_name="text"), "type numeric(10,2) → text", ""),
    ],
)
def test_what_dsql_cannot_alter_has_a_reason_and_no_statement(
    wanted: Definition, part: str, reason: str
) -> None:
    former = PRICE if wanted.key == PRICE.key else ORDERS
    impossible = [each for each in between(former, wanted) if each.impossible]
    assert len(impossible) == 1
    assert impossible[0].part.startswith(part)
    assert impossible[0].statements == ()
    assert impossible[0].impossible.count(".") >= 2 or not reason
    assert impossible[0].impossible.endswith(reason)


@pytest.mark.parametrize(
    ("wanted", "part"),
    [
        (with_column(ORDERS, "note", type_name="bigint"), "column note, type text → bigint"),
        (with_column(ORDERS, "note", not_null=True), "column note, NOT NULL"),
        (with_column(ORDERS, "doubled", default="1"), "column doubled, expression"),
        (
            with_constraint("orders_pkey", definition="PRIMARY KEY (number)", columns=("number",)),
            "constraint orders_pkey",
        ),
        (
            replace(ORDERS, columns=(*ORDERS.columns, ColumnDefinition("x", "text", True, "'x'"))),
            "column x",
        ),
    ],
)
def test_what_dsql_cannot_alter_is_done_by_a_new_table(wanted: TableDefinition, part: str) -> None:
    orders = [wanted if each.key == ORDERS.key else each for each in SHOP.objects]
    listed = changes(SHOP, replace(SHOP, objects=tuple(orders)))
    assert not any(each.impossible for each in listed)
    assert (ChangeKind.ADDED if part == "column x" else ChangeKind.CHANGED, part, NEW_TABLE) in {
        (each.kind, each.part, each.note) for each in listed
    }
    order = [statement.split("\n")[0] for each in listed for statement in each.statements]
    kinds = [statement.split(" ")[0] for statement in order]
    # What refers to the table goes first and comes back last.
    assert order[0] == 'ALTER SEQUENCE app."Numbers" OWNED BY NONE'
    assert order[1:3] == ["DROP VIEW app.open_orders", "DROP VIEW app.a_total"]
    drop = order.index("DROP TABLE app.orders__former")
    assert max(at for at, kind in enumerate(kinds) if kind == "INSERT") < drop
    check = next(at for at, each in enumerate(order) if each.startswith("SELECT CASE"))
    swap = order.index("ALTER TABLE app.orders RENAME TO orders__former")
    assert check < swap < order.index("ALTER TABLE app.orders__new RENAME TO orders") < drop
    assert order.index("ALTER INDEX app.orders_customer__new RENAME TO orders_customer") > drop
    assert order.index("CREATE VIEW app.a_total AS") > drop
    assert order.index('ALTER SEQUENCE app."Numbers" OWNED BY app.orders.id') > drop
    links = [each for each in order if "FOREIGN KEY" in each]
    assert len(links) == sum(each.kind is ConstraintKind.FOREIGN_KEY for each in ORDERS.constraints)
    assert [each.drops for each in listed if "INSERT" in "".join(each.statements)] == [
        "the former table, when its rows are copied"
    ]


def test_a_table_that_others_refer_to_gets_their_foreign_keys_back() -> None:
    other = with_column(CUSTOMERS, "email", type_name="bigint")
    objects = tuple(other if each.key == other.key else each for each in SHOP.objects)
    listed = changes(SHOP, replace(SHOP, objects=objects))
    order = [statement for each in listed for statement in each.statements]
    dropped = order.index(f"{ORDERS_SQL} DROP CONSTRAINT orders_customer_fkey")
    added = next(
        at for at, each in enumerate(order) if "ADD CONSTRAINT orders_customer_fkey" in each
    )
    assert dropped < order.index("DROP TABLE app.customers__former") < added


def test_a_table_without_a_key_or_with_users_that_stay_is_not_rebuilt() -> None:
    keyless = replace(CUSTOMERS, constraints=())
    wanted = with_column(keyless, "email", type_name="bigint")
    (change,) = between(keyless, wanted)
    assert change.impossible.endswith("UNIQUE constraint over columns that are NOT NULL.")
    user = replace(ORDERS, name="user")
    first = Database((CUSTOMERS, user), requires={user.key: frozenset({CUSTOMERS.key})})
    wanted = with_column(CUSTOMERS, "email", type_name="bigint")
    (change,) = changes(first, replace(first, objects=(wanted, user)))
    assert change.impossible.endswith('the table app."user" refers to the table.')


def test_a_primary_key_of_another_name_is_renamed() -> None:
    key = replace(CUSTOMERS.constraints[0], name="Key")
    renamed = replace(CUSTOMERS, constraints=(key, *CUSTOMERS.constraints[1:]))
    assert statements(CUSTOMERS, renamed) == [
        'ALTER TABLE app.customers RENAME CONSTRAINT customers_pkey TO "Key"'
    ]


@pytest.mark.parametrize("text", ["", "a", "a=b", "a.b", "a.b=c.d", "a.b.c.d=e", "=a", "a.b=c d"])
def test_what_is_no_rename_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="is no rename: write"):
        rename_of(text)


def test_two_renames_of_one_thing_exclude_each_other() -> None:
    first, second, third = (rename_of(f"a.b.{text}") for text in ("c=d", "c=e", "f=d"))
    assert first.excludes(second)
    assert first.excludes(third)
    assert not second.excludes(third)
    assert rename_of("a.b=c").excludes(rename_of("a.d=c"))
    assert not rename_of("a.b=c").excludes(rename_of("x.d=c"))
    assert rename_of('"a=".b="c"') == Rename(rename_of('"a=".b=x').table, "", "c")


def test_what_drops_something_says_what() -> None:
    listed = changes(SHOP, Database((APP, *(each for each in SHOP.objects if each == PRICE))))
    assert all(change.drops for change in listed if change.statements[0].startswith("DROP"))
    lost = {change.label: change.drops for change in listed}
    assert lost["table app.orders"] == "the table and its rows"
    order = [change.label for change in listed]
    assert order.index("view app.open_orders") < order.index("table app.orders")
    assert order.index("table app.orders") < order.index("function app.is_known(text)")


def test_an_empty_database_becomes_any_other() -> None:
    listed = changes(Database(), SHOP)
    assert {change.kind for change in listed} == {ChangeKind.ADDED}
    assert not any(change.drops for change in listed)
    order = [statement for change in listed for statement in change.statements]
    assert order[0] == "CREATE SCHEMA app"
    assert order[-1].startswith(f"{ORDERS_SQL} ADD CONSTRAINT orders_later_fkey")


def test_columns_in_another_order_are_no_difference() -> None:
    assert between(ORDERS, replace(ORDERS, columns=ORDERS.columns[::-1])) == []


def test_a_database_does_not_differ_from_itself() -> None:
    assert changes(SHOP, SHOP) == []
    unbuilt = replace(CUSTOMERS, indexes=(IndexDefinition("i", False, "(email)", is_valid=False),))
    assert between(CUSTOMERS, unbuilt) == []
    assert statements(unbuilt, CUSTOMERS) == ["DROP INDEX app.i"]


def test_a_rename_is_asked_about_and_not_assumed() -> None:
    clients = replace(CUSTOMERS, name="Clients")
    listed = between(CUSTOMERS, clients)
    assert [change.kind for change in listed] == [ChangeKind.REMOVED, ChangeKind.ADDED]
    one = Database((CUSTOMERS,))
    (table,) = possible_renames(one, Database((clients,)))
    assert table.statement == 'ALTER TABLE app.customers RENAME TO "Clients"'
    assert possible_renames(one, Database((replace(CUSTOMERS, schema="x"),))) == []
    assert possible_renames(one, Database((replace(clients, columns=()),))) == []
    mailed = Database((with_column(CUSTOMERS, "email", name="mail"),))
    (column,) = possible_renames(one, mailed)
    assert column.statement == "ALTER TABLE app.customers RENAME COLUMN email TO mail"
    assert [rename_of(each.option) for each in (table, column)] == [table, column]
    assert in_order([table, column]) == [column, table]
    assert all(each.is_open(one) for each in (table, column))
    assert not column.is_open(mailed)
    assert not table.is_open(mailed.__class__())
    assert not column.excludes(table)
    numbered = Database((with_column(CUSTOMERS, "email", name="mail", type_name="bigint"),))
    assert possible_renames(one, numbered) == []


def test_privileges_are_compared_if_both_sides_have_read_them() -> None:
    with_access = replace(SHOP, access=SHOP_ACCESS)
    assert changes(with_access, SHOP) == changes(SHOP, with_access) == []
    assert changes(with_access, with_access) == []
    without_roles = replace(
        SHOP_ACCESS, roles=SHOP_ACCESS.roles[:1], memberships=(), mappings=(), objects=()
    )
    added = changes(replace(SHOP, access=without_roles), with_access)
    assert any(each.startswith("CREATE ROLE") for each in added[0].statements)
    assert any("GRANT" in each for change in added[1:] for each in change.statements)


def test_what_is_created_again_is_granted_again() -> None:
    changed = FunctionDefinition("s", "f", "", "CREATE OR REPLACE FUNCTION s.f()", result="text")
    former = replace(changed, result="integer", definition="CREATE OR REPLACE FUNCTION s.f() x")
    listed = changes(
        Database((former,), access=SHOP_ACCESS), Database((changed,), access=SHOP_ACCESS)
    )
    assert [change.label for change in listed][:1] == ["function s.f(), result integer → text"]


def test_kinds_of_constraints_are_compared_by_name() -> None:
    check = ConstraintDefinition("small", ConstraintKind.CHECK, "CHECK ((id < 5))")
    more = replace(CUSTOMERS, constraints=(*CUSTOMERS.constraints, check))
    assert statements(CUSTOMERS, more) == [
        "ALTER TABLE app.customers ADD CONSTRAINT small CHECK ((id < 5)) NOT VALID",
        "ALTER TABLE ASYNC app.customers VALIDATE CONSTRAINT small",
    ]
    assert statements(more, CUSTOMERS) == ["ALTER TABLE app.customers DROP CONSTRAINT small"]
