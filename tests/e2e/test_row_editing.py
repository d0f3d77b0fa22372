"""Rows edited by keys in the console, on the local DSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing

import pytest
from textual.widgets import TextArea

from dsql_tui.aws.clusters import find_cluster
from dsql_tui.aws.session import AwsSession
from dsql_tui.aws.tokens import generate_token
from dsql_tui.config import Config
from dsql_tui.console.app.app import ConsoleApp
from dsql_tui.console.results.result_pane import ResultPane
from dsql_tui.console.results.row_editing.dialogs import (
    BooleanDialog,
    RowDiffersDialog,
    ValueDialog,
)
from dsql_tui.console.results.row_editing.field import CellField
from dsql_tui.console.results.row_editing.review import ReviewChangesDialog
from dsql_tui.console.session.session_state import SessionPhase
from dsql_tui.console.shared.preferences import InMemoryStore, Preferences
from dsql_tui.console.shared.services import LiveServices
from dsql_tui.console.widgets.confirm import ConfirmDialog
from dsql_tui.local.process.server_info import ServerInfo
from dsql_tui.pg.session import Session
from dsql_tui.rows.saved import from_text
from tests.support.desk import WIDE, LiveDesk
from tests.support.local_dsql import profile_of

QUERY = "select id, status, total, paid, data, note from pay.orders order by id"


@pytest.fixture(scope="module")
def other(local_dsql: ServerInfo) -> Iterator[Session]:
    """Give another session on the cluster, which has made the table."""
    aws = AwsSession(profile_of(local_dsql))
    endpoint = find_cluster(aws, aws.regions, "todos-dev@us-east-1").endpoint(aws.profile)
    with closing(Session.open(endpoint, generate_token(aws, endpoint))) as session:
        session.fetch("CREATE SCHEMA pay")
        session.fetch(
            "CREATE TABLE pay.orders (id int PRIMARY KEY, status text DEFAULT 'new',"
            " total numeric(10,2), paid boolean, data jsonb, note text)"
        )
        yield session
        session.fetch("DROP SCHEMA pay CASCADE")


@pytest.fixture
def orders(other: Session) -> Session:
    other.fetch("DELETE FROM pay.orders")
    other.fetch(
        "INSERT INTO pay.orders VALUES (1, 'paid', 10, true, '{\"a\": 1}', 'gift'),"
        " (2, 'paid', 20, false, NULL, ''), (3, 'sent', 30, NULL, '[]', NULL)"
    )
    return other


@asynccontextmanager
async def console_with(
    info: ServerInfo, query: str = QUERY, tabs: InMemoryStore | None = None
) -> AsyncIterator[LiveDesk]:
    """Open the console on the cluster, run a query and focus its result."""
    services, preferences = LiveServices(profile_of(info)), Preferences(tab_store=tabs)
    app = ConsoleApp(services, Config(), preferences, cluster="todos-dev")
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        desk = LiveDesk(pilot)
        await desk.until(lambda: app.screen is app.workspace)
        await desk.until(lambda: desk.workspace.session.phase is SessionPhase.OPEN)
        await desk.settle()
        await desk.run(query)
        pane(desk).grid.focus()
        try:
            yield desk
        finally:
            for pair in app.release():
                pair.close()


def pane(desk: LiveDesk) -> ResultPane:
    (shown,) = [
        each for each in desk.workspace.query(ResultPane) if each.display and each.is_attached
    ]
    return shown


def field(desk: LiveDesk) -> CellField:
    return pane(desk).query_one(CellField)


async def opened(desk: LiveDesk) -> CellField:
    await desk.press("E")
    await desk.until(lambda: bool(field(desk).display and field(desk).has_focus))
    return field(desk)


async def typed(desk: LiveDesk, text: str, *keys: str) -> None:
    """Replace the text of the cell's field."""
    await desk.press("ctrl+u", *text, *(keys or ("enter",)))
    await desk.until(lambda: not field(desk).display)


async def edited(desk: LiveDesk, text: str, *keys: str) -> None:
    await opened(desk)
    await typed(desk, text, *keys)


async def reviewed(desk: LiveDesk) -> ReviewChangesDialog:
    await desk.press("R")
    await desk.until(lambda: isinstance(desk.app.screen, ReviewChangesDialog))
    dialog = desk.app.screen
    assert isinstance(dialog, ReviewChangesDialog)
    return dialog


