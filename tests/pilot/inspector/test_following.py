"""Following references from a result: there, on, and back to the same place."""

from __future__ import annotations

from dataclasses import replace

from dsql_tui.console.inspector.choice import ChoiceDialog
from dsql_tui.console.results.result_pane import ResultPane
from dsql_tui.model.result import Column, Completed, Described, StatementEvent
from tests.pilot.inspector.test_inspector import CUSTOMER_42, orders
from tests.support.desk import Desk, desk
from tests.support.fakes import FakeServices, answer
from tests.support.inspection_samples import CUSTOMERS_OID, ORDERS, ORDERS_TO_CUSTOMERS
from tests.support.rows import chunk

SQL = "select * from orders"
OF_42 = (
    "SELECT id, customer_id, note\nFROM public.orders\nWHERE customer_id = '42'\n"
    "ORDER BY id\nLIMIT 500"
)
COUNT = (
    "SELECT count(*)\nFROM (SELECT customer_id\nFROM public.orders\nWHERE customer_id = '42'\n"
    "LIMIT 1001) AS counted"
)


def customers() -> list[StatementEvent]:
    columns = (Column("id", 20, -1, CUSTOMERS_OID, 1), Column("name", 25, -1, CUSTOMERS_OID, 2))
    return [Described(columns), chunk(("42", "Ada")), Completed("SELECT 1", 1, 1.0, 2.0)]


def shop(count: int = 60, customer: str | None = "42") -> FakeServices:
    services = FakeServices()
    services.answers |= {
        SQL: orders(1, count, customer),
        CUSTOMER_42: customers(),
        OF_42: orders(1, 3),
        COUNT: answer([["1001"]], count="bigint"),
    }
    return services


async def run(console: Desk, *keys: str) -> ResultPane:
    """Run the statement, go to its result and press keys."""
    await console.connect()
    await console.run(SQL)
    await console.press("f4", *keys)
    return next(pane for pane in console.results.query(ResultPane) if pane.display)


async def test_a_foreign_key_opens_its_row_and_back_returns_to_the_same_place() -> None:
    async with desk(shop()) as console:
        pane = await run(console, "ampersand", *"note 1", "enter", "s", "right", *"jjjjjjjj")
        before, shown = pane.grid.state(), console.screen()
        await console.press("o")
        assert "orders › customers id=42" in console.screen()
        assert "Ada" in console.screen()
        assert "1 row" in console.screen()
        await console.press("backspace")
        assert pane.grid.state() == before
        assert console.screen() == shown
        assert "11 of 60 rows where any column contains “note 1”" in console.screen()
        await console.press("u")
        assert pane.grid.row_count == 60, "the filter can still be cleared"


async def test_referring_tables_are_counted_and_opened_and_escape_leads_back_step_by_step() -> None:
    async with desk(shop()) as console:
        pane = await run(console, "right", "o", "O")
        assert isinstance(console.app.screen, ChoiceDialog)
        assert "1,000+ rows" in console.screen()
        await console.press("enter")
        assert "orders › customers id=42 › orders customer_id=42" in console.screen()
        assert pane.grid.row_count == 3
        await console.press("escape")
        assert "orders › customers id=42" in console.screen()
        assert "Ada" in console.screen()
        await console.press("escape")
        assert "›" not in console.screen()
        assert pane.grid.row_count == 60
        assert not len(pane.trail)


async def test_a_new_run_forgets_the_trail() -> None:
    async with desk(shop()) as console:
        pane = await run(console, "right", "o")
        await console.run(SQL)
        assert "›" not in console.screen()
        assert not len(pane.trail)


async def test_null_refers_to_nothing() -> None:
    async with desk(shop(customer=None)) as console:
        pane = await run(console, "right", "o")
        assert "The column customer_id is NULL" in console.screen()
        assert not len(pane.trail)


async def test_a_column_without_a_key_is_named() -> None:
    async with desk(shop()) as console:
        await run(console, "right", "right", "o")
        assert "No foreign key starts at note" in console.screen()
        await console.press("O")
        assert "No foreign key refers to orders" in console.screen()


async def test_without_declared_keys_columns_of_the_same_name_are_offered() -> None:
    services = shop()
    services.inspections = (replace(ORDERS, references=(), relation=ORDERS.relation),)
    services.answers[SQL] = answer([["42"]], customer_id="bigint")
    async with desk(services) as console:
        pane = await run(console, "o")
        assert isinstance(console.app.screen, ChoiceDialog)
        assert "orders customer_id=42" in console.screen()
        assert "same column name" in console.screen()
        await console.press("escape")
        assert not len(pane.trail)
        await console.press("o", "enter")
        assert pane.grid.row_count == 3
        assert "result › orders customer_id=42" in console.screen()


async def test_a_table_that_refers_to_itself_is_followed_both_ways() -> None:
    services = shop()
    key = replace(
        ORDERS_TO_CUSTOMERS,
        name="orders_parent_fkey",
        target_oid=ORDERS.relation.oid,
        target=ORDERS.name,
    )
    services.inspections = (replace(ORDERS, references=(key,), referred_by=(key,)),)
    parent = OF_42.replace("customer_id = '42'", "id = '42'")
    services.answers[parent] = orders(42, 1)
    children = OF_42.replace("customer_id = '42'", "customer_id = 'o0042'")
    services.answers[children] = orders(90, 2)
    services.answers[COUNT.replace("'42'", "'o0042'")] = answer([["2"]], count="bigint")
    async with desk(services) as console:
        pane = await run(console, "right", "o")
        assert "orders › orders id=42" in console.screen()
        assert "o0042" in console.screen()
        await console.press("O", "enter")
        assert pane.grid.store.text(0, 0) == "o0090"
        assert len(pane.trail) == 2
