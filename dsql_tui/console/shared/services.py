"""The console's interface to AWS, sessions, catalogs and the clock, and its implementation.

Everything here may block and is called from workers only. boto3 and psycopg are imported inside the
methods, after the first paint: together they would more than double the start.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from threading import Lock
from typing import TYPE_CHECKING, Protocol, cast

from dsql_tui.model.endpoint import Profile
from dsql_tui.model.token import TOKEN_LIFETIME_S

if TYPE_CHECKING:  # named in signatures only; importing them would hold up the first frame
    from dsql_tui.aws.session import AwsSession
    from dsql_tui.console.shared.fleet_services import Fleet
    from dsql_tui.console.shared.latencies import Latencies
    from dsql_tui.history import History, HistoryEntry
    from dsql_tui.known_names import KnownNames
    from dsql_tui.model.access.snapshot import AccessSnapshot
    from dsql_tui.model.catalog import CatalogSnapshot, NamedFunction
    from dsql_tui.model.checkup import CheckResult
    from dsql_tui.model.cluster import Cluster, ListingEvent
    from dsql_tui.model.endpoint import Endpoint, Settings
    from dsql_tui.model.inspection import InspectedFunction, Inspection
    from dsql_tui.model.job import Job
    from dsql_tui.model.relation import Relation, RelationDetails
    from dsql_tui.model.result import StatementEvent, TransactionStatus
    from dsql_tui.model.token import AuthToken
    from dsql_tui.pg.session import Session

RelationName = tuple[str, str] | int
"""Schema and name, unquoted, or `pg_class.oid`."""
StartLocal = Callable[[], Profile]
"""Starts (or finds) the local DSQL and returns the profile that reaches it; blocks, may raise."""


class OpenSession(Protocol):
    """The part of `pg.session.Session` that the console uses."""

    endpoint: Endpoint
    token: AuthToken
    opened_at: datetime

    @property
    def is_open(self) -> bool:
        """Whether the connection is open, as far as is known."""
        ...

    @property
    def transaction_status(self) -> TransactionStatus:
        """The transaction status after the last response."""
        ...

    def run(
        self, statement: str, *, outcome_matters: bool = True
    ) -> Generator[StatementEvent, None, None]:
        """Run one statement and yield its events as they arrive."""
        ...

    def is_alive(self) -> bool:
        """Check whether an idle session is still connected."""
        ...

    def fetch(
        self, statement: str, parameters: Sequence[str | int | None] = ()
    ) -> list[tuple[str | None, ...]]:
        """Return all rows of a small result."""
        ...

    def request_cancel(self) -> None:
        """Ask the server to cancel the running statement."""
        ...

    def close(self) -> None:
        """Close the connection."""
        ...


class Services(Protocol):
    """AWS, sessions, catalogs and the clock; all but `now` and the properties may block."""

    @property
    def profile(self) -> Profile:
        """The clients and settings that reach AWS and the endpoints."""
        ...

    @property
    def latencies(self) -> Latencies:
        """Latencies of the console's own statements, shared by every profile."""
        ...

    def now(self) -> datetime:
        """Return the current time, aware, in UTC."""
        ...

    def forget_credentials(self) -> None:
        """Read credentials again at the next call; does not block."""
        ...

    def take_rotated_credentials(self) -> bool:
        """Whether the access keys in the files were replaced; if so, the next call uses them."""
        ...

    def with_profile(self, name: str, regions: tuple[str, ...]) -> Services:
        """Return the services of another AWS profile; does not block."""
        ...

    def reaching(self, profile: Profile) -> Services:
        """Return services with the same settings for another environment."""
        ...

    def profile_names(self) -> tuple[str, ...]:
        """Return the profiles of the AWS configuration."""
        ...

    def sso_login(self) -> tuple[str, ...]:
        """Return the command that signs the profile in again; empty if it does not use SSO."""
        ...

    def fleet(self, beside: Sequence[str] = ()) -> Fleet:
        """Return the fleet's services, which may use other profiles; does not block."""
        ...

    def regions(self) -> tuple[str, ...]:
        """Return the Regions that are listed."""
        ...

    def prepare_listing(self) -> None:
        """Prepare a listing before AWS is queried."""
        ...

    def list_clusters(self) -> Iterator[ListingEvent]:
        """Yield clusters and failures as the Regions respond."""
        ...

    def find_cluster(self, text: str) -> Cluster:
        """Return the cluster with that name, identifier, ARN or host."""
        ...

    def generate_token(self, endpoint: Endpoint) -> AuthToken:
        """Sign a token for one connection."""
        ...

    def examine(self, endpoint: Endpoint) -> Iterator[CheckResult]:
        """Yield the results of the connection checks."""
        ...

    def open_session(
        self, endpoint: Endpoint, token: AuthToken, settings: Settings = ()
    ) -> OpenSession:
        """Open an authenticated session with the settings of the one it replaces."""
        ...

    def changed_settings(self, session: OpenSession) -> Settings:
        """Return the settings a session has changed with SET."""
        ...

    def schemas(self, session: OpenSession) -> list[str]:
        """Return schema names."""
        ...

    def relations(self, session: OpenSession, schema: str) -> list[Relation]:
        """Return the contents of a schema."""
        ...

    def functions(self, session: OpenSession, schema: str) -> list[NamedFunction]:
        """Return the functions of a schema."""
        ...

    def relation_details(self, session: OpenSession, relation: Relation) -> RelationDetails:
        """Return columns, indexes and constraints."""
        ...

    def inspect_relation(self, session: OpenSession, relation: RelationName) -> Inspection:
        """Return everything about a relation, by its name or its `pg_class.oid`."""
        ...

    def relation_sql(self, session: OpenSession, name: tuple[str, str]) -> str:
        """Return the statements that define a relation; empty if there is none."""
        ...

    def inspect_functions(
        self, session: OpenSession, name: tuple[str, str]
    ) -> tuple[InspectedFunction, ...]:
        """Return the functions of a name."""
        ...

    def names(self, session: OpenSession) -> CatalogSnapshot:
        """Return every name a session can see, for completion."""
        ...

    def jobs(self, session: OpenSession) -> list[Job]:
        """Return the cluster's asynchronous jobs, the newest first."""
        ...

    def remember(self, entry: HistoryEntry) -> None:
        """Add a statement to the history."""
        ...

    @property
    def history_problem(self) -> str:
        """Why the history is incomplete or not saved, as a sentence; does no I/O."""
        ...

    def recall(self, pattern: str, *, marked: bool = False) -> list[HistoryEntry]:
        """Return the statements of the history that match, the best first."""
        ...

    def star(self, entry: HistoryEntry, *, starred: bool) -> None:
        """Add or remove a favorite in the history."""
        ...

    def rename(self, entry: HistoryEntry, name: str) -> None:
        """Name a statement of the history as a snippet; an empty name removes the name."""
        ...

    def forget(self, entry: HistoryEntry) -> None:
        """Delete a statement from the history."""
        ...

    def read_access(self, session: OpenSession) -> AccessSnapshot:
        """Return all roles, mappings and privileges."""
        ...


