"""A fleet for tests: clusters with fixed names, identifiers and ages, served by the real API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

from dsql_tui.aws.session import AwsSession
from dsql_tui.console.shared.fleet_services import Fleet
from dsql_tui.local.control.state import ClusterRecord, StoredStatus
from dsql_tui.local.metering.counters import ClusterMetric
from dsql_tui.model.endpoint import Endpoint
from tests.support.control_plane import Aws
from tests.support.fakes import FakeServices

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
REGIONS = ("us-east-1", "us-east-2", "eu-west-1")
ROUND_TRIPS_MS = {"us-east-1": 1.24, "us-east-2": 12.4}
"""Those of the other Regions are unknown."""


def identifier(name: str, region: str) -> str:
    """Return 26 characters that begin with name and Region."""
    letters = "".join(each for each in f"{name}{region}" if each.isalnum())
    return (letters.replace("1", "7") + "a" * 26)[:26]


def record(
    name: str,
    region: str,
    status: StoredStatus = StoredStatus.ACTIVE,
    *,
    days: float = 3,
    witness: str = "",
    protected: bool = False,
    tags: Mapping[str, str] | None = None,
) -> ClusterRecord:
    """Return a cluster of the account."""
    return ClusterRecord(
        identifier=identifier(name, region),
        region=region,
        database_id=identifier(name, region),
        status=status,
        created_at=NOW - timedelta(days=days),
        tags={"Name": name, **(tags or {})},
        deletion_protection=protected,
        witness_region=witness,
    )


def pair(name: str, one: str, other: str, witness: str, **options: object) -> list[ClusterRecord]:
    """Return both sides of a multi-Region cluster."""
    sides = [record(name, region, witness=witness, **options) for region in (one, other)]  # type: ignore[arg-type]
    east, west = sides
    database = east.database_id
    return [
        replace(east, peer_arns=(west.arn,), database_id=database),
        replace(west, peer_arns=(east.arn,), database_id=database),
    ]


def seed(aws: Aws) -> None:
    """Give the account a few clusters of every kind."""
    aws.state.save(
        *pair("shop", "us-east-1", "us-east-2", "us-west-2", days=40, protected=True,
              tags={"env": "prod", "team": "web"}),
        record("todos-dev", "us-east-1", days=2, tags={"env": "dev", "team": "web"}),
        record("billing", "us-east-2", StoredStatus.FAILED, days=0.01, tags={"env": "dev"}),
        record("half-a-pair", "us-east-1", StoredStatus.PENDING_SETUP, days=0.1,
               witness="us-west-2"),
        record("archive", "eu-west-1", days=400, tags={"env": "prod", "team": "data"}),
    )  # fmt: skip


class FleetServices(FakeServices):
    """The fake workspace's services, with the real fleet."""

    def __init__(self, aws: AwsSession) -> None:
        super().__init__()
        self._aws = aws
        self.others: dict[str, AwsSession] = {}
        self.round_trips_ms: dict[str, float] = dict(ROUND_TRIPS_MS)
        self.measured: list[str] = []

    def fleet(self, beside: Sequence[str] = ()) -> Fleet:
        others = {name: partial(self.others.__getitem__, name) for name in beside}
        return Fleet(lambda: self._aws, lambda: NOW, others, round_trip=self._round_trip)

    def _round_trip(self, endpoint: Endpoint) -> float | None:
        self.measured.append(endpoint.region)
        return self.round_trips_ms.get(endpoint.region)


def use(aws: Aws, cluster: str) -> None:
    """Let a cluster have been used in two bouts of the last hour, with a pause between."""
    for minute in (*range(55, 40, -1), *range(20, 2, -1)):
        aws.clock.offset = NOW - timedelta(minutes=minute) - datetime.now(UTC)
        load = 20 + (minute * 7) % 13
        aws.counters.add(
            cluster,
            {
                ClusterMetric.TOTAL_TRANSACTIONS: load,
                ClusterMetric.OCC_CONFLICTS: minute % 3,
                ClusterMetric.COMMIT_LATENCY: 4.0 + (minute * 5) % 7,
                ClusterMetric.TOTAL_DPU: load * 40.0,
                ClusterMetric.STORAGE_SIZE: 3.5 * 2**30,
            },
        )
    aws.clock.offset = timedelta()
