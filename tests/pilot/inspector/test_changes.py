"""Changing a relation by keys: menu, form, review, run; from the schema pane and the inspector."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dsql_tui.config import Config
from dsql_tui.console.access.review import ReviewDialog
from dsql_tui.console.inspector.change_dialog import ChangeFormDialog
from dsql_tui.console.inspector.choice import ChoiceDialog
from dsql_tui.console.inspector.screen import InspectorScreen
from dsql_tui.console.long_runs.batches import BatchScreen
from dsql_tui.model.inspection import InspectedColumn
from dsql_tui.model.job import Job, JobStatus
from dsql_tui.model.result import StatementEvent
from tests.pilot.inspector.test_inspector import inspector, shop
from tests.support.desk import Desk, desk
from tests.support.fakes import NOW, SHOP, tag
from tests.support.inspection_samples import ORDERS

BUILDING = Job("a" * 26, JobStatus.PROCESSING, "INDEX_BUILD", "public.orders_customer_idx", "", NOW)
ADD = "ALTER TABLE public.orders ADD COLUMN paid boolean"
MENU = (
    "Rename table",
    "Comment on table",
    "Add column",
    "Rename column",
    "Comment on column",
    "Drop column",
    "Create index",
    "Drop index",
    "Delete all rows",
    "Drop table",
)


async def select(console: Desk, label: str) -> None:
    """Select a change in the menu."""
    assert isinstance(console.app.screen, ChoiceDialog)
    await console.press(*["down"] * MENU.index(label), "enter")


async def test_a_column_is_added_from_the_inspector_which_then_shows_it() -> None:
    services = shop()

    def added(_session: object) -> Iterator[StatementEvent]:
        column = InspectedColumn(4, "paid", "boolean", nullable=True)
        services.inspections = (replace(ORDERS, columns=(*ORDERS.columns, column)),)
        return iter(tag("ALTER TABLE"))

    services.answers[ADD] = added
    async with inspector(services, "2", "C") as console:
        for label in MENU:
            assert label in console.screen()
        await select(console, "Add column")
        await console.press(*"paid", "tab", *"money")
        assert "ADD COLUMN paid money;" in console.screen(), "what would run is shown"
        assert "datatype money not supported" in console.screen()
        await console.press("ctrl+s")
        assert isinstance(console.app.screen, ChangeFormDialog), "what DSQL refuses is not sent"
        await console.press(*["backspace"] * 5, *"boolean", "ctrl+s")
        assert isinstance(console.app.screen, ReviewDialog)
        assert f"{ADD};" in console.screen()
        await console.press("enter")
        assert "1 statement done" in console.screen()
        assert services.history[0].statement == ADD
        await console.press("escape")
        assert isinstance(console.app.screen, InspectorScreen)
        assert "paid" in console.screen()


async def test_a_table_is_dropped_after_its_name_was_typed_and_the_inspector_leaves() -> None:
    services = shop()

    def dropped(_session: object) -> Iterator[StatementEvent]:
        services.inspections = ()
        return iter(tag("DROP TABLE"))

    services.answers["DROP TABLE public.orders"] = dropped
    async with inspector(services, "C") as console:
        await select(console, "Drop table")
        await console.press("ctrl+s")
        assert "DROP TABLE public.orders;" in console.screen()
        assert "Type orders" in console.screen()
        await console.press(*"orders", "ctrl+s")
        assert isinstance(console.app.screen, ReviewDialog)
        await console.press("enter")
        assert isinstance(console.app.screen, InspectorScreen), "Cancel has the focus"
        assert services.inspections
        await console.press("C")
        await select(console, "Drop table")
        await console.press(*"orders", "ctrl+s", "right", "enter", "escape")
        assert console.app.screen is console.workspace


async def test_an_index_of_the_column_at_the_cursor_is_put_into_the_editor_or_copied() -> None:
    async with desk(shop()) as console:
        await console.connect()
        console.workspace.pane_layout.focus("schema")
        await console.press("down", "down", "right", "down", "down", "down", "C")
        await select(console, "Create index")
        sql = "CREATE INDEX ASYNC orders_customer_id_idx ON public.orders (customer_id);"
        assert sql in console.screen().replace("\n", " ")
        await console.press("ctrl+s", "c", "e")
        assert console.app.screen is console.workspace
        assert console.editor.current.text.strip() == sql


async def test_an_index_is_shown_as_valid_when_its_job_has_ended() -> None:
    services = shop()
    services.job_list = [BUILDING]
    async with inspector(services, "4", "C") as console:
        assert "INVALID" in console.screen()
        await select(console, "Create index")
        await console.press("down", "down", "space", "ctrl+s", "enter", "escape")
        services.job_list = [replace(BUILDING, status=JobStatus.COMPLETED)]
        valid = tuple(replace(each, is_valid=True) for each in ORDERS.indexes)
        services.inspections = (replace(ORDERS, indexes=valid),)
        console.workspace.owners.job_watch.watch(SHOP.endpoint(services.profile, "admin"))
        await console.until(lambda: "INVALID" not in console.screen())
        assert "orders_customer_idx" in console.screen(), "the part that is shown stays"


async def test_every_row_is_deleted_in_batches() -> None:
    async with inspector(shop(), "C") as console:
        await select(console, "Delete all rows")
        assert isinstance(console.app.screen, BatchScreen)
        await console.press(*"id")
        assert "DELETE FROM public.orders" in console.screen()
        await console.press("escape")
        assert isinstance(console.app.screen, InspectorScreen)


async def test_a_change_is_found_in_the_palette_and_shown_without_being_run_where_read_only() -> (
    None
):
    async with desk(shop(), config=Config(read_only=("*",))) as console:
        await console.connect()
        await console.press("ctrl+p", *"change object", "enter")
        await console.press(*"orders", "enter")
        await select(console, "Comment on table")
        await console.press(*"Sales", "ctrl+s")
        assert isinstance(console.app.screen, ReviewDialog)
        assert "IS 'Sales';" in console.screen()
        assert "The session is read-only" in console.screen()
        await console.press("enter", "escape")
        assert not console.services.history
