"""What workers run: plain functions that take a resource, inputs and `post`, and see no widget.

Errors of ours become messages; anything else is a bug and ends the program with its traceback.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from textual.message import Message

from dsql_tui.console.buffers import Buffer, Target
from dsql_tui.console.head_start import HeadStart
from dsql_tui.console.memory import Memory
from dsql_tui.console.messages import (
    CancelDelivered,
    CancelFailed,
    CatalogFailed,
    CheckFailed,
    ChecksArrived,
    ClusterFound,
    ClusterMissing,
    DetailsArrived,
    FileFailed,
    FileInTheWay,
    FileLookedAt,
    FileRead,
    FileWritten,
    FixArrived,
    HistoryFound,
    JobsArrived,
    ListingAdvanced,
    ListingEnded,
    ListingStarted,
    LocalFailed,
    LocalStarted,
    NamesArrived,
    PeerFound,
    PeerMissing,
    ProfilesFailed,
    ProfilesRead,
    RelationsArrived,
    SchemasArrived,
    SessionFailed,
    SessionOpened,
    SignInFound,
    SnippetsFound,
    TargetFound,
    TargetMissing,
    TokenGenerated,
)
from dsql_tui.console.services import OpenSession, Services, StartLocal
from dsql_tui.console.sessions import SessionPair
from dsql_tui.errors import AwsError, ConfigError, DsqlTuiError, InputError, SessionLost
from dsql_tui.model.checkup import Finding
from dsql_tui.model.endpoint import Endpoint
from dsql_tui.model.relation import Relation
from dsql_tui.sql import lint
from dsql_tui.sql.complete import Completer
from dsql_tui.sql.files import EDITOR_MAX_BYTES, in_the_way, read_sql, snippets, write_sql

Post = Callable[[Message], object]
"""Hands a message to the screen; safe from any thread."""


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


def find_cluster(services: Services, text: str, post: Post) -> None:
    """Post the cluster that was named at the start, or why there is none."""
    try:
        post(ClusterFound(services.find_cluster(text)))
    except DsqlTuiError as error:
        post(ClusterMissing(error))


def find_target(services: Services, target: Target, post: Post) -> None:
    """Post the cluster that a tab was opened for, or why it cannot be found."""
    if target.profile != services.profile.name:
        services = services.with_profile(target.profile, (target.region,))
    try:
        post(TargetFound(services, services.find_cluster(target.arn)))
    except DsqlTuiError as error:
        post(TargetMissing(error))


def find_peer(services: Services, arn: str, role: str, post: Post) -> None:
    """Post the other endpoint of a pair, or why it cannot be found."""
    try:
        post(PeerFound(services, services.find_cluster(arn), role))
    except DsqlTuiError as error:
        post(PeerMissing(error))


def start_local(services: Services, start: StartLocal, post: Post) -> None:
    """Start the local DSQL and post the services that reach it."""
    try:
        post(LocalStarted(services.reaching(start())))
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


def read_names(pair: SessionPair, post: Post) -> None:
    """Post a completer over the names of the database; without them keywords are offered."""
    with suppress(DsqlTuiError), pair.catalog() as session:
        post(NamesArrived(pair.endpoint, Completer(pair.services.names(session))))


def check_text(buffer: str, text: str, post: Post) -> None:
    """Post what the linter says about a buffer."""
    try:
        post(ChecksArrived(buffer, text, lint.check(text)))
    except InputError as error:
        post(CheckFailed(error))


def find_fix(text: str, finding: lint.Finding, post: Post) -> None:
    """Post what a finding's fix would write."""
    try:
        post(FixArrived(text, finding, lint.fix(text, finding)))
    except InputError as error:
        post(CheckFailed(error))


def read_jobs(pair: SessionPair, post: Post) -> None:
    """Post the cluster's asynchronous jobs."""
    try:
        with pair.catalog() as session:
            found = pair.services.jobs(session)
    except DsqlTuiError as error:
        post(CheckFailed(error))
    else:
        post(JobsArrived(pair.endpoint, found))


def recall(services: Services, pattern: str, marked: bool, post: Post) -> None:
    """Post what fits of the history."""
    post(HistoryFound(pattern, services.recall(pattern, marked=marked)))


def read_snippets(folder: Path, post: Post) -> None:
    """Post the snippets of the repository that a folder is in."""
    post(SnippetsFound(snippets(folder)))


def read_file(path: Path, post: Post) -> None:
    """Post a SQL file's text."""
    try:
        post(FileRead(path, read_sql(path, size_max=EDITOR_MAX_BYTES)))
    except InputError as error:
        post(FileFailed(error))


def look_at_file(buffer: str, path: Path, post: Post) -> None:
    """Post what the file of a restored tab holds now."""
    try:
        post(FileLookedAt(buffer, read_sql(path, size_max=EDITOR_MAX_BYTES)))
    except InputError:
        post(FileLookedAt(buffer, None))


@dataclass(frozen=True, slots=True)
class Writing:
    """A buffer that goes into a file.

    Attributes:
        buffer: Key of its tab.
        path: The file.
        text: What is written.
        known: What the file held when it was read or written last, as far as that is known.
        own: Whether the buffer came from this file.
        sure: Write even if that replaces what nobody has seen here.
    """

    buffer: str
    path: Path
    text: str
    known: str | None = None
    own: bool = False
    sure: bool = False


def write_file(writing: Writing, post: Post) -> None:
    """Write a SQL file as a whole, unless something would be lost unseen."""
    buffer, path, text = writing.buffer, writing.path, writing.text
    try:
        reason = "" if writing.sure else in_the_way(path, text, writing.known, own=writing.own)
        if reason:
            post(FileInTheWay(buffer, path, text, reason))
            return
        write_sql(path, text)
    except InputError as error:
        post(FileFailed(error))
    else:
        post(FileWritten(buffer, path, text))


def keep_buffers(memory: Memory, buffers: Sequence[Buffer], post: Post) -> None:  # noqa: ARG001
    """Write the open tabs down for the next start."""
    memory.keep_buffers(buffers)


def examine(services: Services, endpoint: Endpoint, found: Callable[[Finding], object]) -> None:
    """Hand on what the doctor finds, a step at a time."""
    for finding in services.examine(endpoint):
        found(finding)


def close_pairs(pairs: Sequence[SessionPair]) -> None:
    """Cancel what runs and close the sessions; never fails."""
    for pair in pairs:
        pair.close()
