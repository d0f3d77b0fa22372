"""A cluster's metrics from CloudWatch, as listed there.

The documentation names the dimension of `AWS/AuroraDSQL` in two ways, `ClusterId` and `ResourceId`;
ListMetrics shows which one is used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from dsql_tui.aws.session import AwsSession, translated
from dsql_tui.errors import AwsError
from dsql_tui.model.cluster import Cluster
from dsql_tui.model.metrics import (
    METRIC_BY_NAME,
    METRICS,
    Alarm,
    Metric,
    MetricRange,
    MetricsReport,
    Points,
    Series,
    Usage,
)

NAMESPACE = "AWS/AuroraDSQL"
USAGE_NAMESPACE = "AWS/Usage"
_USAGE_SERVICE = "AuroraDSQL"
_DAY_S = 86_400

Source = Mapping[str, Any]
"""A metric as ListMetrics names it: Namespace, MetricName, Dimensions."""


def cluster_metrics(
    session: AwsSession, cluster: Cluster, chosen: MetricRange, now: datetime
) -> MetricsReport:
    """Return a cluster's metrics from CloudWatch.

    Args:
        session: Who asks.
        cluster: One cluster of a pair; each has its own metrics.
        chosen: How far back.
        now: Aware UTC.

    Raises:
        AwsError: CloudWatch could not be queried. Alarms that cannot be read are reported instead.
    """
    sources = _sources(session, cluster)
    # Periods begin on whole multiples, so a start in the middle of one would lose it.
    start = _floor(now - chosen.span, chosen.period_s)
    values = _data(session, cluster.region, sources, chosen.period_s, start, now)
    alarms, problem = _alarms_or_why_not(session, cluster)
    return MetricsReport(
        cluster=cluster.identifier,
        region=cluster.region,
        range=chosen,
        start=start,
        end=now,
        series=tuple(
            Series(metric, values[metric.name]) for metric in METRICS if metric.name in values
        ),
        month=_month(session, cluster, sources, now),
        alarms=alarms,
        alarms_problem=problem,
    )


def transactions(
    session: AwsSession, region: str, clusters: Sequence[Cluster], start: datetime, now: datetime
) -> dict[str, Points]:
    """Return transactions per cluster of one Region, for sparklines; one call for up to 500.

    Raises:
        AwsError: CloudWatch could not be asked.
    """
    by_identifier = {cluster.identifier: cluster for cluster in clusters}
    sources: dict[str, Source] = {}
    for source in _listed(session, region, NAMESPACE, MetricName="TotalTransactions"):
        owner = next((each for each in by_identifier if _is_about(source, each)), None)
        if owner is not None:
            sources[owner] = source
    period_s = max(60, int((now - start).total_seconds() / 60 // 60 * 60))
    metric = METRIC_BY_NAME["TotalTransactions"]
    return _data(session, region, sources, period_s, _floor(start, period_s), now, metric=metric)


def list_alarms(session: AwsSession, cluster: Cluster) -> tuple[Alarm, ...]:
    """Return the alarms on a cluster's own metrics.

    Raises:
        AwsError: CloudWatch could not be asked.
    """
    with translated(cluster.region):
        client = session.client("cloudwatch", cluster.region)
        pages = client.get_paginator("describe_alarms").paginate(AlarmTypes=["MetricAlarm"])
        alarms = [alarm for page in pages for alarm in page.get("MetricAlarms", ())]
    return tuple(
        Alarm(
            alarm["AlarmName"],
            alarm.get("MetricName", ""),
            alarm.get("StateValue", ""),
            alarm.get("StateReason", ""),
        )
        for alarm in alarms
        if alarm.get("Namespace") == NAMESPACE and _is_about(alarm, cluster.identifier)
    )


def _alarms_or_why_not(
    session: AwsSession, cluster: Cluster
) -> tuple[tuple[Alarm, ...] | None, str]:
    try:
        return list_alarms(session, cluster), ""
    except AwsError as error:
        return None, error.message


def _sources(session: AwsSession, cluster: Cluster) -> dict[str, Source]:
    """Return the metrics there are, by our name for them."""
    sources: dict[str, Source] = {}
    for source in _listed(session, cluster.region, NAMESPACE):
        of_stream = any(each["Name"] == "StreamId" for each in source["Dimensions"])
        known = source["MetricName"] in METRIC_BY_NAME and not of_stream
        if known and _is_about(source, cluster.identifier):
            sources[source["MetricName"]] = source
    service = [{"Name": "Service", "Value": _USAGE_SERVICE}]
    for source in _listed(session, cluster.region, USAGE_NAMESPACE, Dimensions=service):
        names = {each["Name"]: each["Value"] for each in source["Dimensions"]}
        if names.get("Resource") in METRIC_BY_NAME and _is_about(source, cluster.identifier):
            sources[names["Resource"]] = source
    return sources


def _listed(session: AwsSession, region: str, namespace: str, **narrowed: Any) -> list[Source]:
    with translated(region):
        pages = (
            session.client("cloudwatch", region)
            .get_paginator("list_metrics")
            .paginate(Namespace=namespace, **narrowed)
        )
        return [source for page in pages for source in page["Metrics"]]


def _is_about(source: Source, identifier: str) -> bool:
    """Whether a dimension names the cluster: by identifier, `cluster/<id>` or ARN."""
    values = (each["Value"] for each in source.get("Dimensions", ()))
    return any(value.rpartition("/")[2] == identifier for value in values)


def _data(
    session: AwsSession,
    region: str,
    sources: Mapping[str, Source],
    period_s: int,
    start: datetime,
    end: datetime,
    *,
    metric: Metric | None = None,
) -> dict[str, Points]:
    """Return points by the names of `sources`, whose metric is `metric` or named so."""
    if not sources:
        return {}
    names = list(sources)
    queries = [
        {
            "Id": f"m{number}",
            "MetricStat": {
                "Metric": {
                    key: sources[name][key] for key in ("Namespace", "MetricName", "Dimensions")
                },
                "Period": period_s,
                "Stat": (metric or METRIC_BY_NAME[name]).statistic,
            },
        }
        for number, name in enumerate(names)
    ]
    points_by_id: dict[str, list[tuple[datetime, float]]] = {name: [] for name in names}
    with translated(region):
        pages = (
            session.client("cloudwatch", region)
            .get_paginator("get_metric_data")
            .paginate(
                MetricDataQueries=queries, StartTime=start, EndTime=end, ScanBy="TimestampAscending"
            )
        )
        for page in pages:
            for result in page["MetricDataResults"]:
                points = zip(result["Timestamps"], result["Values"], strict=True)
                points_by_id[names[int(result["Id"][1:])]] += points
    return {name: tuple(sorted(points)) for name, points in points_by_id.items()}


def _month(
    session: AwsSession, cluster: Cluster, sources: Mapping[str, Source], now: datetime
) -> Usage:
    wanted = {
        name: source
        for name, source in sources.items()
        if name in {"TotalDPU", "ClusterStorageSize"}
    }
    start = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    end = max(now, start + timedelta(minutes=1))
    points = _data(session, cluster.region, wanted, _DAY_S, start, end)
    dpu = [value for _, value in points.get("TotalDPU", ())]
    sizes = [value for _, value in points.get("ClusterStorageSize", ())]
    return Usage(
        dpu=sum(dpu) if dpu else None, storage_bytes=sum(sizes) / len(sizes) if sizes else None
    )


def _floor(timestamp: datetime, period_s: int) -> datetime:
    seconds = timestamp.timestamp()
    return timestamp - timedelta(seconds=seconds % period_s)
