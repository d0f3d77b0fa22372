"""Services without a network: the protocols of the console answered from values in a test.

The wire itself is never faked here; `tests/e2e` talks to a real server.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from threading import Event

from dsql_tui.aws.session import AwsSession
from dsql_tui.console.shared.fleet_services import Fleet
from dsql_tui.console.shared.latencies import Latencies
from dsql_tui.errors import (
    DsqlTuiError,
    InputError,
    OccConflict,
    StatementCancelled,
    StatementError,
)
from dsql_tui.history import HistoryEntry
from dsql_tui.model.access.snapshot import AccessSnapshot
from dsql_tui.model.catalog import (
    CatalogSnapshot,
    NamedColumn,
    NamedFunction,
    NamedRelation,
    Reference,
)
from dsql_tui.model.checkup import CheckResult, CheckStep, Verdict
from dsql_tui.model.cluster import Cluster, ClusterStatus, ListingEvent, RegionListed
from dsql_tui.model.endpoint import Endpoint, Profile, Settings
from dsql_tui.model.inspection import InspectedFunction, Inspection
from dsql_tui.model.job import Job
from dsql_tui.model.relation import (
    Attribute,
    Constraint,
    Index,
    Relation,
    RelationDetails,
    RelationKind,
)
from dsql_tui.model.result import (
    Completed,
    Described,
    StatementEvent,
    TransactionStatus,
)
from dsql_tui.model.token import AuthToken, TokenAction
from dsql_tui.sql.dsql.refusals import advice_on_refusal
from tests.support.access_samples import SHOP as SHOP_ACCESS
from tests.support.inspection_samples import INSPECTIONS, NEXT_NUMBER
from tests.support.rows import chunk, columns

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
"""The time in every test that draws a clock."""
Answer = (
    Sequence[StatementEvent] | DsqlTuiError | Callable[["FakeSession"], Iterator[StatementEvent]]
)


def answer(rows: Sequence[Sequence[str | None]], **types: str) -> list[StatementEvent]:
    """Return the events of a select: `answer([["1"]], id="bigint")`."""
    chunks = [chunk(*rows)] if rows else []
    done = Completed(f"SELECT {len(rows)}", len(rows), 12.0 if rows else None, 38.0)
    return [Described(columns(**types)), *chunks, done]


def tag(command_tag: str, elapsed_ms: float = 4.0) -> list[StatementEvent]:
    """Return the events of a statement without rows."""
    return [Completed(command_tag, 0, None, elapsed_ms)]


@dataclass
class FakeSession:
    """Answers statements from a table; BEGIN, COMMIT and ROLLBACK move its transaction."""

    endpoint: Endpoint
    token: AuthToken
    opened_at: datetime
    answers: dict[str, Answer]
    transaction_status: TransactionStatus = TransactionStatus.IDLE
    is_open: bool = True
    ended_by_service: bool = False
    settings: Settings = ()
    ran: list[str] = field(default_factory=list)
    cancelled: Event = field(default_factory=Event)
    is_running: bool = False

    def run(
        self, statement: str, *, outcome_matters: bool = True
    ) -> Generator[StatementEvent, None, None]:
        self.ran.append(statement)
        verb = statement.split()[0].lower()
        counts = " 0" if verb in {"insert", "update", "delete"} else ""
        found = self.answers.get(statement, tag(verb.upper() + counts))
        if isinstance(found, StatementError) and not found.remedy:
            found.remedy = advice_on_refusal(
                found.sqlstate, found.message, statement
            )  # as `pg` does
        if isinstance(found, DsqlTuiError):
            if verb == "commit":
                self.transaction_status = TransactionStatus.IDLE
            elif self.transaction_status is TransactionStatus.IN_TRANSACTION:
                self.transaction_status = TransactionStatus.FAILED
            raise found
        self.is_running = True
        try:
            yield from found(self) if callable(found) else found
        finally:
            self.is_running = False
        self.transaction_status = {
            "begin": TransactionStatus.IN_TRANSACTION,
            "commit": TransactionStatus.IDLE,
            "rollback": TransactionStatus.IDLE,
        }.get(verb, self.transaction_status)

    def fetch(
        self, statement: str, parameters: Sequence[str | int | None] = ()
    ) -> list[tuple[str | None, ...]]:
        return []

    def is_alive(self) -> bool:
        return self.is_open and not self.ended_by_service

    def request_cancel(self) -> None:
        self.cancelled.set()

    def close(self) -> None:
        self.is_open = False
        self.cancelled.set()


def until_cancelled(session: FakeSession) -> Iterator[StatementEvent]:
    """Run until somebody cancels, like `select pg_sleep(1000)`."""
    session.cancelled.wait(20)
    yield from ()
    raise StatementCancelled("canceling statement due to user request", sqlstate="57014")


def conflict_times(times: int) -> Callable[[FakeSession], Iterator[StatementEvent]]:
    """Return an answer that loses against another transaction so often, then changes one row."""
    left = [times]

    def run(_session: FakeSession) -> Iterator[StatementEvent]:
        if left[0]:
            left[0] -= 1
            raise OccConflict("change conflicts (OC000)", sqlstate="40001")
        yield from tag("UPDATE 1")

    return run


def make_cluster(
    name: str,
    region: str = "us-east-1",
    *,
    status: ClusterStatus = ClusterStatus.ACTIVE,
    peers: Sequence[str] = (),
    age: timedelta = timedelta(days=3),
    tags: dict[str, str] | None = None,
) -> Cluster:
    """Return a cluster whose identifier is made of its name and Region."""
    identifier = (name.replace("-", "") + region.replace("-", "") + "a" * 26)[:26]
    return Cluster(
        identifier=identifier,
        arn=f"arn:aws:dsql:{region}:111122223333:cluster/{identifier}",
        region=region,
        status=status,
        endpoint_host=f"{identifier}.dsql.{region}.on.aws",
        created_at=NOW - age,
        deletion_protection=bool(peers),
        tags={"Name": name, **(tags or {})},
        peer_arns=tuple(f"arn:aws:dsql:{peer}:111122223333:cluster/{identifier}" for peer in peers),
        witness_region="us-west-2" if peers else "",
    )


SHOP = make_cluster("shop", peers=["us-east-2"])
SHOP_EAST_2 = make_cluster("shop", "us-east-2", peers=["us-east-1"])
TODOS = make_cluster("todos-dev", age=timedelta(hours=5))
BILLING = make_cluster("billing", "us-east-2", status=ClusterStatus.CREATING, age=timedelta(0))

_RELATIONS = {
    "public": [
        Relation(1, "public", "customers", RelationKind.TABLE, 1_000),
        Relation(2, "public", "orders", RelationKind.TABLE, 1_204),
        Relation(3, "public", "products", RelationKind.TABLE, 240),
        Relation(4, "public", "best_sellers", RelationKind.VIEW),
    ]
}
_ORDERS = RelationDetails(
    attributes=(
        Attribute("id", "uuid", False, "gen_random_uuid()", True),
        Attribute("customer_id", "uuid", False, "", False, "public.customers(id)"),
        Attribute("created_at", "timestamp with time zone", False),
        Attribute("note", "character varying(200)", True),
    ),
    indexes=(
        Index("orders_pkey", "CREATE UNIQUE INDEX orders_pkey ON orders (id)", True, True, True),
        Index(
            "orders_by_day",
            "CREATE INDEX orders_by_day ON orders (created_at)",
            False,
            False,
            False,
        ),
    ),
    constraints=(
        Constraint("orders_pkey", "PRIMARY KEY (id)", True),
        Constraint(
            "orders_customer_fk", "FOREIGN KEY (customer_id) REFERENCES customers(id)", True
        ),
    ),
)
NAMES = CatalogSnapshot(
    relations=(
        NamedRelation(
            "public", "customers", (NamedColumn("id", "uuid"), NamedColumn("name", "text"))
        ),
        NamedRelation(
            "public",
            "orders",
            (
                NamedColumn("id", "uuid"),
                NamedColumn("customer_id", "uuid"),
                NamedColumn("note", "text"),
            ),
        ),
    ),
    references=(
        Reference(("public", "orders"), ("customer_id",), ("public", "customers"), ("id",)),
    ),
    schemas=("public", "sys"),
    roles=("admin", "app_ro"),
)


class FakeServices:
    """Services that answer at once; each attribute may be replaced by a test.

    Attributes:
        events: What a listing yields.
        answers: Statement → events, an error, or a function of the session.
        connect_error: Raised in place of opening a session.
        find_error: Raised in place of finding a cluster.
        gate: Blocking calls wait for it; set from the start.
    """

    def __init__(self, events: Sequence[ListingEvent] | None = None) -> None:
        self.profile = Profile(name="test", regions=("us-east-1", "us-east-2"))
        self.events: Sequence[ListingEvent] = (
            [
                TODOS,
                SHOP,
                RegionListed("us-east-1", 2),
                SHOP_EAST_2,
                BILLING,
                RegionListed("us-east-2", 2),
            ]
            if events is None
            else events
        )
        self.answers: dict[str, Answer] = {}
        self.connect_error: DsqlTuiError | None = None
        self.find_error: DsqlTuiError | None = None
        self.catalog_error: StatementError | None = None
        self.listing_error: DsqlTuiError | None = None
        self.access = SHOP_ACCESS
        self.definitions: dict[tuple[str, str], str] = {}
        self.function_list: list[NamedFunction] | StatementError = []
        self.inspections: Sequence[Inspection] = INSPECTIONS
        self.sessions: list[FakeSession] = []
        self.time = NOW
        self.history: list[HistoryEntry] = []
        self.history_problem = ""
        self.job_list: list[Job] = []
        self.sign_in_command: tuple[str, ...] = ()
        self.token_age = timedelta(seconds=28)
        self.session_age = timedelta(seconds=170)
        self.gate = Event()
        self.gate.set()
        self.latencies = Latencies()

    def now(self) -> datetime:
        return self.time

    def forget_credentials(self) -> None:
        self.listing_error = None

    def take_rotated_credentials(self) -> bool:
        return False

    def _fresh(self) -> FakeServices:
        """Return services of another profile, which have recorded nothing."""
        return FakeServices()

    def with_profile(self, name: str, regions: tuple[str, ...]) -> FakeServices:
        other = self._fresh()
        other.profile = replace(self.profile, name=name, regions=regions or self.profile.regions)
        return other

    def fleet(self, beside: Sequence[str] = ()) -> Fleet:
        return Fleet(lambda: AwsSession(self.profile), self.now)

    def profile_names(self) -> tuple[str, ...]:
        return ("default", "work", "work-prod")

    def sso_login(self) -> tuple[str, ...]:
        return self.sign_in_command

    def regions(self) -> tuple[str, ...]:
        if self.listing_error is not None:
            raise self.listing_error
        return self.profile.regions

    def prepare_listing(self) -> None:
        self.regions()

    def list_clusters(self) -> Iterator[ListingEvent]:
        yield from self.events
        self.gate.wait(20)

    def find_cluster(self, text: str) -> Cluster:
        if self.find_error is not None:
            raise self.find_error
        if text.startswith("arn:"):
            return SHOP_EAST_2 if ":us-east-2:" in text else SHOP
        return next(each for each in (SHOP, TODOS) if each.name == text)

    def generate_token(self, endpoint: Endpoint) -> AuthToken:
        action = TokenAction.CONNECT_ADMIN if endpoint.is_admin else TokenAction.CONNECT
        return AuthToken(
            value="not-a-token",
            host=endpoint.host,
            region=endpoint.region,
            action=action,
            access_key_id="AKIAIOSFODNN7EXAMPLE",
            generated_at=self.time - self.token_age,
            expires_at=self.time - self.token_age + timedelta(minutes=15),
        )

    def examine(self, endpoint: Endpoint) -> Iterator[CheckResult]:
        yield CheckResult(
            CheckStep.INSTALLATION, Verdict.OK, "dsql-tui 0.2.0, Python 3.11.7", elapsed_ms=2
        )
        yield CheckResult(
            CheckStep.CREDENTIALS, Verdict.OK, "sso (ops ← base), key …MPLE", elapsed_ms=81
        )
        yield CheckResult(
            CheckStep.IDENTITY, Verdict.OK, "arn:aws:iam::111122223333:user/ada", "", 72
        )
        set_clock = "Set the clock. DSQL refuses tokens signed with a wrong time."
        yield CheckResult(
            CheckStep.API, Verdict.WARNING, "the clock is off by +90 s", set_clock, 11
        )
        yield CheckResult(CheckStep.CLUSTER, Verdict.OK, f"{endpoint.cluster_name}: ACTIVE", "", 64)
        check_dns = "Check the network, the VPN or the private DNS of the endpoint."
        yield CheckResult(CheckStep.DNS, Verdict.FAILED, "shop has no address", check_dns, 5)
        for step in list(CheckStep)[6:]:
            yield CheckResult(step, Verdict.SKIPPED, "not tried: DNS lookup failed")

    def open_session(
        self, endpoint: Endpoint, token: AuthToken, settings: Settings = ()
    ) -> FakeSession:
        self.gate.wait(20)
        if self.connect_error is not None:
            raise self.connect_error
        opened_at = self.time - self.session_age
        session = FakeSession(endpoint, token, opened_at, self.answers, settings=settings)
        self.sessions.append(session)
        return session

    def changed_settings(self, session: object) -> Settings:
        assert isinstance(session, FakeSession)
        return session.settings

    def schemas(self, session: object) -> list[str]:
        self._fail()
        return ["public", "sys"]

    def relations(self, session: object, schema: str) -> list[Relation]:
        self._fail()
        return _RELATIONS.get(schema, [])

    def functions(self, session: object, schema: str) -> list[NamedFunction]:
        return [each for each in self._functions() if each.schema == schema]

    def _functions(self) -> list[NamedFunction]:
        if isinstance(self.function_list, StatementError):
            raise self.function_list
        return self.function_list

    def relation_details(self, session: object, relation: Relation) -> RelationDetails:
        return _ORDERS

    def inspect_relation(self, session: object, relation: tuple[str, str] | int) -> Inspection:
        self._fail()
        for each in self.inspections:
            if relation in (each.name, each.relation.oid):
                return each
        raise InputError(f"{relation} does not exist, or was renamed or dropped.")

    def relation_sql(self, session: object, name: tuple[str, str]) -> str:
        return self.definitions.get(name, "")

    def inspect_functions(
        self, session: object, name: tuple[str, str]
    ) -> tuple[InspectedFunction, ...]:
        return (NEXT_NUMBER,)

    def names(self, session: object) -> CatalogSnapshot:
        self._fail()
        return replace(NAMES, functions=tuple(self._functions()))

    def reaching(self, profile: Profile) -> FakeServices:
        return self

    def jobs(self, session: object) -> list[Job]:
        return self.job_list

    def remember(self, entry: HistoryEntry) -> None:
        self.history.insert(0, entry)

    def recall(self, pattern: str, *, marked: bool = False) -> list[HistoryEntry]:
        return [
            entry
            for entry in self.history
            if pattern.lower() in f"{entry.name} {entry.statement}".lower()
            and (entry.starred or entry.name or not marked)
        ]

    def star(self, entry: HistoryEntry, *, starred: bool) -> None:
        self.history[self.history.index(entry)] = replace(entry, starred=starred)

    def rename(self, entry: HistoryEntry, name: str) -> None:
        self.history[self.history.index(entry)] = replace(entry, name=name)

    def forget(self, entry: HistoryEntry) -> None:
        self.history.remove(entry)

    def read_access(self, session: object) -> AccessSnapshot:
        self._fail()
        return self.access

    def release(self) -> None:
        """Let everything that still waits come to its end."""
        self.gate.set()
        for session in self.sessions:
            session.close()

    def _fail(self) -> None:
        if self.catalog_error is not None:
            raise self.catalog_error
