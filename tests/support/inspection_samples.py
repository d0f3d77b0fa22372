"""Relations as the inspector reads them: orders of customers, in the sample shop."""

from __future__ import annotations

from dataclasses import replace

from dsql_tui.model.inspection import (
    ExtendedStatistics,
    ForeignKey,
    GrantedPrivilege,
    InspectedColumn,
    InspectedConstraint,
    InspectedFunction,
    InspectedIndex,
    Inspection,
)
from dsql_tui.model.relation import Relation, RelationKind

ORDERS_OID, CUSTOMERS_OID = 16417, 16384
ORDERS_TO_CUSTOMERS = ForeignKey(
    "orders_customer_fk",
    ORDERS_OID,
    ("public", "orders"),
    (2,),
    ("customer_id",),
    CUSTOMERS_OID,
    ("public", "customers"),
    (1,),
    ("id",),
)
ORDERS = Inspection(
    relation=Relation(
        ORDERS_OID, "public", "orders", RelationKind.TABLE, 1204, "What customers ordered"
    ),
    owner="admin",
    columns=(
        InspectedColumn(1, "id", "uuid", nullable=False, default="gen_random_uuid()"),
        InspectedColumn(2, "customer_id", "bigint", nullable=True),
        InspectedColumn(3, "note", "text", nullable=True, comment="Written by the customer"),
    ),
    constraints=(
        InspectedConstraint("orders_pkey", "PRIMARY KEY", "PRIMARY KEY (id)", True),
        InspectedConstraint(
            "orders_customer_fk",
            "FOREIGN KEY",
            "FOREIGN KEY (customer_id) REFERENCES customers(id) NOT VALID",
            False,
        ),
    ),
    indexes=(
        InspectedIndex(
            "orders_pkey", "CREATE UNIQUE INDEX orders_pkey ON public.orders (id)", True, True, True
        ),
        InspectedIndex(
            "orders_customer_idx",
            "CREATE INDEX orders_customer_idx ON public.orders (customer_id) INCLUDE (note)",
            False,
            False,
            False,
            ("note",),
        ),
    ),
    references=(ORDERS_TO_CUSTOMERS,),
    privileges=(
        GrantedPrivilege("admin", "admin", ("SELECT", "INSERT")),
        GrantedPrivilege("app_ro", "admin", ("SELECT",), ("SELECT",)),
        GrantedPrivilege("", "admin", ("SELECT", "UPDATE"), column="note"),
    ),
    statistics=(
        ExtendedStatistics(
            "orders_stats", "CREATE STATISTICS orders_stats ON id, note FROM orders"
        ),
    ),
    key=("id",),
)
CUSTOMERS = Inspection(
    relation=Relation(CUSTOMERS_OID, "public", "customers", RelationKind.TABLE, 400),
    owner="admin",
    columns=(
        InspectedColumn(1, "id", "bigint", nullable=False, identity="ALWAYS"),
        InspectedColumn(2, "name", "text", nullable=False),
    ),
    constraints=(InspectedConstraint("customers_pkey", "PRIMARY KEY", "PRIMARY KEY (id)", True),),
    referred_by=(ORDERS_TO_CUSTOMERS,),
    privileges=(GrantedPrivilege("admin", "admin", ("SELECT",)),),
    key=("id",),
)
TOTALS = replace(
    ORDERS,
    relation=Relation(16500, "public", "order_totals", RelationKind.VIEW),
    constraints=(),
    indexes=(),
    references=(),
    statistics=(),
    key=(),
)
NEXT_NUMBER = InspectedFunction(
    "public",
    "next_number",
    "(start bigint) → bigint",
    "sql",
    "SELECT start + 1",
    "admin",
    definition="CREATE OR REPLACE FUNCTION public.next_number(start bigint)\n"
    " RETURNS bigint\n LANGUAGE sql\nAS $function$SELECT start + 1$function$\n",
)
INSPECTIONS = (ORDERS, CUSTOMERS, TOTALS)
