"""A cluster from CreateCluster to 404 with unmodified boto3, and its database in between."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from dsql_tui.local.process.server_info import ServerInfo
from dsql_tui.model.endpoint import Endpoint
from tests.support.local_dsql import boto_session, connect, profile_of

EAST, OHIO, WITNESS = "us-east-1", "us-east-2", "us-west-2"
SOON_S = 10.0


def within(seconds: float, is_so: Callable[[], bool]) -> bool:
    """Ask until it is so; whether it was in time."""
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            return False
    return True


class Account:
    """The account, one Region at a time."""

    def __init__(self, info: ServerInfo) -> None:
        self.info = info
        session = boto_session(info)
        self.dsql = {region: session.client("dsql", region_name=region) for region in info.regions}
        self.made: list[tuple[str, str]] = []

    def create(self, region: str, **asked: Any) -> Any:
        created = self.dsql[region].create_cluster(deletionProtectionEnabled=False, **asked)
        self.made.append((region, created["identifier"]))
        return created

    def status(self, region: str, identifier: str) -> str:
        try:
            return str(self.dsql[region].get_cluster(identifier=identifier)["status"])
        except self.dsql[region].exceptions.ResourceNotFoundException:
            return "gone"

    def becomes(self, region: str, identifier: str, status: str, within_s: float = SOON_S) -> bool:
        return within(within_s, lambda: self.status(region, identifier) == status)

    def endpoint(self, region: str, created: Any) -> Endpoint:
        profile = profile_of(self.info)
        return Endpoint(
            created["endpoint"],
            region,
            port=profile.port,
            hostaddr=profile.hostaddr,
            root_certificate=profile.root_certificate,
        )


@pytest.fixture
def account(local_dsql: ServerInfo) -> Iterator[Account]:
    account = Account(local_dsql)
    yield account
    for region, identifier in account.made:
        if account.status(region, identifier) not in {"gone", "DELETING"}:
            account.dsql[region].delete_cluster(identifier=identifier)


def test_a_new_cluster_is_active_and_connectable_within_a_second(account: Account) -> None:
    """The best of five, because other work on the machine is not the cluster's fault."""

    def first_answer_s() -> float:
        begun = time.monotonic()
        created = account.create(EAST, tags={"Name": "fresh"})
        assert account.becomes(EAST, created["identifier"], "ACTIVE")
        token = account.dsql[EAST].generate_db_connect_admin_auth_token(created["endpoint"], EAST)
        with connect(account.info, account.endpoint(EAST, created), password=token) as session:
            assert session.execute("SELECT current_user").fetchone() == ("admin",)
        return time.monotonic() - begun

    in_time = any(first_answer_s() < 1.0 for _ in range(5))
    if not in_time and os.getloadavg()[0] > 1.5 * (os.cpu_count() or 1):
        pytest.skip("the machine is too busy to measure a second")
    assert in_time


def test_a_deleted_cluster_cuts_its_sessions_refuses_new_ones_and_is_gone(
    account: Account,
) -> None:
    created = account.create(EAST)
    identifier, endpoint = created["identifier"], account.endpoint(EAST, created)
    assert account.becomes(EAST, identifier, "ACTIVE")
    with connect(account.info, endpoint) as session:
        account.dsql[EAST].delete_cluster(identifier=identifier)
        assert account.becomes(EAST, identifier, "gone")
        with pytest.raises(psycopg.errors.InternalError_, match="server unavailable"):
            session.execute("SELECT 1")
        assert session.closed
    with pytest.raises(psycopg.OperationalError, match="access denied"):
        connect(account.info, endpoint)
    stored = {path.name.partition(".")[0] for path in account.info.data_dir.glob("databases/*")}
    assert identifier not in stored


def test_a_peered_pair_is_one_database_until_both_sides_are_deleted(account: Account) -> None:
    first = account.create(EAST, multiRegionProperties={"witnessRegion": WITNESS})
    second = account.create(
        OHIO, multiRegionProperties={"witnessRegion": WITNESS, "clusters": [first["arn"]]}
    )
    assert account.status(EAST, first["identifier"]) == "PENDING_SETUP"
    account.dsql[EAST].update_cluster(
        identifier=first["identifier"],
        multiRegionProperties={"witnessRegion": WITNESS, "clusters": [second["arn"]]},
    )
    assert account.becomes(EAST, first["identifier"], "ACTIVE")
    assert account.becomes(OHIO, second["identifier"], "ACTIVE")
    east, ohio = account.endpoint(EAST, first), account.endpoint(OHIO, second)
    with connect(account.info, east) as here, connect(account.info, ohio) as there:
        here.execute("CREATE TABLE shared (id int PRIMARY KEY)")
        there.execute("INSERT INTO shared VALUES (1)")
        assert here.execute("SELECT id FROM shared").fetchall() == [(1,)]
    account.dsql[EAST].delete_cluster(identifier=first["identifier"])
    assert account.status(EAST, first["identifier"]) == "PENDING_DELETE"
    with connect(account.info, ohio) as there:
        assert there.execute("SELECT id FROM shared").fetchall() == [(1,)]
    account.dsql[OHIO].delete_cluster(identifier=second["identifier"])
    assert account.becomes(EAST, first["identifier"], "gone")
    assert account.becomes(OHIO, second["identifier"], "gone")


