"""The schema pane by keys: groups, refresh, filter, width."""

from __future__ import annotations

from dsql_tui.errors import StatementError
from dsql_tui.model.catalog import NamedFunction
from tests.support.desk import Desk, desk
from tests.support.fakes import FakeServices


async def open_schema(console: Desk) -> None:
    await console.connect()
    await console.press("shift+f2")


def schema_lines(console: Desk) -> list[str]:
    """Return the lines of the schema pane, without its frame."""
    lines = console.screen().splitlines()
    top = next(number for number, line in enumerate(lines) if "─ Schema ─" in line)
    inner = [line.partition("│")[2].partition("│")[0] for line in lines[top + 1 :]]
    return [" ".join(line.split()) for line in inner if line.strip()]


async def test_a_table_is_grouped_into_columns_indexes_and_constraints() -> None:
    async with desk() as console:
        await open_schema(console)
        await console.press("down", "down", "right")
        lines = schema_lines(console)
        columns = next(n for n, line in enumerate(lines) if line.startswith("▾ Columns"))
        assert "customer_id" in " ".join(lines[columns:])
        assert any(line.startswith("▸ Indexes") for line in lines)
        assert not any("orders_created_idx" in line for line in lines)


async def test_a_refresh_keeps_what_was_unfolded_and_the_cursor() -> None:
    async with desk() as console:
        await open_schema(console)
        await console.press("down", "down", "right", "down", "enter")
        before = schema_lines(console)
        assert any(line.startswith("▸ Columns") for line in before)
        await console.press("r")
        assert schema_lines(console) == before
        await console.press("enter")
        unfolded = schema_lines(console)
        assert any(line.startswith("▾ Columns") for line in unfolded), "the cursor stayed on it"
        await console.press("r")
        assert schema_lines(console) == unfolded


async def test_functions_of_a_schema_are_listed_shown_and_put_into_the_editor() -> None:
    services = FakeServices()
    services.function_list = [NamedFunction("public", "next_number", "(start bigint) → bigint")]
    async with desk(services) as console:
        await open_schema(console)
        assert "▸ Functions 1" in schema_lines(console)
        await console.press("slash", *"next", "enter")
        lines = schema_lines(console)
        assert any(line.startswith("next_number (start") for line in lines), "it is unfolded"
        assert not any("orders" in line for line in lines)
        await console.press("escape", "end", "up", "i")
        assert console.editor.current.text.endswith("next_number")
        await console.press("shift+f2", "enter")
        assert "AS $function$SELECT start + 1$function$;" in console.screen()
        await console.press("e")
        assert console.app.screen is console.workspace
        assert "CREATE OR REPLACE FUNCTION public.next_number" in console.editor.current.text
        await console.press("ctrl+g", *"nexnum", "enter")
        assert "LANGUAGE sql" in console.screen(), "the search finds functions, too"


async def test_tables_are_shown_where_functions_may_not_be_read() -> None:
    services = FakeServices()
    services.function_list = StatementError("permission denied for pg_proc", sqlstate="42501")
    async with desk(services) as console:
        await open_schema(console)
        lines = schema_lines(console)
        assert any(line.startswith("▸ orders") for line in lines)
        assert any(line.startswith("functions: permission") for line in lines)


async def test_the_frame_names_the_connected_cluster_its_region_and_the_role() -> None:
    async with desk() as console:
        assert "us-east-1 · admin" not in console.screen().splitlines()[-2]
        await open_schema(console)
        assert "─ shop us-east-1 · admin ─" in console.screen().splitlines()[-2]


async def test_the_filter_leaves_the_relations_whose_name_contains_it() -> None:
    async with desk() as console:
        await open_schema(console)
        everything = schema_lines(console)
        await console.press("slash", *"ord", "enter")
        filtered = " ".join(schema_lines(console))
        assert "orders" in filtered
        assert "customers" not in filtered
        await console.press("escape")
        assert schema_lines(console) == everything


async def test_the_sidebar_is_widened_and_restored() -> None:
    async with desk() as console:
        await open_schema(console)
        narrow = console.workspace.query_one("#sidebar").size.width
        await console.press("w")
        assert console.workspace.query_one("#sidebar").size.width > narrow + 20
        await console.press("w")
        assert console.workspace.query_one("#sidebar").size.width == narrow
