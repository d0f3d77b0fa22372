"""The table inspector by keys: rows by pages, the parts, copies, and the way back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from dsql_tui.console.inspector.screen import InspectorScreen
from dsql_tui.console.results.result_pane import ResultPane
from dsql_tui.errors import StatementError
from dsql_tui.model.result import Column, Completed, Described, StatementEvent
from tests.support.desk import Desk, desk
from tests.support.fakes import FakeServices, answer
from tests.support.inspection_samples import CUSTOMERS, ORDERS, ORDERS_OID, TOTALS
from tests.support.rows import chunks_of

PAGE = "SELECT id, customer_id, note\nFROM public.orders\n{}LIMIT {}"
FIRST = PAGE.format("ORDER BY id\n", 500)
COLUMNS = tuple(
    Column(name, oid, -1, ORDERS_OID, number)
    for number, (name, oid) in enumerate((("id", 2950), ("customer_id", 20), ("note", 25)), 1)
)
CUSTOMER_42 = "SELECT id, name\nFROM public.customers\nWHERE id = '42'\nORDER BY id\nLIMIT 500"


def orders(first: int, count: int, customer: str | None = "42") -> list[StatementEvent]:
    """Return rows of `orders` as the server answers them, with the origin of each column."""
    rows = [(f"o{n:04}", customer, f"note {n}") for n in range(first, first + count)]
    done = Completed(f"SELECT {count}", count, 1.0 if rows else None, 2.0)
    return [Described(COLUMNS), *chunks_of(rows, 500), done]


def shop(count: int = 3) -> FakeServices:
    services = FakeServices()
    services.answers[FIRST] = orders(1, count)
    return services


@asynccontextmanager
async def inspector(services: FakeServices, *keys: str) -> AsyncIterator[Desk]:
    """Open the shop and the inspector of its orders from the schema pane."""
    async with desk(services) as console:
        await console.connect()
        console.workspace.pane_layout.focus("schema")
        await console.press("down", "down", "enter", *keys)
        yield console


def rows_of(console: Desk) -> ResultPane:
    return console.app.screen.query_one("#rows", ResultPane)


async def test_enter_on_a_table_shows_its_rows_below_a_summary() -> None:
    async with inspector(shop()) as console:
        screen = console.screen()
        assert isinstance(console.app.screen, InspectorScreen)
    assert "orders  table · owner admin · ~1.2 k rows" in screen
    assert "What customers ordered" in screen
    assert "o0003           42  note 3" in screen
    assert "3 rows" in screen
    assert "~1.2 k rows estimated" in screen


async def test_the_right_arrow_unfolds_a_table_instead() -> None:
    async with desk(shop()) as console:
        await console.connect()
        console.workspace.pane_layout.focus("schema")
        await console.press("down", "down", "right")
        assert console.app.screen is console.workspace
        assert "customer_id" in console.screen()
        await console.press("down", "down", "enter")
        assert isinstance(console.app.screen, InspectorScreen)


@pytest.mark.parametrize("keys", [("m",), ("G",)])
async def test_the_next_page_begins_after_the_last_key(keys: tuple[str, ...]) -> None:
    services = shop(500)
    services.answers[PAGE.format("WHERE id > 'o0500'\nORDER BY id\n", 500)] = orders(501, 20)
    async with inspector(services) as console:
        assert "first 500 rows, more on the server (press m)" in console.screen()
        await console.press(*keys)
        assert rows_of(console).grid.store.row_count == 520
        assert "520 rows" in console.screen()
        assert rows_of(console).grid.cursor_row == (499 if keys == ("G",) else 0)
        await console.press("G")
        assert rows_of(console).grid.cursor_row == 519
        statements = [each for each in services.sessions[-1].ran if "FROM public.orders" in each]
        assert len(statements) == 2, "nothing is read where there is no more"


async def test_filter_and_sort_run_on_the_server_while_rows_are_missing() -> None:
    services = shop(500)
    where = "WHERE strpos(lower(note::text), 'gift') > 0\n"
    services.answers[PAGE.format(where + "ORDER BY id\n", 500)] = orders(700, 2)
    services.answers[PAGE.format(where + "ORDER BY note, id\n", 500)] = orders(750, 2)
    services.answers[PAGE.format(where + "ORDER BY note DESC, id\n", 500)] = orders(800, 2)
    async with inspector(services) as console:
        await console.press("right", "right", "ampersand", *"gift", "ctrl+o", "enter")
        assert "where note contains “gift” on the server" in console.screen()
        assert "o0700" in console.screen()
        await console.press("s")
        assert "sorted on the server" in console.screen()
        assert "▲ note" in console.screen()
        await console.press("s")
        assert "o0800" in console.screen()
        assert "▼ note" in console.screen()
        await console.press("u")
        assert "on the server" not in console.screen().replace("more on the server", "")
        assert "first 500 rows" in console.screen()


async def test_rows_that_are_all_here_are_filtered_here() -> None:
    services = shop(3)
    async with inspector(services) as console:
        await console.press("ampersand", *"note 2", "enter")
        assert "1 of 3 rows where any column contains “note 2”" in console.screen()
        assert len([each for each in services.sessions[-1].ran if "orders" in each]) == 1


async def test_a_filter_that_the_server_refuses_leaves_the_rows_as_they_are() -> None:
    services = shop(500)
    refused = "WHERE (id::text ~* 'a++' OR customer_id::text ~* 'a++' OR note::text ~* 'a++')\n"
    services.answers[PAGE.format(refused + "ORDER BY id\n", 500)] = StatementError(
        "invalid regular expression: quantifier operand invalid", sqlstate="2201B"
    )
    async with inspector(services) as console:
        await console.press("ampersand", "ctrl+r", *"a++", "enter")
        assert "quantifier operand invalid" in console.screen()
        assert "first 500 rows, more on the server" in console.screen()
        assert "contains" not in console.screen()


async def test_rows_are_counted_on_request() -> None:
    services = shop(500)
    services.answers["SELECT count(*)\nFROM public.orders"] = answer([["1204"]], count="bigint")
    async with inspector(services) as console:
        assert "counted" not in console.screen()
        await console.press("number_sign")
        assert "1,204 rows counted" in console.screen()


async def test_a_relation_without_a_key_is_read_from_the_start_and_says_so() -> None:
    services = shop()
    services.inspections = (replace(TOTALS, relation=ORDERS.relation),)
    services.answers[PAGE.format("", 500)] = orders(1, 500)
    services.answers[PAGE.format("", 1000)] = orders(1, 700)
    async with inspector(services) as console:
        assert "no primary key" in console.screen()
        assert "estimated · no key" in " · ".join(rows_of(console).status_words())
        await console.press("j", "m")
        assert "700 rows" in console.screen()
        assert rows_of(console).grid.cursor_row == 1
        assert "no key" not in " · ".join(rows_of(console).status_words())


async def test_columns_without_select_privilege_are_left_out_and_counted() -> None:
    services = shop()
    columns = (*ORDERS.columns[:2], replace(ORDERS.columns[2], is_readable=False))
    services.inspections = (replace(ORDERS, columns=columns),)
    statement = "SELECT id, customer_id\nFROM public.orders\nORDER BY id\nLIMIT 500"
    services.answers[statement] = answer([["o1", "42"]], id="uuid", customer_id="bigint")
    async with inspector(services) as console:
        assert "1 column without SELECT privilege left out" in console.screen()
        assert "o1" in console.screen()


PARTS = {
    "2": ("customer_id  bigint", "gen_random_uuid()", "Written by the customer"),
    "3": ("PRIMARY KEY (id)", "NOT VALID"),
    "4": ("INVALID", "note", "statistics"),
    "5": ("refers to", "customers", "orders_customer_fk"),
    "6": ("app_ro", "PUBLIC", "SELECT, UPDATE"),
}


@pytest.mark.parametrize("key", PARTS)
async def test_each_part_is_on_a_key(key: str) -> None:
    async with inspector(shop(), key) as console:
        screen = console.screen()
        assert all(words in screen for words in PARTS[key])
        await console.press("ctrl+pagedown", "ctrl+pageup")
        assert console.screen() == screen


@pytest.mark.parametrize(
    ("key", "sql"),
    [
        ("1", FIRST + ";\n"),
        ("2", "SELECT id,\n       customer_id,\n       note\nFROM public.orders\nLIMIT 100;\n"),
        ("4", "CREATE INDEX ASYNC orders_customer_idx ON public.orders (customer_id)"),
        ("6", "GRANT SELECT (note), UPDATE (note) ON TABLE public.orders TO PUBLIC;"),
    ],
)
async def test_each_part_goes_into_the_editor_as_sql(key: str, sql: str) -> None:
    async with inspector(shop(), key, "Q") as console:
        assert console.app.screen is console.workspace
        assert sql in console.editor.current.text


async def test_the_definition_is_shown_and_inserted_as_sql() -> None:
    services = shop()
    services.definitions["public", "orders"] = "CREATE TABLE public.orders (\n    id uuid\n);\n"
    grant = "GRANT SELECT ON TABLE public.orders TO app_ro WITH GRANT OPTION;"
    async with inspector(services, "7") as console:
        assert "CREATE TABLE public.orders (" in console.screen()
        assert "GRANT" not in console.screen()
        await console.press("G")
        assert grant in console.screen()
        await console.press("G")
        assert "GRANT" not in console.screen()
        await console.press("G", "Q")
        assert console.app.screen is console.workspace
        assert "CREATE TABLE public.orders" in console.editor.current.text
        assert grant in console.editor.current.text


async def test_the_inspectors_own_keys_come_first_in_the_footer() -> None:
    async with inspector(shop()) as console:
        footer = console.screen().splitlines()[-1]
        assert footer.startswith(" Q Insert SQL  C Change  # Count rows  ")


async def test_the_name_at_the_cursor_is_opened() -> None:
    async with desk(shop()) as console:
        await console.connect()
        console.editor.current.load_text("with q as (select 1) select o.note from q, orders o")
        console.editor.current.move_cursor((0, 29))
        console.editor.current.focus()
        await console.press("alt+g")
        assert "orders  table" in console.screen()
        await console.press("escape")
        console.editor.current.move_cursor((0, 40))
        await console.press("alt+g")
        assert console.editor.current.cursor_location == (0, 5)
        console.editor.current.move_cursor((0, 0))
        await console.press("alt+g")
        assert "Put the cursor on the name of a table" in console.screen()


async def test_any_object_is_found_by_letters_of_its_name() -> None:
    services = shop()
    async with desk(services) as console:
        await console.press("ctrl+g")
        assert "Open a cluster first" in console.screen()
        await console.connect()
        await console.press("ctrl+g", *"ordr")
        assert "public.orders" in console.screen()
        assert "1 object" in console.screen()
        await console.press("enter")
        assert "orders  table" in console.screen()


async def test_a_reference_opens_the_other_table_and_escape_leads_back() -> None:
    services = shop()
    services.answers[CUSTOMER_42.replace("WHERE id = '42'\n", "")] = answer(
        [["42", "Ada"]], id="bigint", name="text"
    )
    async with inspector(services, "5", "o") as console:
        assert "customers  table" in console.screen()
        assert "Ada" in console.screen()
        await console.press("escape")
        assert "orders  table" in console.screen()
        await console.press("escape")
        assert console.app.screen is console.workspace


async def test_a_table_that_was_dropped_meanwhile_is_named() -> None:
    services = shop()
    services.inspections = ()
    async with inspector(services) as console:
        assert "does not exist, or was renamed or dropped" in console.screen()
        await console.press("1", "2", "m", "number_sign", "Q", "alt+y", "o", "escape")
        assert console.app.screen is console.workspace


async def test_refreshing_reads_again_and_keeps_the_part() -> None:
    services = shop()
    async with inspector(services, "2") as console:
        services.inspections = (replace(ORDERS, columns=ORDERS.columns[:1]), CUSTOMERS)
        await console.press("ctrl+r")
        assert "Columns 1" in console.screen()
        assert "gen_random_uuid()" in console.screen()