def test_a_policy_that_blocks_public_access_refuses_connects(account: Account) -> None:
    statement = {
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Action": ["dsql:DbConnect", "dsql:DbConnectAdmin"],
        "Resource": "*",
        "Condition": {"Null": {"aws:SourceVpc": "true"}},
    }
    blocked = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    created = account.create(EAST, policy=blocked)
    identifier, endpoint = created["identifier"], account.endpoint(EAST, created)
    assert account.becomes(EAST, identifier, "ACTIVE")
    with pytest.raises(psycopg.OperationalError, match="explicit deny in a resource-based policy"):
        connect(account.info, endpoint)
    account.dsql[EAST].delete_cluster_policy(identifier=identifier)
    with connect(account.info, endpoint) as session:
        assert session.execute("SELECT 1").fetchone() == (1,)


def test_a_roles_profile_assumes_the_role_and_its_keys_sign_calls_and_tokens(
    local_dsql: ServerInfo,
) -> None:
    session = boto_session(local_dsql, "app_ro")
    arn = session.client("sts").get_caller_identity()["Arn"]
    assert arn.startswith("arn:aws:sts::000000000000:assumed-role/app-ro/")
    client = session.client("dsql", region_name=EAST)
    listed = client.list_clusters()["clusters"]
    with pytest.raises(client.exceptions.AccessDeniedException):
        client.delete_cluster(identifier=listed[0]["identifier"])


def test_cloudwatch_shows_the_work_of_the_sessions(account: Account) -> None:
    created = account.create(EAST)
    identifier = created["identifier"]
    assert account.becomes(EAST, identifier, "ACTIVE")
    with connect(account.info, account.endpoint(EAST, created)) as session:
        session.execute("CREATE TABLE t (id int PRIMARY KEY)")
        session.execute("INSERT INTO t SELECT generate_series(1, 10)")
        assert session.execute("SELECT * FROM t").rowcount == 10
        watch = boto_session(account.info).client("cloudwatch", region_name=EAST)
        sums = _sums(watch, identifier)
    assert sums["TotalTransactions"] == 3
    assert sums["ReadOnlyTransactions"] == 1
    assert sums["BytesRead"] >= 10 * 4
    assert sums["BytesWritten"] > 0
    assert sums["WriteDPU"] >= 0.05
    assert sums["ReadDPU"] >= 0.00375
    assert sums["OccConflicts"] == 0
    parts = sums["ComputeDPU"] + sums["ReadDPU"] + sums["WriteDPU"]
    assert sums["TotalDPU"] == pytest.approx(parts)


def test_cloudwatch_counts_a_lost_conflict_and_connects_and_sessions(account: Account) -> None:
    created = account.create(EAST)
    identifier, endpoint = created["identifier"], account.endpoint(EAST, created)
    assert account.becomes(EAST, identifier, "ACTIVE")
    with connect(account.info, endpoint) as winner, connect(account.info, endpoint) as loser:
        winner.execute("CREATE TABLE t (id int PRIMARY KEY, n int)")
        winner.execute("INSERT INTO t VALUES (1, 0)")
        loser.execute("BEGIN")
        loser.execute("UPDATE t SET n = 1 WHERE id = 1")
        winner.execute("UPDATE t SET n = 2 WHERE id = 1")
        with pytest.raises(psycopg.errors.SerializationFailure):
            loser.execute("COMMIT")
        watch = boto_session(account.info).client("cloudwatch", region_name=EAST)
        assert _sums(watch, identifier)["OccConflicts"] == 1
        usage = {
            dimension["Value"]
            for metric in watch.list_metrics(Namespace="AWS/Usage")["Metrics"]
            for dimension in metric["Dimensions"]
            if f"cluster/{identifier}" in {one["Value"] for one in metric["Dimensions"]}
        }
    assert {"ClusterConnectionCount", "DbConnectAdmin"} <= usage


def _sums(watch: Any, identifier: str) -> dict[str, float]:
    pages = watch.get_paginator("list_metrics").paginate(
        Namespace="AWS/AuroraDSQL", Dimensions=[{"Name": "ClusterId", "Value": identifier}]
    )
    metrics = [metric for page in pages for metric in page["Metrics"]]
    now = datetime.now(UTC)
    answer = watch.get_metric_data(
        MetricDataQueries=[
            {"Id": f"m{i}", "MetricStat": {"Metric": metric, "Period": 3_600, "Stat": "Sum"}}
            for i, metric in enumerate(metrics)
        ],
        StartTime=now - timedelta(hours=1),
        EndTime=now + timedelta(minutes=1),
    )
    return {one["Label"]: sum(one["Values"]) for one in answer["MetricDataResults"]}
