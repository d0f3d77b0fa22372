"""Schemas and names, read for each endpoint."""

from __future__ import annotations

from typing import cast

from dsql_tui.console.messages.catalog import (
    CatalogFailed,
    NamesArrived,
    RelationsWanted,
    SchemasArrived,
)
from dsql_tui.console.schema.schema_pane import SchemaPane
from dsql_tui.console.widgets.stack import Stack
from dsql_tui.console.workspace.catalogs import Catalogs
from dsql_tui.errors import (
    StatementError,
)
from dsql_tui.model.catalog import CatalogSnapshot, NamedRelation
from dsql_tui.model.relation import Relation
from dsql_tui.sql.completion.complete import Completer
from tests.support.lone_tab import FakeText
from tests.support.open_tabs import Board


class FakePane:
    """A schema pane."""

    def __init__(self) -> None:
        self.was_read = False
        self.told: list[str] = []

    def clear(self, note: str) -> None:
        self.told.append(note)

    def show_schemas(self, endpoint: object, schemas: list[str]) -> None:
        self.was_read = True
        self.told.append(" ".join(schemas))

    def show_relations(self, schema: str, relations: list[Relation]) -> None:
        self.told.append(schema)

    def show_failure(self, branch: str, error: object) -> None:
        self.told.append(f"failed {branch}")


class FakeStack:
    """A schema pane for each endpoint."""

    def __init__(self) -> None:
        self.panes: dict[object, FakePane] = {}
        self.front: object = None

    def pane(self, key: object) -> FakePane:
        return self.panes.setdefault(key, FakePane())

    def show(self, key: object) -> FakePane:
        self.front = key
        return self.pane(key)

    def keep(self, keys: set[object]) -> None:
        self.panes = {key: pane for key, pane in self.panes.items() if key in keys}


class CompletingText(FakeText):
    """The editor, completing."""

    def __init__(self) -> None:
        super().__init__()
        self.completing: dict[str, object] = {}

    def use_completer(self, key: str, completer: object) -> None:
        self.completing[key] = completer


def catalogs_of(board: Board) -> tuple[Catalogs, FakeStack, CompletingText]:
    stack, text = FakeStack(), CompletingText()
    schemas = cast("Stack[SchemaPane]", stack)
    return Catalogs(board.ui, board.tabs, schemas, text), stack, text


async def test_schemas_are_read_shown_and_released(board: Board) -> None:
    lone = await board.connect()
    catalogs, stack, text = catalogs_of(board)
    catalogs.refresh()
    for message in board.ui.posted:
        match message:
            case SchemasArrived():
                catalogs.schemas_arrived(message)
            case NamesArrived():
                catalogs.names_arrived(message)
    endpoint = lone.state.session.endpoint
    assert endpoint is not None
    assert stack.pane(endpoint).told == ["public sys"]
    assert catalogs.was_read(endpoint)
    assert text.completing["buffer-1"] is not None
    lone.tab.connection.leave()
    catalogs.show(lone.state)
    assert endpoint not in stack.panes
    assert text.completing["buffer-1"] is None


async def test_names_are_completed_as_the_search_path_of_the_session_requires(
    board: Board,
) -> None:
    lone = await board.connect()
    catalogs, _, text = catalogs_of(board)
    state = lone.state
    assert state.pair is not None
    audit = NamedRelation("audit", "events")
    completer = Completer(CatalogSnapshot(relations=(audit,), search_path=("public",)))
    catalogs.names_arrived(NamesArrived(state.pair.endpoint, completer))

    def offered() -> str:
        completing = cast("Completer", text.completing["buffer-1"])
        return completing.complete("select * from ev", 16).items[0].text

    assert offered() == "audit.events"
    state.pair.settings = (("search_path", '"$user", "audit"'),)
    catalogs.complete_in(state)
    assert offered() == "events"
    state.pair.settings = ()
    catalogs.complete_in(state)
    assert offered() == "audit.events"


async def test_a_catalog_of_an_endpoint_that_no_tab_uses_is_dropped(board: Board) -> None:
    lone = await board.connect()
    catalogs, stack, _ = catalogs_of(board)
    endpoint = lone.state.session.endpoint
    assert endpoint is not None
    lone.tab.connection.leave()
    error = StatementError("no", sqlstate="42501")
    catalogs.schemas_arrived(SchemasArrived(endpoint, ["public"]))
    catalogs.failed(CatalogFailed(endpoint, "", error))
    catalogs.relations_wanted(RelationsWanted(endpoint, "public"))
    assert stack.panes == {}
    assert board.ui.posted == []
