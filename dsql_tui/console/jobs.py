"""What workers run: plain functions that take a resource, inputs and `post`, and see no widget.

Where there is one answer they return it in place of posting. Errors of ours become
messages; anything else is a bug and ends the program with its traceback.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from dsql_tui.console.messages import (
    CancelFailed,
    CatalogFailed,
    DetailsArrived,
    HistoryFound,
    ListingAdvanced,
    ListingEnded,
    ListingStarted,
    NamesArrived,
    RelationsArrived,
    SchemasArrived,
    SessionFailed,
    SessionOpened,
    SnippetsFound,
)
from dsql_tui.console.session.sessions import SessionPair
from dsql_tui.console.shared.head_start import HeadStart
from dsql_tui.console.shared.services import OpenSession, Services
from dsql_tui.console.shared.tab_contents import Target
from dsql_tui.console.shared.ui import Post
from dsql_tui.errors import AwsError, ConfigError, DsqlTuiError, SessionLost
from dsql_tui.model.checkup import Finding
from dsql_tui.model.cluster import Cluster
from dsql_tui.model.endpoint import Endpoint
from dsql_tui.model.job import Job
from dsql_tui.model.relation import Relation
from dsql_tui.sql import snippet_files
from dsql_tui.sql.complete import Completer


def list_clusters(services: Services | HeadStart, listing_id: int, post: Post) -> None:
    """Post every answer of a listing, then its end."""
    try:
        post(ListingStarted(listing_id, services.regions()))
        for event in services.list_clusters():
            post(ListingAdvanced(listing_id, event))
    except (AwsError, ConfigError) as error:
        post(ListingEnded(listing_id, error))
    else:
        post(ListingEnded(listing_id))


def find_target(services: Services, target: Target) -> tuple[Services, Cluster]:
    """Return the cluster that a tab was opened for, and the services that reach it.

    Raises:
        DsqlTuiError: It cannot be found.
    """
    if target.profile != services.profile.name:
        services = services.with_profile(target.profile, (target.region,))
    return services, services.find_cluster(target.arn)


def read_jobs(pair: SessionPair) -> list[Job]:
    """Return the cluster's asynchronous jobs.

    Raises:
        DsqlTuiError: They cannot be read.
    """
    with pair.catalog() as session:
        return pair.services.jobs(session)


def open_session(pair: SessionPair, post: Post) -> OpenSession | None:
    """Return the person's session fit for a statement, posting what happened if it is a new one."""
    before = pair.current
    try:
        session = pair.user()
    except DsqlTuiError as error:
        post(SessionFailed(pair.endpoint, error))
        return None
    if session is not before:
        post(
            SessionOpened(
                pair.endpoint, session.token, session.opened_at, session.transaction_status
            )
        )
    return session


def cancel_run(session: OpenSession, run_id: int, post: Post) -> None:
    """Ask the server to cancel; what it makes of it shows in the run itself."""
    try:
        session.request_cancel()
    except SessionLost as error:
        post(CancelFailed(run_id, error))


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
    """Post what a schema holds."""
    try:
        with pair.catalog() as session:
            relations = pair.services.relations(session, schema)
    except DsqlTuiError as error:
        post(CatalogFailed(pair.endpoint, schema, error))
    else:
        post(RelationsArrived(pair.endpoint, schema, relations))


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
    """Post a completer over the names of the database; without them keywords are offered."""
    with suppress(DsqlTuiError), pair.catalog() as session:
        post(NamesArrived(pair.endpoint, Completer(pair.services.names(session))))


def recall(services: Services, pattern: str, marked: bool, post: Post) -> None:
    """Post what fits of the history."""
    post(HistoryFound(pattern, services.recall(pattern, marked=marked)))


def read_snippets(folder: Path, post: Post) -> None:
    """Post the snippets of the repository that a folder is in."""
    found = snippet_files.read_snippets(folder)
    post(SnippetsFound(found.snippets, found.left_out))


def examine(services: Services, endpoint: Endpoint, found: Callable[[Finding], object]) -> None:
    """Hand on what the doctor finds, a step at a time."""
    for finding in services.examine(endpoint):
        found(finding)


def close_pairs(pairs: Sequence[SessionPair]) -> None:
    """Cancel what runs and close the sessions; never fails."""
    for pair in pairs:
        pair.close()