async def ran(desk: LiveDesk) -> None:
    await reviewed(desk)
    await desk.press("enter")
    await desk.until(lambda: not isinstance(desk.app.screen, ReviewChangesDialog))
    await desk.until(lambda: not desk.workspace.run_state.running)
    await desk.settle()


def statements(dialog: ReviewChangesDialog) -> list[str]:
    return [statement.text for statement in dialog._statements]


def stored(session: Session) -> list[tuple[str | None, ...]]:
    return session.fetch("SELECT * FROM pay.orders ORDER BY id")


async def test_a_cell_is_edited_in_place_reviewed_and_run(
    local_dsql: ServerInfo, orders: Session
) -> None:
    async with console_with(local_dsql) as desk:
        await desk.press("right")
        assert (await opened(desk)).value == "paid"
        await typed(desk, "sent")
        assert "→ sent" in desk.screen()
        assert "1 changed" in desk.screen()
        assert "was paid" in desk.screen()
        dialog = await reviewed(desk)
        assert statements(dialog) == [
            "UPDATE pay.orders SET status = 'sent'\n"
            "WHERE id = '1' AND status IS NOT DISTINCT FROM 'paid'\n"
            "RETURNING id, status, total, paid, data, note"
        ]
        assert "1 of 3,000 rows" in dialog.note()
        await desk.press("enter")
        await desk.until(lambda: not pane(desk).rows.stack.now)
        assert stored(orders)[0][1] == "sent"
        assert "→" not in desk.screen()
        assert pane(desk).grid.store.text(0, 1) == "sent"


async def test_null_default_and_empty_text_are_three_values(
    local_dsql: ServerInfo, orders: Session
) -> None:
    async with console_with(local_dsql) as desk:
        await desk.press("right")
        await opened(desk)
        await desk.press("ctrl+n")
        await desk.press("down")
        await opened(desk)
        await desk.press("ctrl+t")
        await desk.press("down")
        await edited(desk, "")
        assert "→ NULL" in desk.screen()
        assert "→ DEFAULT" in desk.screen()
        assert "→ ''" in desk.screen()
        await ran(desk)
        assert [row[1] for row in stored(orders)] == [None, "new", ""]


async def test_tab_stages_and_goes_on_and_the_server_checks_numbers(
    local_dsql: ServerInfo, orders: Session
) -> None:
    async with console_with(local_dsql) as desk:
        await desk.press("right")
        await opened(desk)
        await desk.press("ctrl+u", *"x", "tab")
        await desk.until(lambda: field(desk).value == "10.00")
        await desk.press("ctrl+u", *"many", "enter")
        await desk.until(lambda: field(desk).has_class("-refused"))
        assert 'invalid input syntax for type numeric: "many"' in desk.screen()
        assert field(desk).value == "many"
        await typed(desk, "7")
        assert "→ 7.00" in desk.screen()
        await ran(desk)
        assert stored(orders)[0][1:3] == ("x", "7.00")


async def test_booleans_are_chosen_and_json_is_checked_before_it_is_staged(
    local_dsql: ServerInfo, orders: Session
) -> None:
    async with console_with(local_dsql) as desk:
        await desk.press("right", "right", "right", "E")
        await desk.until(lambda: isinstance(desk.app.screen, BooleanDialog))
        await desk.press("down", "enter")
        await desk.until(lambda: not isinstance(desk.app.screen, BooleanDialog))
        await desk.press("right", "E")
        await desk.until(lambda: isinstance(desk.app.screen, ValueDialog))
        area = desk.app.screen.query_one(TextArea)
        area.text = '{"a": }'
        await desk.press("ctrl+s")
        assert "Not valid JSON" in desk.screen()
        area.text = '{"a": 2}'
        await desk.press("ctrl+s")
        await desk.until(lambda: not isinstance(desk.app.screen, ValueDialog))
        await ran(desk)
        assert stored(orders)[0][3:5] == ("f", '{"a": 2}')


