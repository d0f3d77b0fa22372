"""Metrics of the local DSQL through CloudWatch's API."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from dsql_tui.aws.clusters import find_cluster
from dsql_tui.aws.metrics import cluster_metrics, transactions
from dsql_tui.aws.session import AwsSession
from dsql_tui.local.process.server_info import ServerInfo
from dsql_tui.model.cluster import Cluster
from dsql_tui.model.metrics import MetricRange
from tests.e2e.fleet.support import sides_of_shop
from tests.support.local_dsql import profile_of


@pytest.fixture(scope="module")
def session(local_dsql: ServerInfo) -> AwsSession:
    return AwsSession(profile_of(local_dsql))


@pytest.fixture(scope="module")
def shop(session: AwsSession, local_dsql: ServerInfo) -> Cluster:
    """Give a cluster that has just been used."""
    with closing(sides_of_shop(local_dsql)[0].open()) as used:
        for _ in range(3):
            used.fetch("SELECT count(*) FROM customers")
    return find_cluster(session, session.regions, "shop@us-east-1")


def test_what_a_cluster_has_done_is_reported(session: AwsSession, shop: Cluster) -> None:
    now = datetime.now(UTC) + timedelta(minutes=1)
    report = cluster_metrics(session, shop, MetricRange.HOUR, now)
    series = {each.metric.name: each for each in report.series}
    assert (series["TotalTransactions"].total or 0) >= 3
    assert (series["DbConnectAdmin"].total or 0) >= 1
    assert (series["TotalDPU"].total or 0) > 0
    assert (report.month.dpu or 0) > 0
    assert report.alarms == ()


def test_minutes_in_which_nothing_happened_are_absent(session: AwsSession, shop: Cluster) -> None:
    now = datetime.now(UTC) + timedelta(minutes=1)
    report = cluster_metrics(session, shop, MetricRange.HOUR, now)
    for series in report.series:
        if series.metric.name == "TotalTransactions":
            assert len(series.points) < 10
            assert all(value > 0 for _, value in series.points)


def test_a_range_before_the_cluster_existed_is_empty(session: AwsSession, shop: Cluster) -> None:
    before = datetime.now(UTC) - timedelta(days=3)
    report = cluster_metrics(session, shop, MetricRange.HOUR, before)
    assert all(series.points == () for series in report.series)


def test_sparklines_of_many_clusters_are_one_question(session: AwsSession, shop: Cluster) -> None:
    now = datetime.now(UTC) + timedelta(minutes=1)
    planned = transactions(session, "us-east-1", [shop], now - timedelta(hours=3), now)
    assert sum(value for _, value in planned[shop.identifier]) >= 3
