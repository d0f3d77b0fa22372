"""The scripts of an import: before the rows, and after them."""

from __future__ import annotations

from dsql_tui.migrate.scripts import KEYS_FILE, PROGRAMS_FILE, TABLES_FILE, scripts_of
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
    assert list(scripts) == [TABLES_FILE, KEYS_FILE, PROGRAMS_FILE]
    first, keys, programs = scripts.values()
    for text in ("CREATE SCHEMA app;", "CREATE TABLE app.t", "app.of_default()", "app.of_index()"):
        assert text in first
        assert text not in keys + programs
    assert keys.index("CREATE INDEX ASYNC i") < keys.index("ADD CONSTRAINT fk")
    assert "CREATE VIEW app.v" in programs
    assert "app.late()" in programs
    assert not any(text in first for text in ("ASYNC", "FOREIGN", "VIEW", "app.late()"))
