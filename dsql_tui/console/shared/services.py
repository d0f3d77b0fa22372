"""What the console asks of the world outside the screen, and the live answer to it.

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
    from dsql_tui.model.access.snapshot import AccessSnapshot
    from dsql_tui.model.catalog import CatalogSnapshot
    from dsql_tui.model.checkup import CheckResult
    from dsql_tui.model.cluster import Cluster, ListingEvent
    from dsql_tui.model.endpoint import Endpoint, Settings
    from dsql_tui.model.job import Job
    from dsql_tui.model.relation import Relation, RelationDetails
    from dsql_tui.model.result import StatementEvent, TransactionStatus
    from dsql_tui.model.token import AuthToken
    from dsql_tui.pg.session import Session

StartLocal = Callable[[], Profile]
"""Starts (or finds) the local DSQL and returns the profile that reaches it; blocks, may raise."""


class OpenSession(Protocol):
    """What the console uses of `pg.session.Session`."""

    endpoint: Endpoint
    token: AuthToken
    opened_at: datetime

    @property
    def is_open(self) -> bool:
        """Whether the connection is believed to be alive."""
        ...

    @property
    def transaction_status(self) -> TransactionStatus:
        """The transaction state as of the last answer."""
        ...

    def run(
        self, statement: str, *, outcome_matters: bool = True
    ) -> Generator[StatementEvent, None, None]:
        """Run one statement and yield what it answers while it arrives."""
        ...

    def is_alive(self) -> bool:
        """Check whether an idle session is still connected."""
        ...

    def fetch(
        self, statement: str, parameters: Sequence[str | int | None] = ()
    ) -> list[tuple[str | None, ...]]:
        """Read a small answer whole."""
        ...

    def request_cancel(self) -> None:
        """Ask the server to cancel what runs."""
        ...

    def close(self) -> None:
        """Close the connection."""
        ...


class Services(Protocol):
    """AWS, the wire, the catalogs and the clock; all but `now` and the properties may block."""

    @property
    def profile(self) -> Profile:
        """How AWS and the endpoints are reached."""
        ...

    @property
    def latencies(self) -> Latencies:
        """What the console's own statements took; shared by every profile."""
        ...

    def now(self) -> datetime:
        """Return the time, aware UTC."""
        ...

    def forget_credentials(self) -> None:
        """Read credentials again at the next call; does not block."""
        ...

    def take_rotated_credentials(self) -> bool:
        """Whether the keys in the files were replaced; the next call uses the new ones then."""
        ...

    def with_profile(self, name: str, regions: tuple[str, ...]) -> Services:
        """Return the services of another AWS profile; does not block."""
        ...

    def reaching(self, profile: Profile) -> Services:
        """Return services with the same settings that reach something else."""
        ...

    def profile_names(self) -> tuple[str, ...]:
        """Return the profiles of the AWS configuration."""
        ...

    def sso_login(self) -> tuple[str, ...]:
        """Return the command that signs the profile in again, empty when it does not use SSO."""
        ...

    def fleet(self, beside: Sequence[str] = ()) -> Fleet:
        """Return what the fleet's screens ask, of other profiles too; does not block."""
        ...

    def regions(self) -> tuple[str, ...]:
        """Return the Regions that are listed."""
        ...

    def prepare_listing(self) -> None:
        """Do what a listing has to do before AWS is asked."""
        ...

    def list_clusters(self) -> Iterator[ListingEvent]:
        """Yield clusters and failures as the Regions answer."""
        ...

    def find_cluster(self, text: str) -> Cluster:
        """Return the cluster of that name, identifier, ARN or host."""
        ...

    def generate_token(self, endpoint: Endpoint) -> AuthToken:
        """Sign a token for one connect."""
        ...

    def examine(self, endpoint: Endpoint) -> Iterator[CheckResult]:
        """Yield what the doctor finds between here and the first row."""
        ...

    def open_session(
        self, endpoint: Endpoint, token: AuthToken, settings: Settings = ()
    ) -> OpenSession:
        """Open an authenticated session with the settings of the one it replaces."""
        ...

    def changed_settings(self, session: OpenSession) -> Settings:
        """Return what a session has SET."""
        ...

    def schemas(self, session: OpenSession) -> list[str]:
        """Return schema names."""
        ...

    def relations(self, session: OpenSession, schema: str) -> list[Relation]:
        """Return what a schema holds."""
        ...

    def relation_details(self, session: OpenSession, relation: Relation) -> RelationDetails:
        """Return columns, indexes and constraints."""
        ...

    def names(self, session: OpenSession) -> CatalogSnapshot:
        """Return every name a session can see, for completion."""
        ...

    def jobs(self, session: OpenSession) -> list[Job]:
        """Return the cluster's asynchronous jobs, the newest first."""
        ...

    def remember(self, entry: HistoryEntry) -> None:
        """Keep a statement that was run in the history."""
        ...

    @property
    def history_problem(self) -> str:
        """Why the history is not kept as it should be, as a sentence; asks nobody."""
        ...

    def recall(self, pattern: str, *, marked: bool = False) -> list[HistoryEntry]:
        """Return statements of the history that fit, the best first."""
        ...

    def star(self, entry: HistoryEntry, *, starred: bool) -> None:
        """Mark a statement of the history, or take the mark away."""
        ...

    def rename(self, entry: HistoryEntry, name: str) -> None:
        """Name a statement of the history, so that it is a snippet; empty takes the name away."""
        ...

    def forget(self, entry: HistoryEntry) -> None:
        """Remove a statement from the history."""
        ...

    def read_access(self, session: OpenSession) -> AccessSnapshot:
        """Return all roles, mappings and privileges."""
        ...


