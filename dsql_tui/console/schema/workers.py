"""Functions that read the catalogs in worker threads.

Plain functions that take a resource, inputs and `post`, and use no widget; a function with a single
result returns it instead. Errors of this package become messages; a bug ends the program.
"""

from __future__ import annotations

from contextlib import suppress

from dsql_tui.console.messages.catalog import (
    CatalogFailed,
    DetailsArrived,
    NamesArrived,
    RelationsArrived,
    SchemasArrived,
)
from dsql_tui.console.session.sessions import SessionPair
from dsql_tui.console.shared.services import OpenSession, Services
from dsql_tui.console.shared.ui import Post
from dsql_tui.errors import DsqlTuiError, StatementError
from dsql_tui.model.catalog import SchemaContents
from dsql_tui.model.job import Job
from dsql_tui.model.relation import Relation
from dsql_tui.sql.completion.complete import Completer


def read_schemas(pair: SessionPair, post: Post) -> None:
    """Post the schemas."""
    try:
        with pair.catalog() as session:
            schemas = pair.services.schemas(session)
    except DsqlTuiError as error:
        post(CatalogFailed(pair.endpoint, "", error))
    else:
        post(SchemasArrived(pair.endpoint, schemas))


def read_relations(pair: SessionPair, schema: str, post: Post) -> None:
    """Post the contents of a schema."""
    try:
        with pair.catalog() as session:
            contents = _contents(pair.services, session, schema)
    except DsqlTuiError as error:
        post(CatalogFailed(pair.endpoint, schema, error))
    else:
        post(RelationsArrived(pair.endpoint, schema, contents))


def _contents(services: Services, session: OpenSession, schema: str) -> SchemaContents:
    """Return what a schema holds; its relations alone where the functions may not be read."""
    relations = tuple(services.relations(session, schema))
    try:
        return SchemaContents(relations, tuple(services.functions(session, schema)))
    except StatementError as error:
        return SchemaContents(relations, problem=error.message)


def read_details(pair: SessionPair, relation: Relation, post: Post) -> None:
    """Post a relation's columns, indexes and constraints."""
    try:
        with pair.catalog() as session:
            details = pair.services.relation_details(session, relation)
    except DsqlTuiError as error:
        post(CatalogFailed(pair.endpoint, f"{relation.schema}.{relation.name}", error))
    else:
        post(DetailsArrived(pair.endpoint, relation, details))


def read_names(pair: SessionPair, post: Post) -> None:
    """Post a completer over the names of the database; keywords only if they cannot be read."""
    with suppress(DsqlTuiError), pair.catalog() as session:
        post(NamesArrived(pair.endpoint, Completer(pair.services.names(session))))


def read_jobs(pair: SessionPair) -> list[Job]:
    """Return the cluster's asynchronous jobs.

    Raises:
        DsqlTuiError: They cannot be read.
    """
    with pair.catalog() as session:
        return pair.services.jobs(session)