async def test_rows_are_added_duplicated_and_deleted(
    local_dsql: ServerInfo, orders: Session
) -> None:
    async with console_with(local_dsql) as desk:
        await desk.press("D")
        await desk.until(lambda: "1 to delete" in desk.screen())
        await desk.press("down", "A")
        await desk.until(lambda: "1 added" in desk.screen())
        await edited(desk, "7")
        await desk.press("a")
        await desk.until(lambda: "2 added" in desk.screen())
        assert "('new'::text)" in desk.screen()
        await edited(desk, "8")
        await ran(desk)
        assert stored(orders) == [
            ("2", "paid", "20.00", "f", None, ""),
            ("3", "sent", "30.00", None, "[]", None),
            ("7", "paid", "20.00", "f", None, ""),
            ("8", "new", None, None, None, None),
        ]
        grid = pane(desk).grid
        assert [grid.store.text(row, 0) for row in range(grid.row_count)] == ["2", "3", "7", "8"]


async def test_edits_are_undone_and_stay_with_their_rows_when_sorted(
    local_dsql: ServerInfo, orders: Session
) -> None:
    async with console_with(local_dsql) as desk:
        await desk.press("right")
        await edited(desk, "first")
        await desk.press("left", "s", "s")
        await desk.settle()
        lines = [line for line in desk.screen().splitlines() if "→ first" in line]
        assert len(lines) == 1
        assert "~  1" in lines[0]
        await desk.press("U")
        assert "→ first" not in desk.screen()
        await desk.press("Z")
        assert "→ first" in desk.screen()
        await ran(desk)
        assert stored(orders)[0][1] == "first"
        assert [pane(desk).grid.stored(row) for row in range(3)] == [2, 1, 0]


async def test_a_block_is_pasted_over_the_selection(
    local_dsql: ServerInfo, orders: Session
) -> None:
    async with console_with(local_dsql) as desk:
        desk.app.copy_to_clipboard("a\t1\nb\t\n")
        await desk.press("right", "I")
        await desk.until(lambda: "2 changed" in desk.screen())
        await desk.press("down", "down", "I")
        await desk.until(lambda: "Add rows first" in desk.screen())
        await ran(desk)
        assert [row[1:3] for row in stored(orders)] == [
            ("a", "1.00"),
            ("b", None),
            ("sent", "30.00"),
        ]


async def test_one_value_is_set_in_all_selected_cells(
    local_dsql: ServerInfo, orders: Session
) -> None:
    async with console_with(local_dsql) as desk:
        await desk.press("right", "v", "down", "down")
        await edited(desk, "void")
        assert "3 changed" in desk.screen()
        await ran(desk)
        assert [row[1] for row in stored(orders)] == ["void"] * 3


async def test_a_row_changed_by_somebody_else_is_shown_reloaded_and_run(
    local_dsql: ServerInfo, orders: Session
) -> None:
    async with console_with(local_dsql) as desk:
        await desk.press("right")
        await edited(desk, "mine")
        orders.fetch("UPDATE pay.orders SET status = 'theirs' WHERE id = 1")
        await ran(desk)
        await desk.until(lambda: isinstance(desk.app.screen, RowDiffersDialog))
        assert "theirs" in desk.screen()
        assert stored(orders)[0][1] == "theirs"
        await desk.press("right", "enter")
        await desk.until(lambda: not isinstance(desk.app.screen, RowDiffersDialog))
        await desk.until(lambda: pane(desk).grid.store.text(0, 1) == "theirs")
        assert "→ mine" in desk.screen()
        await ran(desk)
        assert stored(orders)[0][1] == "mine"


async def test_a_deleted_row_and_a_refused_value_keep_the_changes_staged(
    local_dsql: ServerInfo, orders: Session
) -> None:
    async with console_with(local_dsql) as desk:
        await edited(desk, "2")
        await ran(desk)
        assert "duplicate key value" in desk.screen()
        assert "1 changed" in desk.screen()
        assert [row[0] for row in stored(orders)] == ["1", "2", "3"]
        orders.fetch("DELETE FROM pay.orders WHERE id = 1")
        await ran(desk)
        await desk.until(lambda: isinstance(desk.app.screen, RowDiffersDialog))
        assert "Row was deleted" in desk.screen()
        await desk.press("right", "enter")
        await desk.until(lambda: not pane(desk).rows.stack.now)


