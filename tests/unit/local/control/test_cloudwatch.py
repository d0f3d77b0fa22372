"""CloudWatch over the gateway's counters, as unmodified boto3 sees it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from dsql_tui.local.metering.counters import ClusterMetric
from tests.support.control_plane import Aws, refusal


@pytest.fixture
def cluster(aws: Aws) -> str:
    """A cluster with three transactions now, and two that were two minutes ago."""
    identifier = str(aws.create()["identifier"])
    aws.clock.advance(minutes=-2)
    for latency_ms in (5.0, 7.0):
        aws.counters.add(
            identifier,
            {ClusterMetric.TOTAL_TRANSACTIONS: 1, ClusterMetric.COMMIT_LATENCY: latency_ms},
        )
    aws.clock.advance(minutes=2)
    aws.counters.add(identifier, {ClusterMetric.TOTAL_TRANSACTIONS: 3})
    return identifier


def query(cluster: str, name: str, stat: str = "Sum", period: int = 60) -> dict[str, Any]:
    return {
        "Id": name.lower(),
        "MetricStat": {
            "Metric": {
                "Namespace": "AWS/AuroraDSQL",
                "MetricName": name,
                "Dimensions": [{"Name": "ClusterId", "Value": cluster}],
            },
            "Period": period,
            "Stat": stat,
        },
    }


def ask(aws: Aws, *queries: dict[str, Any], **more: Any) -> dict[str, Any]:
    now = aws.clock()
    answer: dict[str, Any] = aws.client("cloudwatch").get_metric_data(
        MetricDataQueries=list(queries),
        StartTime=now - timedelta(hours=1),
        EndTime=now + timedelta(minutes=1),
        **more,
    )
    return answer


def test_metrics_are_listed_with_the_dimension_they_have(aws: Aws, cluster: str) -> None:
    pages = (
        aws.client("cloudwatch").get_paginator("list_metrics").paginate(Namespace="AWS/AuroraDSQL")
    )
    assert [metric for page in pages for metric in page["Metrics"]] == [
        {
            "Namespace": "AWS/AuroraDSQL",
            "MetricName": name,
            "Dimensions": [{"Name": "ClusterId", "Value": cluster}],
        }
        for name in ("CommitLatency", "TotalTransactions")
    ]


def test_a_listing_is_filtered_by_name_dimension_and_activity(aws: Aws, cluster: str) -> None:
    client = aws.client("cloudwatch")

    def count(**asked: Any) -> int:
        return len(client.list_metrics(**asked)["Metrics"])

    assert count() == 2
    assert count(MetricName="CommitLatency") == 1
    assert count(Dimensions=[{"Name": "ClusterId"}]) == 2
    assert count(Dimensions=[{"Name": "ClusterId", "Value": "other"}]) == 0
    assert count(Dimensions=[{"Name": "ResourceId"}]) == 0
    assert count(Namespace="AWS/EC2") == 0
    assert count(RecentlyActive="PT3H") == 2
    assert len(aws.client("cloudwatch", "eu-west-1").list_metrics()["Metrics"]) == 0


def test_data_comes_by_period_newest_first_and_absent_minutes_are_absent(
    aws: Aws, cluster: str
) -> None:
    (result,) = ask(aws, query(cluster, "TotalTransactions"))["MetricDataResults"]
    assert result["Values"] == [3.0, 2.0]
    newest, oldest = result["Timestamps"]
    assert newest - oldest == timedelta(minutes=2)
    assert result["StatusCode"] == "Complete"
    assert result["Label"] == "TotalTransactions"


def test_data_can_come_oldest_first_and_by_longer_periods(aws: Aws, cluster: str) -> None:
    by_hour = query(cluster, "TotalTransactions", period=86_400)
    (result,) = ask(aws, query(cluster, "TotalTransactions"), ScanBy="TimestampAscending")[
        "MetricDataResults"
    ]
    assert result["Values"] == [2.0, 3.0]
    assert sum(ask(aws, by_hour)["MetricDataResults"][0]["Values"]) == 5.0


def test_percentiles_are_of_the_single_values(aws: Aws, cluster: str) -> None:
    (result,) = ask(aws, query(cluster, "CommitLatency", "p50"))["MetricDataResults"]
    assert result["Values"] == [6.0]


def test_a_metric_without_data_is_an_empty_result(aws: Aws, cluster: str) -> None:
    (result,) = ask(aws, query(cluster, "QueryTimeouts"))["MetricDataResults"]
    assert result["Values"] == []
    assert result["StatusCode"] == "Complete"


def test_datapoints_are_paged_as_asked(aws: Aws, cluster: str) -> None:
    first = ask(
        aws, query(cluster, "TotalTransactions"), query(cluster, "CommitLatency"), MaxDatapoints=1
    )
    assert [one["Values"] for one in first["MetricDataResults"]] == [[3.0]]
    assert first["MetricDataResults"][0]["StatusCode"] == "PartialData"
    now = aws.clock()
    pages = (
        aws.client("cloudwatch")
        .get_paginator("get_metric_data")
        .paginate(
            MetricDataQueries=[
                query(cluster, "TotalTransactions"),
                query(cluster, "CommitLatency"),
            ],
            StartTime=now - timedelta(hours=1),
            EndTime=now + timedelta(minutes=1),
            MaxDatapoints=1,
        )
    )
    values = [v for page in pages for one in page["MetricDataResults"] for v in one["Values"]]
    assert values == [3.0, 2.0, 12.0]


def test_statistics_of_one_metric_come_together(aws: Aws, cluster: str) -> None:
    now = aws.clock()
    answer = aws.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/AuroraDSQL",
        MetricName="CommitLatency",
        Dimensions=[{"Name": "ClusterId", "Value": cluster}],
        StartTime=now - timedelta(hours=1),
        EndTime=now,
        Period=60,
        Statistics=["Average", "Maximum"],
        ExtendedStatistics=["p90"],
    )
    (point,) = answer["Datapoints"]
    assert (point["Average"], point["Maximum"], point["Unit"]) == (6.0, 7.0, "Milliseconds")
    assert point["ExtendedStatistics"] == {"p90": pytest.approx(6.8)}


def test_open_connections_and_connects_are_usage(aws: Aws, cluster: str) -> None:
    aws.counters.connect_attempted(cluster, is_admin=True)
    aws.counters.session_opened(cluster)
    listed = aws.client("cloudwatch").list_metrics(Namespace="AWS/Usage")["Metrics"]
    named = {
        one["MetricName"]: {d["Name"]: d["Value"] for d in one["Dimensions"]} for one in listed
    }
    assert named["ResourceCount"]["Resource"] == "ClusterConnectionCount"
    assert named["ResourceCount"]["ResourceId"] == f"cluster/{cluster}"
    assert named["CallCount"]["Resource"] == "DbConnectAdmin"


def test_there_are_no_alarms(aws: Aws) -> None:
    assert aws.client("cloudwatch").describe_alarms()["MetricAlarms"] == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"MetricStat": None, "Expression": "m1 + m2"}, "no metric expressions"),
        ({"MetricStat": {"Stat": "tm99"}}, "does not compute the statistic tm99"),
        ({"MetricStat": {"Period": 90}}, "period 90 must be"),
    ],
)
def test_what_is_not_computed_is_refused(
    aws: Aws, cluster: str, change: dict[str, Any], words: str
) -> None:
    asked = query(cluster, "TotalTransactions")
    for name, value in change.items():
        asked[name] = {**asked[name], **value} if isinstance(value, dict) else value
    asked = {name: value for name, value in asked.items() if value is not None}
    now = aws.clock()
    refused = refusal(
        aws.client("cloudwatch").get_metric_data,
        MetricDataQueries=[asked],
        StartTime=now - timedelta(hours=1),
        EndTime=now,
    )
    assert refused["Error"]["Code"] == "ValidationError"
    assert words in refused["Error"]["Message"]


def test_more_than_1440_datapoints_of_statistics_are_refused(aws: Aws, cluster: str) -> None:
    now = aws.clock()
    asked = {
        "Namespace": "AWS/AuroraDSQL",
        "MetricName": "TotalTransactions",
        "Dimensions": [{"Name": "ClusterId", "Value": cluster}],
        "Statistics": ["Sum"],
        "EndTime": now,
    }
    watch = aws.client("cloudwatch").get_metric_statistics
    for minutes, period_s in ((1_440, 60), (14_400, 600)):
        watch(StartTime=now - timedelta(minutes=minutes), Period=period_s, **asked)
    refused = refusal(watch, StartTime=now - timedelta(minutes=1_441), Period=60, **asked)
    assert refused["Error"]["Code"] == "InvalidParameterCombination"
    assert "up to 1441 datapoints" in refused["Error"]["Message"]


def test_a_range_that_ends_before_it_begins_is_refused(aws: Aws, cluster: str) -> None:
    now = aws.clock()
    refused = refusal(
        aws.client("cloudwatch").get_metric_data,
        MetricDataQueries=[query(cluster, "TotalTransactions")],
        StartTime=now,
        EndTime=now,
    )
    assert "must be less than" in refused["Error"]["Message"]


class TestACluster:
    @pytest.mark.parametrize(
        ("silent_for_min", "status"), [(1, "ACTIVE"), (11, "IDLE"), (61, "INACTIVE")]
    )
    def test_without_sessions_goes_to_sleep(
        self, aws: Aws, silent_for_min: int, status: str
    ) -> None:
        created = aws.create()
        aws.made_earlier(minutes=silent_for_min)
        assert aws.status(created) == status

    def test_stays_active_while_a_session_is_open(self, aws: Aws) -> None:
        created = aws.create()
        aws.made_earlier(hours=2)
        aws.counters.session_opened(created["identifier"])
        assert aws.status(created) == "ACTIVE"
