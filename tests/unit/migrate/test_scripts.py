"""The two scripts of an import: before the rows, and after them."""

from __future__ import annotations

from dsql_tui.migrate.scripts import AFTER_FILE, TABLES_FILE, scripts_of
from dsql_tui.schema.definitions import (
    ColumnDefinition,
    ConstraintDefinition,
    ConstraintKind,
    Database,
    FunctionDefinition,
    IndexDefinition,
    SchemaDefinition,
    TableDefinition,
    ViewDefinition,
)


def function(name: str) -> FunctionDefinition:
    return FunctionDefinition("app", name, "", f"CREATE OR REPLACE FUNCTION app.{name}() …")


def test_what_tables_need_comes_before_the_rows_and_all_else_after_them() -> None:
    link = ConstraintDefinition(
        "fk", ConstraintKind.FOREIGN_KEY, "FOREIGN KEY (a) REFERENCES app.t(a)",
        columns=("a",), target=("app", "t"),
    )  # fmt: skip
    table = TableDefinition(
        "app",
        "t",
        (ColumnDefinition("a", "integer"),),
        (link,),
        (IndexDefinition("i", False, "(app.of_index(a))"),),
    )
    view = ViewDefinition("app", "v", "SELECT a FROM app.t")
    late, of_default, of_index = function("late"), function("of_default"), function("of_index")
    database = Database(
        (SchemaDefinition("app"), table, view, late, of_default, of_index),
        {table.key: frozenset({of_default.key}), view.key: frozenset({table.key})},
    )
    scripts = scripts_of(database)
    first, after = scripts[TABLES_FILE], scripts[AFTER_FILE]
    for text in ("CREATE SCHEMA app;", "CREATE TABLE app.t", "app.of_default()", "app.of_index()"):
        assert text in first
        assert text not in after
    index, link_, view_, late_ = (
        after.index(text)
        for text in ("CREATE INDEX ASYNC i", "ADD CONSTRAINT fk", "CREATE VIEW app.v", "app.late()")
    )
    assert index < link_ < min(view_, late_)
    assert not any(text in first for text in ("ASYNC", "FOREIGN", "VIEW", "app.late()"))
