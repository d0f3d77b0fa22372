"""Messages about the catalogs and plans."""

from __future__ import annotations

from dataclasses import dataclass

from dsql_tui.console.messages.sessions import TabMessage, WorkspaceMessage
from dsql_tui.errors import DsqlTuiError
from dsql_tui.model.catalog import SchemaContents
from dsql_tui.model.endpoint import Endpoint
from dsql_tui.model.plan import Plan
from dsql_tui.model.relation import Relation, RelationDetails
from dsql_tui.sql.completion.complete import Completer
from dsql_tui.sql.lexing.split import Statement


@dataclass
class SchemasArrived(WorkspaceMessage):
    """Posted with the schemas of the endpoint's database."""

    endpoint: Endpoint
    schemas: list[str]


@dataclass
class RelationsWanted(WorkspaceMessage):
    """Posted when a schema was expanded for the first time."""

    endpoint: Endpoint
    schema: str


@dataclass
class RelationsArrived(WorkspaceMessage):
    """Posted with the contents of a schema."""

    endpoint: Endpoint
    schema: str
    contents: SchemaContents


@dataclass
class DetailsWanted(WorkspaceMessage):
    """Posted when a relation was expanded for the first time."""

    endpoint: Endpoint
    relation: Relation


@dataclass
class DetailsArrived(WorkspaceMessage):
    """Posted with the columns, indexes and constraints of a relation."""

    endpoint: Endpoint
    relation: Relation
    details: RelationDetails


@dataclass
class InspectRequested(WorkspaceMessage):
    """Posted to open the inspector of a relation."""

    relation: tuple[str, str]


@dataclass
class FunctionsRequested(WorkspaceMessage):
    """Posted to show the source of the functions of a name."""

    name: tuple[str, str]


@dataclass
class ChangeRequested(WorkspaceMessage):
    """Posted to change a relation's definition.

    Attributes:
        relation: Its schema and name; `None` lets the person search for it.
        part: The column or index to begin with, or empty.
    """

    relation: tuple[str, str] | None
    part: str = ""


@dataclass
class CatalogFailed(WorkspaceMessage):
    """Posted when a catalog could not be read.

    Attributes:
        branch: Which: empty for the schemas, a schema's name, or `schema.relation`.
    """

    endpoint: Endpoint
    branch: str
    error: DsqlTuiError


@dataclass
class NamesArrived(WorkspaceMessage):
    """Posted with the database's names for completion."""

    endpoint: Endpoint
    completer: Completer


@dataclass
class PlanArrived(TabMessage):
    """Posted with a statement's plan; `undone` if it ran and was rolled back."""

    statement: Statement
    plan: Plan
    undone: bool


@dataclass
class PlanFailed(TabMessage):
    """Posted when a statement could not be explained."""

    statement: Statement
    error: DsqlTuiError