class HistoryStore:
    """Opens the history at its first use, in a worker.

    Args:
        limit: Statements to keep; 0 keeps none.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._history: History | None = None
        self._lock = Lock()

    @property
    def problem(self) -> str:
        """The problem with the history, as far as it was opened; empty without one."""
        return self._history.problem if self._history is not None else ""

    def history(self) -> History | None:
        """Return the history, or `None` if it is disabled."""
        from dsql_tui.history import History

        with self._lock:
            if self._history is None and self._limit:
                self._history = History(limit=self._limit)
            return self._history


class LiveServices:
    """The services of one profile; cheap to create.

    Args:
        profile: The clients and settings that reach AWS and the endpoints.
        token_lifetime_s: How long a token is valid.
        ask_code: Asks for an MFA code; called in workers.
        history: Where statements are kept; `None` keeps none.
        latencies: Where latencies are kept; `None` makes new ones.
        known_names: Where names that were read are stored for completion in a shell, if anywhere.
    """

    def __init__(
        self,
        profile: Profile,
        *,
        token_lifetime_s: int = TOKEN_LIFETIME_S,
        ask_code: Callable[[str], str] | None = None,
        history: HistoryStore | None = None,
        latencies: Latencies | None = None,
        known_names: KnownNames | None = None,
    ) -> None:
        self.profile = profile
        self._known_names = known_names
        self._latencies = latencies
        self._history = history or HistoryStore(0)
        self.ask_code = ask_code
        self._token_lifetime_s = token_lifetime_s
        self._aws: AwsSession | None = None

    @property
    def _session(self) -> AwsSession:
        from dsql_tui.aws.session import AwsSession

        if self._aws is None:
            self._aws = AwsSession(self.profile, self.ask_code)
        return self._aws

    @property
    def latencies(self) -> Latencies:
        """Latencies of the console's own statements, shared by every profile."""
        from dsql_tui.console.shared.latencies import Latencies

        if self._latencies is None:
            self._latencies = Latencies()
        return self._latencies

    def session(self) -> AwsSession:
        """Return the AWS account of the profile."""
        return self._session

    def now(self) -> datetime:
        """Return the current time, aware, in UTC."""
        return datetime.now(UTC)

    def forget_credentials(self) -> None:
        """Read credentials again at the next call, because clients cache them."""
        self._aws = None

    def take_rotated_credentials(self) -> bool:
        """Whether the access keys in the files were replaced; if so, the next call uses them."""
        rotated = self._session.is_outdated()
        if rotated:
            self.forget_credentials()
        return rotated

    def reaching(self, profile: Profile) -> LiveServices:
        """Return services with the same settings for another environment."""
        return LiveServices(
            profile,
            token_lifetime_s=self._token_lifetime_s,
            ask_code=self.ask_code,
            history=self._history,
            latencies=self.latencies,
            known_names=self._known_names,
        )

    def with_profile(self, name: str, regions: tuple[str, ...]) -> LiveServices:
        """Return the services of another profile of the same configuration files."""
        return self.reaching(replace(self.profile, name=name, aws_profile=name, regions=regions))

    def profile_names(self) -> tuple[str, ...]:
        """Return the profiles of the AWS configuration."""
        return self._session.profile_names()

    def sso_login(self) -> tuple[str, ...]:
        """Return the command that signs the profile in again; empty if it does not use SSO."""
        return self._session.sso_login()

    def fleet(self, beside: Sequence[str] = ()) -> Fleet:
        """Return the fleet's services, which may use other profiles."""
        from dsql_tui.console.shared.fleet_services import Fleet

        others = [self.with_profile(name, ()) for name in beside if name != self.profile.name]
        sessions = {other.profile.name: other.session for other in others}
        return Fleet(self.session, self.now, sessions, self._known_names)

    def regions(self) -> tuple[str, ...]:
        """Return the Regions that are listed."""
        return tuple(self._session.regions)

    def prepare_listing(self) -> None:
        """Import boto3 and create its clients in one thread, which is faster than in several."""
        from dsql_tui.aws.clusters import prepare

        prepare(self._session, self.regions())

    def list_clusters(self) -> Iterator[ListingEvent]:
        """Yield clusters and failures as the Regions respond."""
        from dsql_tui.aws.clusters import list_clusters

        events = list_clusters(self._session, self.regions())
        known = self._known_names
        return known.listed(self.profile.name, events) if known else events

    def find_cluster(self, text: str) -> Cluster:
        """Return the cluster with that name, identifier, ARN or host."""
        from dsql_tui.aws.clusters import find_cluster

        return find_cluster(self._session, self.regions(), text)

    def generate_token(self, endpoint: Endpoint) -> AuthToken:
        """Sign a token for one connection, locally and in about a millisecond."""
        from dsql_tui.aws.tokens import generate_token

        return generate_token(self._session, endpoint, lifetime_s=self._token_lifetime_s)

    def examine(self, endpoint: Endpoint) -> Iterator[CheckResult]:
        """Yield the results of the connection checks."""
        from dsql_tui.doctor import examine

        place = f"{endpoint.host}@{endpoint.region}"
        return examine(self._session, place, lambda _cluster: endpoint.role)

    def open_session(
        self, endpoint: Endpoint, token: AuthToken, settings: Settings = ()
    ) -> OpenSession:
        """Open an authenticated session with the settings of the one it replaces."""
        from dsql_tui.pg.settings import open_with

        return open_with(endpoint, token, settings)

    def changed_settings(self, session: OpenSession) -> Settings:
        """Return the settings a session has changed with SET."""
        from dsql_tui.pg import settings

        return settings.changed_settings(cast("Session", session))

    def schemas(self, session: OpenSession) -> list[str]:
        """Return schema names."""
        from dsql_tui.pg import catalog

        return catalog.schemas(cast("Session", session))

    def relations(self, session: OpenSession, schema: str) -> list[Relation]:
        """Return the contents of a schema."""
        from dsql_tui.pg import catalog

        return catalog.relations(cast("Session", session), schema)

    def functions(self, session: OpenSession, schema: str) -> list[NamedFunction]:
        """Return the functions of a schema."""
        from dsql_tui.pg import catalog

        return catalog.functions(cast("Session", session), schema)

    def relation_details(self, session: OpenSession, relation: Relation) -> RelationDetails:
        """Return columns, indexes and constraints."""
        from dsql_tui.pg import catalog

        return catalog.relation_details(cast("Session", session), relation)

    def inspect_relation(self, session: OpenSession, relation: RelationName) -> Inspection:
        """Return everything about a relation, by its name or its `pg_class.oid`."""
        from dsql_tui.pg import inspection

        return inspection.inspect_relation(cast("Session", session), relation)

    def relation_sql(self, session: OpenSession, name: tuple[str, str]) -> str:
        """Return the statements that define a relation; empty if there is none."""
        from dsql_tui.schema.print import relation_sql
        from dsql_tui.schema.read import read_relation

        relation = read_relation(cast("Session", session), *name)
        return relation_sql(relation) if relation else ""

    def inspect_functions(
        self, session: OpenSession, name: tuple[str, str]
    ) -> tuple[InspectedFunction, ...]:
        """Return the functions of a name."""
        from dsql_tui.pg import inspection

        return inspection.inspect_functions(cast("Session", session), name)

    def names(self, session: OpenSession) -> CatalogSnapshot:
        """Return every name a session can see, for completion."""
        from dsql_tui.pg.names import names

        read = names(cast("Session", session))
        if self._known_names:
            self._known_names.store_names(session.endpoint.cluster_name, read)
        return read

    def jobs(self, session: OpenSession) -> list[Job]:
        """Return the cluster's asynchronous jobs, the newest first."""
        from dsql_tui.pg.jobs import jobs

        return jobs(cast("Session", session))

    def remember(self, entry: HistoryEntry) -> None:
        """Add a statement to the history."""
        if history := self._history.history():
            history.add(entry)

    @property
    def history_problem(self) -> str:
        """Why the history is incomplete or not saved, as a sentence; does no I/O."""
        return self._history.problem

    def recall(self, pattern: str, *, marked: bool = False) -> list[HistoryEntry]:
        """Return the statements of the history that match, the best first."""
        history = self._history.history()
        return history.search(pattern, marked=marked) if history else []

    def star(self, entry: HistoryEntry, *, starred: bool) -> None:
        """Add or remove a favorite in the history."""
        if history := self._history.history():
            history.star(entry, starred=starred)

    def rename(self, entry: HistoryEntry, name: str) -> None:
        """Name a statement of the history as a snippet; an empty name removes the name."""
        if history := self._history.history():
            history.rename(entry, name)

    def forget(self, entry: HistoryEntry) -> None:
        """Delete a statement from the history."""
        if history := self._history.history():
            history.forget(entry)

    def read_access(self, session: OpenSession) -> AccessSnapshot:
        """Return all roles, mappings and privileges."""
        from dsql_tui.pg import access

        read = access.read_access(cast("Session", session))
        if self._known_names:
            self._known_names.store_access(session.endpoint.cluster_name, read)
        return read