class HistoryStore:
    """Opens the history when it is first needed, in a worker.

    Args:
        limit: Statements to keep; 0 keeps none.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._history: History | None = None
        self._lock = Lock()

    @property
    def problem(self) -> str:
        """What is wrong with the history, as far as it was opened; empty for nothing."""
        return self._history.problem if self._history is not None else ""

    def history(self) -> History | None:
        """Return the history, or `None` where it is switched off."""
        from dsql_tui.history import History

        with self._lock:
            if self._history is None and self._limit:
                self._history = History(limit=self._limit)
            return self._history


class LiveServices:
    """The services of one profile; cheap to make."""

    def __init__(
        self,
        profile: Profile,
        *,
        token_lifetime_s: int = TOKEN_LIFETIME_S,
        ask_code: Callable[[str], str] | None = None,
        history: HistoryStore | None = None,
        latencies: Latencies | None = None,
    ) -> None:
        self.profile = profile
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
        """What the console's own statements took; shared by every profile."""
        from dsql_tui.console.shared.latencies import Latencies

        if self._latencies is None:
            self._latencies = Latencies()
        return self._latencies

    def session(self) -> AwsSession:
        """Return what asks AWS in the profile's name."""
        return self._session

    def now(self) -> datetime:
        """Return the time, aware UTC."""
        return datetime.now(UTC)

    def forget_credentials(self) -> None:
        """Read credentials again at the next call: clients keep those they were made with."""
        self._aws = None

    def take_rotated_credentials(self) -> bool:
        """Whether the keys in the files were replaced; the next call uses the new ones then."""
        rotated = self._session.is_outdated()
        if rotated:
            self.forget_credentials()
        return rotated

    def reaching(self, profile: Profile) -> LiveServices:
        """Return services with the same settings that reach something else."""
        return LiveServices(
            profile,
            token_lifetime_s=self._token_lifetime_s,
            ask_code=self.ask_code,
            history=self._history,
            latencies=self.latencies,
        )

    def with_profile(self, name: str, regions: tuple[str, ...]) -> LiveServices:
        """Return the services of another profile of the same configuration files."""
        return self.reaching(replace(self.profile, name=name, aws_profile=name, regions=regions))

    def profile_names(self) -> tuple[str, ...]:
        """Return the profiles of the AWS configuration."""
        return self._session.profile_names()

    def sso_login(self) -> tuple[str, ...]:
        """Return the command that signs the profile in again, empty when it does not use SSO."""
        return self._session.sso_login()

    def fleet(self, beside: Sequence[str] = ()) -> Fleet:
        """Return what the fleet's screens ask, of other profiles too."""
        from dsql_tui.console.shared.fleet_services import Fleet

        others = [self.with_profile(name, ()) for name in beside if name != self.profile.name]
        sessions = {other.profile.name: other.session for other in others}
        return Fleet(self.session, self.now, sessions)

    def regions(self) -> tuple[str, ...]:
        """Return the Regions that are listed."""
        return tuple(self._session.regions)

    def prepare_listing(self) -> None:
        """Import boto3 and make its clients, which one thread does quicker than several."""
        from dsql_tui.aws.clusters import prepare

        prepare(self._session, self.regions())

    def list_clusters(self) -> Iterator[ListingEvent]:
        """Yield clusters and failures as the Regions answer."""
        from dsql_tui.aws.clusters import list_clusters

        return list_clusters(self._session, self.regions())

    def find_cluster(self, text: str) -> Cluster:
        """Return the cluster of that name, identifier, ARN or host."""
        from dsql_tui.aws.clusters import find_cluster

        return find_cluster(self._session, self.regions(), text)

    def generate_token(self, endpoint: Endpoint) -> AuthToken:
        """Sign a token for one connect; signing is local and takes about a millisecond."""
        from dsql_tui.aws.tokens import generate_token

        return generate_token(self._session, endpoint, lifetime_s=self._token_lifetime_s)

    def examine(self, endpoint: Endpoint) -> Iterator[CheckResult]:
        """Yield what the doctor finds between here and the first row."""
        from dsql_tui.doctor import examine

        return examine(self._session, f"{endpoint.host}@{endpoint.region}", endpoint.role)

    def open_session(
        self, endpoint: Endpoint, token: AuthToken, settings: Settings = ()
    ) -> OpenSession:
        """Open an authenticated session with the settings of the one it replaces."""
        from dsql_tui.pg.settings import open_with

        return open_with(endpoint, token, settings)

    def changed_settings(self, session: OpenSession) -> Settings:
        """Return what a session has SET."""
        from dsql_tui.pg import settings

        return settings.changed_settings(cast("Session", session))

    def schemas(self, session: OpenSession) -> list[str]:
        """Return schema names."""
        from dsql_tui.pg import catalog

        return catalog.schemas(cast("Session", session))

    def relations(self, session: OpenSession, schema: str) -> list[Relation]:
        """Return what a schema holds."""
        from dsql_tui.pg import catalog

        return catalog.relations(cast("Session", session), schema)

    def relation_details(self, session: OpenSession, relation: Relation) -> RelationDetails:
        """Return columns, indexes and constraints."""
        from dsql_tui.pg import catalog

        return catalog.relation_details(cast("Session", session), relation)

    def names(self, session: OpenSession) -> CatalogSnapshot:
        """Return every name a session can see, for completion."""
        from dsql_tui.pg.names import names

        return names(cast("Session", session))

    def jobs(self, session: OpenSession) -> list[Job]:
        """Return the cluster's asynchronous jobs, the newest first."""
        from dsql_tui.pg.jobs import jobs

        return jobs(cast("Session", session))

    def remember(self, entry: HistoryEntry) -> None:
        """Keep a statement that was run in the history."""
        if history := self._history.history():
            history.add(entry)

    @property
    def history_problem(self) -> str:
        """Why the history is not kept as it should be, as a sentence; asks nobody."""
        return self._history.problem

    def recall(self, pattern: str, *, marked: bool = False) -> list[HistoryEntry]:
        """Return statements of the history that fit, the best first."""
        history = self._history.history()
        return history.search(pattern, marked=marked) if history else []

    def star(self, entry: HistoryEntry, *, starred: bool) -> None:
        """Mark a statement of the history, or take the mark away."""
        if history := self._history.history():
            history.star(entry, starred=starred)

    def rename(self, entry: HistoryEntry, name: str) -> None:
        """Name a statement of the history, so that it is a snippet; empty takes the name away."""
        if history := self._history.history():
            history.rename(entry, name)

    def forget(self, entry: HistoryEntry) -> None:
        """Remove a statement from the history."""
        if history := self._history.history():
            history.forget(entry)

    def read_access(self, session: OpenSession) -> AccessSnapshot:
        """Return all roles, mappings and privileges."""
        from dsql_tui.pg import access

        return access.read_access(cast("Session", session))
