"""The schema pane and its catalog reads."""

from __future__ import annotations

from dsql_tui.console import jobs
from dsql_tui.console import messages as m
from dsql_tui.console.panes.editor import EditorPane
from dsql_tui.console.panes.schema import SchemaPane
from dsql_tui.console.workspace.base import WorkspaceBase


class Catalog(WorkspaceBase):
    """Routes between the schema pane and the catalog session."""

    def action_refresh_schema(self) -> None:
        """Read the schemas again."""
        if self._pair is not None:
            self._work(jobs.read_schemas, self._pair, group="catalog")
            self._work(jobs.read_names, self._pair, group="catalog")

    def on_schemas_arrived(self, message: m.SchemasArrived) -> None:
        """Show the schemas."""
        if self._is_current(message.endpoint):
            self.query_one(SchemaPane).show_schemas(message.schemas)

    def on_relations_wanted(self, message: m.RelationsWanted) -> None:
        """A schema was unfolded."""
        self._work(jobs.read_relations, self._pair, message.schema, group="catalog")

    def on_relations_arrived(self, message: m.RelationsArrived) -> None:
        """Fill a schema."""
        if self._is_current(message.endpoint):
            self.query_one(SchemaPane).show_relations(message.schema, message.relations)

    def on_details_wanted(self, message: m.DetailsWanted) -> None:
        """A relation was unfolded."""
        self._work(jobs.read_details, self._pair, message.relation, group="catalog")

    def on_details_arrived(self, message: m.DetailsArrived) -> None:
        """Fill a relation."""
        if self._is_current(message.endpoint):
            self.query_one(SchemaPane).show_details(message.relation, message.details)

    def on_catalog_failed(self, message: m.CatalogFailed) -> None:
        """Say why a branch cannot be read."""
        if self._is_current(message.endpoint):
            self.query_one(SchemaPane).show_failure(message.branch, message.error)

    def on_names_arrived(self, message: m.NamesArrived) -> None:
        """Completion knows the names."""
        if self._is_current(message.endpoint):
            self.query_one(EditorPane).use_completer(message.completer)

    def action_suggest(self) -> None:
        """Show suggestions at the cursor."""
        self.query_one(EditorPane).suggest()

    def on_insert_requested(self, message: m.InsertRequested) -> None:
        """A name from the schema goes to the cursor."""
        self.query_one(EditorPane).insert(message.text)
