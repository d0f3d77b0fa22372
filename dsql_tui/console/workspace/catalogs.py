"""Schemas and names of the tabs' databases; tabs on one endpoint share them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from dsql_tui.console.messages.catalog import (
    CatalogFailed,
    DetailsArrived,
    DetailsWanted,
    NamesArrived,
    RelationsArrived,
    RelationsWanted,
    SchemasArrived,
)
from dsql_tui.console.run.state import TabState
from dsql_tui.console.schema.schema_pane import NOTHING, SchemaPane
from dsql_tui.console.schema.workers import read_details, read_names, read_relations, read_schemas
from dsql_tui.console.session.session_state import SessionPhase
from dsql_tui.console.session.sessions import SessionPair
from dsql_tui.console.shared.keys import with_keys
from dsql_tui.console.shared.ui import Ui
from dsql_tui.console.widgets.stack import Stack
from dsql_tui.console.workspace.open_tabs import OpenTabs
from dsql_tui.model.endpoint import Endpoint
from dsql_tui.sql.completion.complete import Completer
from dsql_tui.sql.lexing.names import schemas_in

_NOTES = {
    SessionPhase.NONE: NOTHING,
    SessionPhase.WAITING: "Not connected. Press {run.statement} to connect.",
    SessionPhase.OPENING: "Connecting…",
    SessionPhase.FAILED: "Could not connect. See Messages.",
}
"""The text shown in place of a schema that was not read, by the phase of the session."""


class CompletingEditor(Protocol):
    """The editor as this module uses it."""

    @property
    def shown(self) -> str:
        """Key of the active tab."""
        ...

    def use_completer(self, key: str, completer: Completer | None) -> None:
        """Use these names for completion in a tab; `None` means keywords only."""
        ...


class Catalogs:
    """Reads schemas over the catalog sessions and shows them.

    Args:
        ui: Runs the workers.
        tabs: The open tabs; their endpoints are read.
        schemas: A pane for each endpoint.
        editor: Completes the names.
    """

    def __init__(
        self, ui: Ui, tabs: OpenTabs, schemas: Stack[SchemaPane], editor: CompletingEditor
    ) -> None:
        self._ui = ui
        self._tabs = tabs
        self._schemas = schemas
        self._editor = editor
        self._completers: dict[Endpoint, Completer] = {}

    def refresh(self) -> None:
        """Read the schemas of the active tab again."""
        if (pair := self._tabs.front.state.pair) is not None:
            self.read(pair)

    def read(self, pair: SessionPair) -> None:
        """Read the schemas and names of an endpoint."""
        self._ui.work(read_schemas, pair, group="catalog")
        self._ui.work(read_names, pair, group="catalog")

    def read_at(self, endpoint: Endpoint) -> None:
        """Read the schemas and names of an endpoint again, while a tab uses it."""
        if (pair := self._tabs.pair_at(endpoint)) is not None:
            self.read(pair)

    def was_read(self, endpoint: Endpoint) -> bool:
        """Whether an endpoint's schemas were read."""
        return self._schemas.pane(endpoint).was_read

    def estimate_of(self, endpoint: Endpoint, relation: str) -> str:
        """Return a relation's estimated row count as text, or an empty string."""
        return self._schemas.pane(endpoint).estimate_of(relation)

    def show(self, tab: TabState) -> None:
        """Show a tab's schema and use its names for completion; remove unused schemas."""
        endpoint, in_front = tab.session.endpoint, tab.key == self._editor.shown
        if in_front:
            self._schemas.show(endpoint)
        pane, note = self._schemas.pane(endpoint), with_keys(_NOTES.get(tab.session.phase, ""))
        if note and not pane.was_read and (in_front or endpoint is not None):
            pane.clear(note)
        self.complete_in(tab)
        used = self._tabs.endpoints
        self._schemas.keep({None, *used})
        self._completers = {at: each for at, each in self._completers.items() if at in used}

    def complete_in(self, tab: TabState) -> None:
        """Complete a tab's text with the names of its endpoint, as its search path requires."""
        completer = self._completers.get(tab.session.endpoint) if tab.session.endpoint else None
        if completer is not None and tab.pair is not None:
            role = tab.pair.endpoint.role
            path = dict(tab.pair.settings).get("search_path")
            completer = completer if path is None else completer.at(schemas_in(path, role))
        self._editor.use_completer(tab.key, completer)

    def schemas_arrived(self, message: SchemasArrived) -> None:
        """Show the schemas."""
        if pane := self._pane(message.endpoint):
            pane.show_schemas(message.endpoint, message.schemas)

    def relations_wanted(self, message: RelationsWanted) -> None:
        """Read a schema that was expanded."""
        self._read_branch(message.endpoint, read_relations, message.schema)

    def relations_arrived(self, message: RelationsArrived) -> None:
        """Fill a schema."""
        if pane := self._pane(message.endpoint):
            pane.show_contents(message.schema, message.contents)

    def details_wanted(self, message: DetailsWanted) -> None:
        """Read a relation that was expanded."""
        self._read_branch(message.endpoint, read_details, message.relation)

    def details_arrived(self, message: DetailsArrived) -> None:
        """Fill a relation."""
        if pane := self._pane(message.endpoint):
            pane.show_details(message.relation, message.details)

    def failed(self, message: CatalogFailed) -> None:
        """Show why a branch cannot be read."""
        if pane := self._pane(message.endpoint):
            pane.show_failure(message.branch, message.error)

    def names_arrived(self, message: NamesArrived) -> None:
        """Use the names for completion; the identifier ranking is kept."""
        endpoint, completer = message.endpoint, message.completer
        if self._tabs.pair_at(endpoint) is None:
            return
        if (known := self._completers.get(endpoint)) is not None:
            completer.usage.update(known.usage)
        self._completers[endpoint] = completer
        for tab in self._tabs.at(endpoint):
            self.complete_in(tab.state)

    def _pane(self, endpoint: Endpoint) -> SchemaPane | None:
        """Return the pane of an endpoint, as long as a tab is on it."""
        return self._schemas.pane(endpoint) if self._tabs.pair_at(endpoint) else None

    def _read_branch(
        self, endpoint: Endpoint, worker: Callable[..., object], branch: object
    ) -> None:
        if (pair := self._tabs.pair_at(endpoint)) is not None:
            self._ui.work(worker, pair, branch, group="catalog")
