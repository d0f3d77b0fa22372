"""What workers run: plain functions that take a resource, inputs and `post`, and see no widget.

Errors of ours become messages; anything else is a bug and ends the program with its traceback.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from threading import Event

from textual.message import Message

from dsql_tui.console.messages import (
    CancelDelivered,
    CancelFailed,
    CatalogFailed,
    ClusterFound,
    ClusterMissing,
    DetailsArrived,
    ListingAdvanced,
    ListingEnded,
    ListingStarted,
    LocalFailed,
    LocalStarted,
    NoticeArrived,
    PrivilegesArrived,
    ProfilesFailed,
    ProfilesRead,
    RelationsArrived,
    ResultDescribed,
    RolesArrived,
    RolesFailed,
    RowsArrived,
    RowsPaused,
    RunEnded,
    SchemasArrived,
    SessionFailed,
    SessionOpened,
    SignInFound,
    StatementCompleted,
    StatementFailed,
    StatementStarted,
    StatementStopped,
    TokenGenerated,
)
from dsql_tui.console.services import LiveServices, OpenSession, Services, StartLocal
from dsql_tui.console.sessions import SessionPair
from dsql_tui.errors import (
    AwsError,
    ConfigError,
    DsqlTuiError,
    InputError,
    SessionLost,
    StatementError,
)
from dsql_tui.model.checkup import Finding
from dsql_tui.model.endpoint import Endpoint
from dsql_tui.model.relation import Relation
from dsql_tui.model.result import (
    Completed,
    Described,
    Notice,
    RowChunk,
    StatementEvent,
    TransactionStatus,
)
from dsql_tui.results.spill import Keeper
from dsql_tui.sql.classify import StatementKind, classify
from dsql_tui.sql.split import Statement

Post = Callable[[Message], object]
"""Hands a message to the screen; safe from any thread."""


class Gate:
    """Where a worker that has reached the row limit waits for the person."""

    def __init__(self) -> None:
        self._told = Event()
        self._enough = False

    def wait(self) -> bool:
        """Wait to be told, and return whether more is wanted."""
        self._told.wait()
        self._told.clear()
        return not self._enough

    def more(self) -> None:
        """Let the worker fetch as many rows again."""
        self._told.set()

    def enough(self) -> None:
        """Let the worker stop, now and whenever it comes here again."""
        self._enough = True
        self._told.set()


@dataclass(frozen=True, slots=True)
class Run:
    """What one press of the run key asks for.

    Attributes:
        run_id: Counts up; goes with every answer.
        statements: In order.
        row_limit: Rows of a result before asking; 0 for all.
        spill_bytes: Memory for the rows of a result; 0 is no bound.
        gate: Where the worker waits at the limit.
    """

    run_id: int
    statements: tuple[Statement, ...]
    row_limit: int = 0
    spill_bytes: int = 0
    gate: Gate = field(default_factory=Gate)


def list_clusters(services: Services, listing_id: int, post: Post) -> None:
    """Post every answer of a listing, then its end."""
    try:
        post(ListingStarted(listing_id, services.regions()))
        for event in services.list_clusters():
            post(ListingAdvanced(listing_id, event))
    except (AwsError, ConfigError) as error:
        post(ListingEnded(listing_id, error))
    else:
        post(ListingEnded(listing_id))


def find_cluster(services: Services, text: str, post: Post) -> None:
    """Post the cluster that was named at the start, or why there is none."""
    try:
        post(ClusterFound(services.find_cluster(text)))
    except DsqlTuiError as error:
        post(ClusterMissing(error))


def start_local(start: StartLocal, post: Post) -> None:
    """Start the local DSQL and post the services that reach it."""
    try:
        post(LocalStarted(LiveServices(start())))
    except DsqlTuiError as error:
        post(LocalFailed(error))


def find_sign_in(services: Services, post: Post) -> None:
    """Post how the profile is signed in again."""
    try:
        post(SignInFound(services.sso_login()))
    except DsqlTuiError as error:
        post(ProfilesFailed(error))


def read_profiles(services: Services, post: Post) -> None:
    """Post the profiles there are."""
    try:
        post(ProfilesRead(services.profile_names()))
    except DsqlTuiError as error:
        post(ProfilesFailed(error))


def open_session(pair: SessionPair, post: Post) -> OpenSession | None:
    """Return the person's session fit for a statement, posting what happened if it is a new one."""
    before = pair.current
    try:
        session = pair.user()
    except DsqlTuiError as error:
        post(SessionFailed(pair.endpoint, error))
        return None
    if session is not before:
        post(TokenGenerated(pair.endpoint, session.token))
        post(
            SessionOpened(
                pair.endpoint, session.token, session.opened_at, session.transaction_status
            )
        )
    return session


