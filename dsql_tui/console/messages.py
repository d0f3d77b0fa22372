"""Every message that crosses panes. Wishes end in `Requested`; facts are past tense.

Workers post facts and know no widget; panes post wishes and know no other pane. The workspace is
the one switchboard between them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from textual.message import Message

from dsql_tui.console.services import Services
from dsql_tui.errors import (
    DsqlTuiError,
    InputError,
    OccConflict,
    SessionLost,
    StatementError,
)
from dsql_tui.history import Run
from dsql_tui.model.cluster import Cluster, ListingEvent
from dsql_tui.model.endpoint import Endpoint
from dsql_tui.model.job import Job
from dsql_tui.model.plan import Plan
from dsql_tui.model.relation import Relation, RelationDetails
from dsql_tui.model.result import (
    Completed,
    Described,
    Notice,
    RowChunk,
    TransactionStatus,
)
from dsql_tui.model.token import AuthToken
from dsql_tui.sql.complete import Completer
from dsql_tui.sql.lint import Finding, Fix
from dsql_tui.sql.split import Statement

# Clusters


@dataclass
class ListingAdvanced(Message):
    """A Region or a cluster has answered."""

    listing_id: int
    event: ListingEvent


@dataclass
class ListingStarted(Message):
    """These Regions are being asked."""

    listing_id: int
    regions: tuple[str, ...]


@dataclass
class ListingEnded(Message):
    """Every Region has answered, or none could be asked because of `error`."""

    listing_id: int
    error: DsqlTuiError | None = None


@dataclass
class ClusterChosen(Message):
    """The person wants a session on this cluster."""

    cluster: Cluster


@dataclass
class ClusterFound(Message):
    """The cluster named at the start exists."""

    cluster: Cluster


@dataclass
class ClusterMissing(Message):
    """The cluster named at the start could not be found."""

    error: DsqlTuiError


@dataclass
class PeerFound(Message):
    """The other endpoint of the cluster, and the role to become there."""

    cluster: Cluster
    role: str


@dataclass
class PeerMissing(Message):
    """The other endpoint could not be found."""

    error: DsqlTuiError


@dataclass
class RefreshRequested(Message):
    """The person wants a pane's list to be read again; `pane` is its id."""

    pane: str


@dataclass
class LocalStarted(Message):
    """The local DSQL is up and reached by these services."""

    services: Services


@dataclass
class LocalFailed(Message):
    """The local DSQL could not be started."""

    error: DsqlTuiError


@dataclass
class SignInFound(Message):
    """How the profile is signed in again: a command, empty when it does not use SSO."""

    command: tuple[str, ...]


@dataclass
class ProfilesRead(Message):
    """The profiles of the AWS configuration."""

    names: tuple[str, ...]


@dataclass
class ProfilesFailed(Message):
    """The AWS configuration cannot be read."""

    error: DsqlTuiError


# Sessions


@dataclass
class TokenGenerated(Message):
    """A token was signed; the session is being opened with it."""

    endpoint: Endpoint
    token: AuthToken


@dataclass
class SessionOpened(Message):
    """The person's session on `endpoint` is open."""

    endpoint: Endpoint
    token: AuthToken
    opened_at: datetime
    transaction: TransactionStatus = TransactionStatus.IDLE


@dataclass
class SessionEnding(Message):
    """The session ends soon and holds a transaction, so it cannot be replaced."""


@dataclass
class SessionFailed(Message):
    """The person's session could not be opened, or ended."""

    endpoint: Endpoint
    error: DsqlTuiError


# Statements


@dataclass
class RunRequested(Message):
    """The person wants these statements to run, in order.

    Attributes:
        statements: Offsets count from the start of the editor's text.
    """

    statements: tuple[Statement, ...]


@dataclass
class StatementStarted(Message):
    """The `number`-th statement of the run (from 1) was sent."""

    run_id: int
    number: int
    statement: Statement


@dataclass
class ResultDescribed(Message):
    """A result set begins."""

    run_id: int
    number: int
    described: Described


@dataclass
class RowsArrived(Message):
    """Rows of the result set described last."""

    run_id: int
    number: int
    chunk: RowChunk


@dataclass
class RowsPaused(Message):
    """The row limit is reached and the server has more; the worker waits at the run's gate."""

    run_id: int
    number: int


