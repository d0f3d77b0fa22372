"""Definitions that use every clause, for tests of printing and comparing."""

from __future__ import annotations

from dsql_tui.schema.definitions import (
    ColumnDefinition,
    ConstraintDefinition,
    ConstraintKind,
    Database,
    DomainDefinition,
    FunctionDefinition,
    IndexDefinition,
    SchemaDefinition,
    SequenceDefinition,
    SequenceOptions,
    StatisticsDefinition,
    TableDefinition,
    ViewDefinition,
)

APP = SchemaDefinition("app", comment="it's the app")
PRICE = DomainDefinition(
    schema="app",
    name="price",
    type_name="numeric(10,2)",
    not_null=True,
    default="0",
    constraints=(
        ConstraintDefinition("positive", ConstraintKind.CHECK, "CHECK ((VALUE >= (0)::numeric))"),
        ConstraintDefinition(
            "small", ConstraintKind.CHECK, "CHECK ((VALUE < 9))", False, comment="later"
        ),
    ),
    comment="money",
)
NUMBERS = SequenceDefinition(
    schema="app",
    name="Numbers",
    options=SequenceOptions(1, start=5, increment=2, minimum=3, maximum=99, cycles=True),
    owned_by=("app", "orders", "id"),
    comment="one by one",
)
IS_KNOWN = FunctionDefinition(
    schema="app",
    name="is_known",
    arguments="text",
    definition="CREATE OR REPLACE FUNCTION app.is_known(status text)\n RETURNS boolean\n"
    " LANGUAGE sql\n IMMUTABLE\nAS $function$ select status <> ';' $function$",
    result="boolean",
    body=" select status <> ';' ",
    comment="a check",
)
CUSTOMERS = TableDefinition(
    schema="app",
    name="customers",
    columns=(ColumnDefinition("id", "uuid", not_null=True), ColumnDefinition("email", "text")),
    constraints=(
        ConstraintDefinition(
            "customers_pkey", ConstraintKind.PRIMARY_KEY, "PRIMARY KEY (id)", columns=("id",)
        ),
        ConstraintDefinition(
            name="customers_email_key",
            kind=ConstraintKind.UNIQUE,
            definition="UNIQUE NULLS NOT DISTINCT (email)",
            columns=("email",),
            comment="one each",
            index_comment="its index",
        ),
    ),
)
ORDERS = TableDefinition(
    schema="app",
    name="orders",
    columns=(
        ColumnDefinition(
            "id", "bigint", not_null=True, default="nextval('app.\"Numbers\"'::regclass)"
        ),
        ColumnDefinition("customer", "uuid", not_null=True, comment='whose "order"'),
        ColumnDefinition("price", "app.price"),
        ColumnDefinition("note", "text", storage="EXTERNAL", default="'it''s'::text"),
        ColumnDefinition(
            "doubled", "numeric", default="((price)::numeric * (2)::numeric)", is_generated=True
        ),
        ColumnDefinition(
            name="number",
            type_name="bigint",
            not_null=True,
            identity="BY DEFAULT",
            sequence=SequenceOptions(65536, start=7),
        ),
    ),
    constraints=(
        ConstraintDefinition(
            "orders_pkey", ConstraintKind.PRIMARY_KEY, "PRIMARY KEY (id)", columns=("id",)
        ),
        ConstraintDefinition(
            "known", ConstraintKind.CHECK, "CHECK (app.is_known(note))", comment="checked"
        ),
        ConstraintDefinition("old", ConstraintKind.CHECK, "CHECK ((id > 5))", is_valid=False),
        ConstraintDefinition(
            name="orders_customer_fkey",
            kind=ConstraintKind.FOREIGN_KEY,
            definition="FOREIGN KEY (customer) REFERENCES app.customers(id) ON DELETE CASCADE",
            columns=("customer",),
            target=("app", "customers"),
            comment="who",
        ),
        ConstraintDefinition(
            name="orders_later_fkey",
            kind=ConstraintKind.FOREIGN_KEY,
            definition="FOREIGN KEY (id) REFERENCES app.orders(id)",
            is_valid=False,
            columns=("id",),
            target=("app", "orders"),
        ),
    ),
    indexes=(
        IndexDefinition("broken", True, "(customer)", is_valid=False),
        IndexDefinition(
            "orders_customer", True, "(customer, lower(note)) INCLUDE (price)", comment="fast"
        ),
    ),
    statistics=(
        StatisticsDefinition(
            "app", "related", "(ndistinct) ON id, customer FROM app.orders", 50, "both"
        ),
    ),
    comment="what was ordered",
)
TOTALS = ViewDefinition(
    schema="app",
    name="a_total",
    query="SELECT customer,\n    sum(id) AS total\n   FROM app.orders\n  GROUP BY customer",
    columns=(
        ColumnDefinition("customer", "uuid"),
        ColumnDefinition("total", "numeric", default="0", comment="sum"),
    ),
    comment="by customer",
)
OPEN_ORDERS = ViewDefinition(
    schema="app",
    name="open_orders",
    query="SELECT id\n   FROM app.orders",
    columns=(ColumnDefinition("id", "bigint"),),
    check_option="CASCADED",
)
SHOP = Database(
    objects=(
        *(
            APP,
            SchemaDefinition("public"),
            PRICE,
            NUMBERS,
            IS_KNOWN,
            CUSTOMERS,
            ORDERS,
            TOTALS,
            OPEN_ORDERS,
        ),
    ),
    requires={
        ORDERS.key: frozenset({NUMBERS.key, PRICE.key, IS_KNOWN.key}),
        TOTALS.key: frozenset({ORDERS.key}),
        OPEN_ORDERS.key: frozenset({ORDERS.key}),
    },
)
"""A shop whose objects use every clause that can be printed."""
