"""Opens the inspector of a relation, and follows references from results."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from dsql_tui.console.editor.sql_editor import SqlEditor
from dsql_tui.console.inspector.changing import Changing
from dsql_tui.console.messages.catalog import (
    ChangeRequested,
    FunctionsRequested,
    InspectRequested,
)
from dsql_tui.console.results.result_choices import ResultChoices
from dsql_tui.console.results.result_pane import ResultPane
from dsql_tui.console.session.sessions import SessionPair
from dsql_tui.console.shared.ui import Ui
from dsql_tui.errors import DsqlTuiError
from dsql_tui.model.catalog import CatalogSnapshot
from dsql_tui.model.endpoint import Endpoint
from dsql_tui.sql.browsing.definition import NamedKind, NamedThing, thing_at
from dsql_tui.sql.lexing.names import qualified

if TYPE_CHECKING:
    from dsql_tui.console.inspector.screen import InspectorScreen


class Inspecting:
    """Shows relations of the active tab's database.

    Args:
        ui: Shows the inspector.
        pair: Returns the sessions of the active tab, or `None` without a cluster.
        choices: How values are shown.
        insert: Puts SQL into the editor.
        changing: Changes relations.
    """

    def __init__(
        self,
        ui: Ui,
        pair: Callable[[], SessionPair | None],
        choices: ResultChoices,
        insert: Callable[[str], object],
        changing: Changing,
    ) -> None:
        self._ui = ui
        self._pair = pair
        self._choices = choices
        self._insert = insert
        self._changing = changing
        self._screen: InspectorScreen | None = None

    def requested(self, message: InspectRequested) -> None:
        """Open a relation."""
        self._ui.start(self.inspect(message.relation))

    async def inspect(self, relation: tuple[str, str]) -> None:
        """Open a relation at its rows; insert the SQL that was chosen there into the editor."""
        from dsql_tui.console.inspector.screen import InspectorScreen

        if (pair := self._pair()) is None:
            self._ui.warn("Open a cluster first.")
            return
        self._screen = InspectorScreen(pair, relation, self._choices, self._changing)
        sql = await self._ui.ask(self._screen)
        self._screen = None
        if sql:
            self._insert(sql)

    def refresh(self, endpoint: Endpoint) -> None:
        """Read the open relation again after a job of its cluster has ended."""
        if self._screen is not None and self._screen.endpoint == endpoint:
            self._screen.refresh_definition()

    def functions_requested(self, message: FunctionsRequested) -> None:
        """Show the source of functions."""
        if (pair := self._pair()) is not None:
            self._ui.start(self._show_functions(pair, message.name))

    def change_requested(self, message: ChangeRequested) -> None:
        """Change a relation without opening it, or one that the person searches for."""
        if message.relation is None:
            self._ui.start(self.choose_and_change())
        else:
            self._ui.start(self._change(message.relation, message.part))

    async def choose_and_change(self) -> None:
        """Search every relation by name, and change the selected one."""
        thing = await self._chosen(NamedKind.RELATION)
        if thing is not None:
            await self._change(thing.name)

    async def _change(self, relation: tuple[str, str], part: str = "") -> None:
        from dsql_tui.console.inspector.workers import inspect_relation

        if (pair := self._pair()) is None:
            self._ui.warn("Open a cluster first.")
            return
        try:
            read = partial(inspect_relation, pair, relation)
            inspection = await self._ui.call(read, group="catalog")
        except DsqlTuiError as error:
            self._ui.warn(f"{error.message} {error.remedy}".strip())
            return
        await self._changing.change(self._ui, pair, inspection, self._insert, part)

    async def find(self) -> None:
        """Search every relation and function by name, and open the selected one."""
        thing = await self._chosen(NamedKind.RELATION, NamedKind.FUNCTION)
        if thing is not None:
            await self._open(thing)

    async def _chosen(self, *kinds: NamedKind) -> NamedThing | None:
        """Return the object of these kinds that the person selects, or `None`."""
        from dsql_tui.console.inspector.finder import FinderDialog, objects_of

        if (names := await self._names()) is None:
            return None
        objects = [each for each in objects_of(names) if each.thing.kind in kinds]
        return await self._ui.ask(FinderDialog(objects))

    async def go_to_definition(self, editor: SqlEditor) -> None:
        """Open what the name at the cursor means; for a query of WITH, go to it in the editor."""
        statements = editor.statements_at_cursor()
        names = await self._names() if statements else None
        if names is None:
            return
        statement = statements[0]
        thing = thing_at(
            statement.text, editor.offset_of(editor.cursor_location) - statement.start, names
        )
        if thing is None:
            self._ui.warn("Put the cursor on the name of a table, a column or a function.")
        elif thing.kind is NamedKind.QUERY:
            editor.go_to(statement, thing.offset + 1)
        else:
            await self._open(thing)

    async def _names(self) -> CatalogSnapshot | None:
        """Return every name of the database; `None` after a warning if they cannot be read."""
        from dsql_tui.console.inspector.workers import read_names

        if (pair := self._pair()) is None:
            self._ui.warn("Open a cluster first.")
            return None
        try:
            return await self._ui.call(partial(read_names, pair), group="catalog")
        except DsqlTuiError as error:
            self._ui.warn(f"{error.message} {error.remedy}".strip())
            return None

    async def _open(self, thing: NamedThing) -> None:
        if thing.kind is NamedKind.RELATION:
            await self.inspect(thing.name)
        elif (pair := self._pair()) is not None:
            await self._show_functions(pair, thing.name)

    async def _show_functions(self, pair: SessionPair, name: tuple[str, str]) -> None:
        from dsql_tui.console.access.pages import PagesDialog
        from dsql_tui.console.inspector.functions import pages_of
        from dsql_tui.console.inspector.workers import inspect_functions

        try:
            read = partial(inspect_functions, pair, name)
            functions = await self._ui.call(read, group="catalog")
        except DsqlTuiError as error:
            self._ui.warn(f"{error.message} {error.remedy}".strip())
            return
        dialog = PagesDialog(qualified(name), pages_of(functions), insert=self._insert)
        await self._ui.ask(dialog)

    def follow_requested(self, message: ResultPane.FollowRequested) -> None:
        """Follow a reference from a result of the active tab."""
        from dsql_tui.console.inspector.following import Following

        following = Following(self._ui, self._pair)
        self._ui.start(following.follow(message.pane, referring=message.referring))