@dataclass
class StatementStopped(Message):
    """The person wanted no more rows; the rest stayed on the server."""

    run_id: int
    number: int


@dataclass
class NoticeArrived(Message):
    """The server said something beside the answer."""

    run_id: int
    number: int
    notice: Notice


@dataclass
class StatementCompleted(Message):
    """The statement has ended well."""

    run_id: int
    number: int
    statement: Statement
    completed: Completed
    transaction: TransactionStatus


@dataclass
class StatementFailed(Message):
    """The statement was refused, cancelled, or lost with its session."""

    run_id: int
    number: int
    statement: Statement
    error: StatementError | SessionLost | InputError
    elapsed_ms: float
    transaction: TransactionStatus


@dataclass
class StatementRetried(Message):
    """The statement lost against another transaction and runs again; nothing of it was kept."""

    run_id: int
    number: int
    attempt: int
    error: OccConflict


@dataclass
class RunAgainRequested(Message):
    """The person wants the statements of a lost transaction to run once more."""

    statements: tuple[str, ...]


@dataclass
class RunEnded(Message):
    """The worker is done with the run, one way or another."""

    run_id: int
    transaction: TransactionStatus
    session_open: bool


@dataclass
class CancelDelivered(Message):
    """The server has the cancel request; it has not confirmed anything yet."""

    run_id: int


@dataclass
class CancelFailed(Message):
    """The cancel request did not reach the server."""

    run_id: int
    error: DsqlTuiError


# Catalog


@dataclass
class SchemasArrived(Message):
    """The schemas of the endpoint's database."""

    endpoint: Endpoint
    schemas: list[str]


@dataclass
class RelationsWanted(Message):
    """A schema was unfolded for the first time."""

    schema: str


@dataclass
class RelationsArrived(Message):
    """What a schema holds."""

    endpoint: Endpoint
    schema: str
    relations: list[Relation]


@dataclass
class DetailsWanted(Message):
    """A relation was unfolded for the first time."""

    relation: Relation


@dataclass
class DetailsArrived(Message):
    """Columns, indexes and constraints of a relation."""

    endpoint: Endpoint
    relation: Relation
    details: RelationDetails


@dataclass
class CatalogFailed(Message):
    """A catalog could not be read.

    Attributes:
        branch: Which: empty for the schemas, a schema's name, or `schema.relation`.
    """

    endpoint: Endpoint
    branch: str
    error: DsqlTuiError


@dataclass
class NamesArrived(Message):
    """Completion knows the database's names."""

    endpoint: Endpoint
    completer: Completer


@dataclass
class ExplainRequested(Message):
    """The person wants a statement's plan; with `analyze` it also runs."""

    statement: Statement
    analyze: bool


@dataclass
class PlanArrived(Message):
    """A statement's plan; `undone` if it ran and was rolled back."""

    statement: Statement
    plan: Plan
    undone: bool


@dataclass
class PlanFailed(Message):
    """A statement has no plan, or was refused."""

    statement: Statement
    error: DsqlTuiError


# Files


@dataclass
class FileRead(Message):
    """A file's text."""

    path: Path
    text: str


@dataclass
class FileWritten(Message):
    """A buffer's text is in the file."""

    path: Path
    text: str


@dataclass
class FileFailed(Message):
    """A file could not be read or written."""

    error: DsqlTuiError


@dataclass
class BuffersChanged(Message):
    """What is open in the editor is worth writing down."""


# Advice


@dataclass
class CheckRequested(Message):
    """Nobody has typed for a moment: the linter may look."""

    buffer: str
    text: str


@dataclass
class ChecksArrived(Message):
    """What the linter found in a buffer's text."""

    buffer: str
    text: str
    findings: list[Finding]


@dataclass
class CheckFailed(Message):
    """The linter could not be asked."""

    error: DsqlTuiError


@dataclass
class FixArrived(Message):
    """What a finding's fix would write; `None` when there is none."""

    text: str
    finding: Finding
    fix: Fix | None


@dataclass
class JobsArrived(Message):
    """The asynchronous jobs the cluster tells about."""

    endpoint: Endpoint
    jobs: list[Job]


@dataclass
class HistoryFound(Message):
    """Statements of the history that fit what was typed."""

    pattern: str
    runs: list[Run]


@dataclass
class InsertRequested(Message):
    """The person wants this text at the cursor of the editor."""

    text: str