def run_statements(pair: SessionPair, run: Run, post: Post) -> None:
    """Run statements in order, posting what each answers; the first that fails ends the run."""
    session = None
    for number, statement in enumerate(run.statements, start=1):
        session = open_session(pair, post)
        if session is None or not _run_statement(session, run, number, statement, post):
            break
        if classify(statement.text).kind is StatementKind.SESSION:
            pair.remember_settings()
    status = session.transaction_status if session else TransactionStatus.IDLE
    post(RunEnded(run.run_id, status, session is not None and session.is_open))


def _run_statement(
    session: OpenSession, run: Run, number: int, statement: Statement, post: Post
) -> bool:
    """Return whether the statement ended well, with all its rows."""
    post(StatementStarted(run.run_id, number, statement))
    started = time.monotonic()
    matters = not classify(statement.text).only_reads
    try:
        with closing(session.run(statement.text, outcome_matters=matters)) as events:
            for event in _within_limit(events, run, number, post):
                post(_arrived(run.run_id, number, statement, event))
                if isinstance(event, Completed):
                    return True
        post(StatementStopped(run.run_id, number))
    except (StatementError, SessionLost, InputError) as error:
        elapsed_ms = (time.monotonic() - started) * 1_000
        post(StatementFailed(run.run_id, number, statement, error, elapsed_ms))
    return False


def _within_limit(
    events: Iterator[StatementEvent], run: Run, number: int, post: Post
) -> Iterator[StatementEvent]:
    """Yield events, waiting at the gate before a chunk beyond the row limit.

    Raises:
        InputError: The rows do not fit into the temporary file.
    """
    keeper = Keeper(run.spill_bytes)
    row_count, limit = 0, run.row_limit
    for event in events:
        if not isinstance(event, RowChunk):
            yield event
            continue
        if limit and row_count >= limit:
            post(RowsPaused(run.run_id, number))
            if not run.gate.wait():
                return
            limit += run.row_limit
        row_count += event.row_count
        yield keeper.keep(event)


def _arrived(run_id: int, number: int, statement: Statement, event: StatementEvent) -> Message:
    match event:
        case RowChunk():
            return RowsArrived(run_id, number, event)
        case Described():
            return ResultDescribed(run_id, number, event)
        case Notice():
            return NoticeArrived(run_id, number, event)
        case Completed():
            return StatementCompleted(run_id, number, statement, event)


def cancel_run(session: OpenSession, run_id: int, post: Post) -> None:
    """Ask the server to cancel; what it makes of it shows in the run itself."""
    try:
        session.request_cancel()
    except SessionLost as error:
        post(CancelFailed(run_id, error))
    else:
        post(CancelDelivered(run_id))


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


def read_roles(pair: SessionPair, post: Post) -> None:
    """Post roles and IAM mappings."""
    try:
        with pair.catalog() as session:
            catalog = pair.services.role_catalog(session)
    except DsqlTuiError as error:
        post(RolesFailed(pair.endpoint, "", error))
    else:
        post(RolesArrived(pair.endpoint, catalog))


def read_privileges(pair: SessionPair, role: str, post: Post) -> None:
    """Post what a role may do."""
    try:
        with pair.catalog() as session:
            privileges = pair.services.privileges_of(session, role)
    except DsqlTuiError as error:
        post(RolesFailed(pair.endpoint, role, error))
    else:
        post(PrivilegesArrived(pair.endpoint, role, privileges))


def examine(services: Services, endpoint: Endpoint, found: Callable[[Finding], object]) -> None:
    """Hand on what the doctor finds, a step at a time."""
    for finding in services.examine(endpoint):
        found(finding)


def close_pairs(pairs: Sequence[SessionPair]) -> None:
    """Cancel what runs and close the sessions; never fails."""
    for pair in pairs:
        pair.close()