async def test_changes_join_an_open_transaction(local_dsql: ServerInfo, orders: Session) -> None:
    async with console_with(local_dsql) as desk:
        await desk.run("begin")
        await desk.run(QUERY)
        pane(desk).grid.focus()
        await desk.press("right")
        await edited(desk, "held")
        assert "joins the open transaction" in (await reviewed(desk)).note()
        await desk.press("enter")
        await desk.until(lambda: not pane(desk).rows.stack.now)
        assert stored(orders)[0][1] == "paid"
        assert desk.workspace.session.work is not None
        assert desk.workspace.session.work.rows_changed == 1
        await desk.press("alt+c")
        await desk.until(lambda: not desk.workspace.session.in_transaction)
        assert stored(orders)[0][1] == "held"


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("select count(*) from pay.orders", "not a table's column"),
        ("select status from pay.orders", "key columns not shown"),
        ("select a.id, b.status from pay.orders a, pay.orders b", "table occurs more than once"),
    ],
)
async def test_why_a_cell_is_read_only_is_said(
    local_dsql: ServerInfo, orders: Session, query: str, reason: str
) -> None:
    async with console_with(local_dsql, query) as desk:
        await desk.press("E")
        await desk.until(lambda: f"Cannot edit: {reason}." in desk.screen())
        assert f"read-only: {reason}" in pane(desk).status_words(), desk.screen()


async def test_read_only_mode_and_another_run_are_asked_about(
    local_dsql: ServerInfo, orders: Session
) -> None:
    async with console_with(local_dsql) as desk:
        await desk.press("right")
        await edited(desk, "kept")
        await desk.workspace.run_action("toggle_read_only")
        await desk.press("E")
        await desk.until(lambda: "Cannot edit: read-only mode is on." in desk.screen())
        await desk.workspace.run_action("toggle_read_only")
        await desk.workspace.run_action("run_statement")
        await desk.until(lambda: isinstance(desk.app.screen, ConfirmDialog))
        assert "1 staged change to rows" in desk.screen()
        await desk.press("escape")
        assert "→ kept" in desk.screen()
        assert desk.workspace.front.losses == "1 staged change to rows will be discarded."


async def test_the_statements_are_inserted_into_the_editor_instead(
    local_dsql: ServerInfo, orders: Session
) -> None:
    async with console_with(local_dsql) as desk:
        await desk.press("right")
        await edited(desk, "later")
        await reviewed(desk)
        await desk.press("e")
        await desk.until(lambda: "SET status = 'later'" in desk.editor.current.text)
        assert stored(orders)[0][1] == "paid"


def kept(tabs: InMemoryStore) -> int:
    """Return how many staged changes are saved with the tabs."""
    texts = (buffer.changes for buffer in Preferences(tab_store=tabs).buffers)
    return sum(len(each.rows) for text in texts for each in from_text(text) or ())


async def test_staged_changes_survive_a_console_that_is_killed(
    local_dsql: ServerInfo, orders: Session
) -> None:
    tabs = InMemoryStore()
    async with console_with(local_dsql, tabs=tabs) as desk:
        await desk.press("right")
        await edited(desk, "sent")
        await desk.press("down")
        await edited(desk, "void")
        await desk.press("down", "D", "A")
        await edited(desk, "new one")
        await desk.until(lambda: kept(tabs) == 4)
    orders.fetch("UPDATE pay.orders SET status = 'other' WHERE id = 2")
    async with console_with(local_dsql, "select 1 as one", tabs=tabs) as desk:
        assert desk.results.words_of_kept().startswith("4 staged changes to rows are kept.")
        assert kept(tabs) == 4
        await desk.run(QUERY)
        await desk.until(lambda: "2 changed, 1 added, 1 to delete" in desk.screen())
        pane(desk).grid.focus()
        await desk.press("down", "right")
        assert "refused: row has other values now" in desk.screen()
        await reviewed(desk)
        await desk.press("enter")
        await desk.until(lambda: isinstance(desk.app.screen, RowDiffersDialog))
        assert "other" in desk.screen()
        await desk.press("right", "enter")
        await desk.until(lambda: not isinstance(desk.app.screen, RowDiffersDialog))
        await desk.until(lambda: pane(desk).grid.store.text(1, 1) == "other")
        await ran(desk)
        await desk.until(lambda: kept(tabs) == 0)
    assert [row[:2] for row in stored(orders)] == [("1", "sent"), ("2", "void"), ("3", "new one")]
