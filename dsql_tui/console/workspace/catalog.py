"""The schema pane and its catalog reads; tabs on one endpoint share what was read."""

from __future__ import annotations

from collections.abc import Callable

from dsql_tui.config import Config
from dsql_tui.console import jobs
from dsql_tui.console import messages as m
from dsql_tui.console.desk import Desk
from dsql_tui.console.memory import Memory
from dsql_tui.console.panes.schema import NOTHING
from dsql_tui.console.services import Services
from dsql_tui.console.sessions import SessionPair
from dsql_tui.console.state import Phase
from dsql_tui.console.workspace.base import WorkspaceBase
from dsql_tui.model.endpoint import Endpoint
from dsql_tui.sql.complete import Completer

_NOTES = {
    Phase.NONE: NOTHING,
    Phase.WAITING: "Not connected yet: the first run connects.",
    Phase.OPENING: "Connecting…",
    Phase.FAILED: "Not connected. The messages say why.",
}
"""What stands in place of a schema that was not read, by the phase of the session."""


class Catalog(WorkspaceBase):
    """Routes between the schema panes and the catalog sessions."""

    def __init__(self, services: Services, config: Config, memory: Memory) -> None:
        super().__init__(services, config, memory)
        self._completers: dict[Endpoint, Completer] = {}

    def action_refresh_schema(self) -> None:
        """Read the schemas again."""
        if (pair := self._desk.pair) is not None:
            self._read_schema(pair)

    def _read_schema(self, pair: SessionPair) -> None:
        self._work(jobs.read_schemas, pair, group="catalog")
        self._work(jobs.read_names, pair, group="catalog")

    def _show_catalog(self, desk: Desk) -> None:
        """Show a tab's schema and complete from its names; let go of those nobody is on."""
        endpoint, in_front = desk.session.endpoint, self._is_in_front(desk)
        if in_front:
            self._schemas.show(endpoint)
        pane, note = self._schemas.pane(endpoint), _NOTES.get(desk.session.phase, "")
        if note and not pane.was_read and (in_front or endpoint is not None):
            pane.clear(note)
        self._editor.use_completer(desk.key, self._completers.get(endpoint) if endpoint else None)
        used = {each.session.endpoint for each in self._desks.values()}
        self._schemas.keep({None, *used})
        self._completers = {at: each for at, each in self._completers.items() if at in used}

    def _pair_at(self, endpoint: Endpoint) -> SessionPair | None:
        """Return the sessions of a tab on this endpoint, if there is one."""
        pairs = (desk.pair for desk in self._desks.values() if desk.is_at(endpoint))
        return next(pairs, None)

    def on_schemas_arrived(self, message: m.SchemasArrived) -> None:
        """Show the schemas."""
        if self._pair_at(message.endpoint):
            self._schemas.pane(message.endpoint).show_schemas(message.endpoint, message.schemas)

    def on_relations_wanted(self, message: m.RelationsWanted) -> None:
        """A schema was unfolded."""
        self._read_branch(message.endpoint, jobs.read_relations, message.schema)

    def on_relations_arrived(self, message: m.RelationsArrived) -> None:
        """Fill a schema."""
        if self._pair_at(message.endpoint):
            pane = self._schemas.pane(message.endpoint)
            pane.show_relations(message.schema, message.relations)

    def on_details_wanted(self, message: m.DetailsWanted) -> None:
        """A relation was unfolded."""
        self._read_branch(message.endpoint, jobs.read_details, message.relation)

    def _read_branch(self, endpoint: Endpoint, job: Callable[..., object], branch: object) -> None:
        if (pair := self._pair_at(endpoint)) is not None:
            self._work(job, pair, branch, group="catalog")

    def on_details_arrived(self, message: m.DetailsArrived) -> None:
        """Fill a relation."""
        if self._pair_at(message.endpoint):
            pane = self._schemas.pane(message.endpoint)
            pane.show_details(message.relation, message.details)

    def on_catalog_failed(self, message: m.CatalogFailed) -> None:
        """Say why a branch cannot be read."""
        if self._pair_at(message.endpoint):
            self._schemas.pane(message.endpoint).show_failure(message.branch, message.error)

    def on_names_arrived(self, message: m.NamesArrived) -> None:
        """Completion knows the names; what it has learnt is kept."""
        endpoint, completer = message.endpoint, message.completer
        if self._pair_at(endpoint) is None:
            return
        if (known := self._completers.get(endpoint)) is not None:
            completer.usage.update(known.usage)
        self._completers[endpoint] = completer
        for desk in self._desks.values():
            if desk.is_at(endpoint):
                self._editor.use_completer(desk.key, completer)

    def action_suggest(self) -> None:
        """Show suggestions at the cursor."""
        self._editor.suggest()

    def on_insert_requested(self, message: m.InsertRequested) -> None:
        """A name from the schema goes to the cursor."""
        self._editor.insert(message.text)
