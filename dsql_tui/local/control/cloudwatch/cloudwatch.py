"""The CloudWatch service: metrics of `AWS/AuroraDSQL` and `AWS/Usage`, counted by the gateway."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from dsql_tui.local.control.cloudwatch import statistics
from dsql_tui.local.control.cloudwatch.metric_tables import UNITS, PublishedMetric, published
from dsql_tui.local.control.protocol.protocols import ApiError, Params
from dsql_tui.local.control.protocol.service import Call, Service, sum_up
from dsql_tui.local.control.state import AccountState
from dsql_tui.local.metering.counters import Counters, Sample

METRICS_PER_PAGE = 500
"""Metrics per page of ListMetrics (its API reference)."""
DATAPOINTS_MAX = 100_800
"""Datapoints of one GetMetricData answer (its API reference)."""
QUERIES_MAX = 500
"""Queries of one GetMetricData call (its API reference)."""
STATISTICS_MAX = 1_440
"""Datapoints of one GetMetricStatistics answer (its API reference)."""
SHORT_PERIODS_S = (1, 5, 10, 20, 30)
"""Periods under a minute that a request may use (API reference, MetricStat)."""
RECENT = timedelta(hours=3)
"""Age limit of `RecentlyActive=PT3H`."""


def cloudwatch_service(state: AccountState, counters: Counters) -> Service:
    """Return the CloudWatch service over the metrics of a state's clusters."""
    watch = _CloudWatch(state, counters)
    return Service(
        name="cloudwatch",
        signing_name="monitoring",
        operations={
            "ListMetrics": watch.list_metrics,
            "GetMetricData": watch.get_metric_data,
            "GetMetricStatistics": watch.get_metric_statistics,
            "DescribeAlarms": watch.describe_alarms,
        },
        invalid=lambda violations: _invalid(sum_up(violations)),
        malformed=partial(ApiError, "SerializationException"),
    )


def _invalid(message: str) -> ApiError:
    return ApiError("ValidationError", message)


class _CloudWatch:
    def __init__(self, state: AccountState, counters: Counters) -> None:
        self._state = state
        self._counters = counters

    def list_metrics(self, call: Call, params: Params) -> Params:
        """Return the metrics that have data."""
        recent = "RecentlyActive" in params
        metrics = [
            one
            for one in self._published(call.region)
            if _fits(one, params) and (not recent or self._is_recent(one, call.now))
        ]
        start = _offset(params.get("NextToken"))
        end = start + METRICS_PER_PAGE
        return {
            "Metrics": [_named(one) for one in metrics[start:end]],
            "NextToken": str(end) if end < len(metrics) else None,
        }

    def get_metric_data(self, call: Call, params: Params) -> Params:
        """Answer queries by `MetricStat`; metric math is refused."""
        queries = params["MetricDataQueries"]
        if len(queries) > QUERIES_MAX:
            raise _invalid(f"MetricDataQueries must not have more than {QUERIES_MAX} members.")
        if len({one["Id"] for one in queries}) < len(queries):
            raise _invalid("The values for parameter id in MetricDataQueries are not unique.")
        start, end = _range(params)
        ascending = params.get("ScanBy") == "TimestampAscending"
        results = [
            self._result(call.region, one, start, end, ascending=ascending)
            for one in queries
            if one.get("ReturnData", True)
        ]
        room = min(params.get("MaxDatapoints", DATAPOINTS_MAX), DATAPOINTS_MAX)
        return _datapoints_page(results, _offset(params.get("NextToken")), max(room, 1))

    def get_metric_statistics(self, call: Call, params: Params) -> Params:
        """Return one or more statistics of one metric."""
        start, end = _range(params)
        simple, extended = params.get("Statistics", []), params.get("ExtendedStatistics", [])
        _check_statistics(simple + extended)
        period_s = _checked_period(params["Period"])
        if (count := math.ceil((end - start).total_seconds() / period_s)) > STATISTICS_MAX:
            raise ApiError(
                "InvalidParameterCombination",
                f"You have requested up to {count} datapoints, which exceeds the limit of "
                f"{STATISTICS_MAX}. Increase Period or decrease the time range.",
            )
        metric = self._find(call.region, params)
        points = []
        for moment, samples in self._periods(metric, period_s, start, end).items():
            point: Params = {name: statistics.compute(name, samples) for name in simple}
            if extended:
                values = {name: statistics.compute(name, samples) for name in extended}
                point["ExtendedStatistics"] = values
            unit = UNITS.get(metric.metric, "None") if metric else "None"
            points.append({"Timestamp": moment, "Unit": unit, **point})
        return {"Label": params["MetricName"], "Datapoints": points}

    def describe_alarms(self, _call: Call, _params: Params) -> Params:
        """Return an empty list: the local DSQL has no alarms."""
        return {"MetricAlarms": [], "CompositeAlarms": []}

    def _result(
        self, region: str, query: Params, start: datetime, end: datetime, *, ascending: bool
    ) -> Params:
        stat = query.get("MetricStat")
        if stat is None:
            raise _invalid("The local DSQL computes no metric expressions; use MetricStat.")
        _check_statistics([stat["Stat"]])
        period_s = _checked_period(stat["Period"])
        periods = self._periods(self._find(region, stat["Metric"]), period_s, start, end)
        moments = sorted(periods, reverse=not ascending)
        return {
            "Id": query["Id"],
            "Label": query.get("Label") or stat["Metric"].get("MetricName", ""),
            "Timestamps": moments,
            "Values": [statistics.compute(stat["Stat"], periods[one]) for one in moments],
        }

    def _periods(
        self, metric: PublishedMetric | None, period_s: int, start: datetime, end: datetime
    ) -> dict[datetime, list[Sample]]:
        if metric is None:
            return {}
        length_s = max(period_s, 60)  # counters have a resolution of one minute
        begin = statistics.first_period(start, length_s)
        samples = self._counters.samples(metric.cluster, metric.metric, begin, end)
        return statistics.by_period(samples, length_s)

    def _find(self, region: str, asked: Params) -> PublishedMetric | None:
        dimensions = {one["Name"]: one["Value"] for one in asked.get("Dimensions", ())}
        name = (asked.get("Namespace"), asked.get("MetricName"))
        for metric in self._published(region):
            if (metric.namespace, metric.name) == name and metric.dimensions == dimensions:
                return metric
        return None

    def _is_recent(self, metric: PublishedMetric, now: datetime) -> bool:
        later = now + timedelta(minutes=1)
        return bool(self._counters.samples(metric.cluster, metric.metric, now - RECENT, later))

    def _published(self, region: str) -> Iterator[PublishedMetric]:
        for cluster in self._state.clusters(region):
            for metric in sorted(self._counters.metrics(cluster.identifier)):
                yield published(cluster, metric)


def _fits(metric: PublishedMetric, params: Params) -> bool:
    """Whether a metric matches a ListMetrics request; a dimension without a value matches any."""
    dimensions = metric.dimensions
    return (
        params.get("Namespace", metric.namespace) == metric.namespace
        and params.get("MetricName", metric.name) == metric.name
        and all(
            one["Name"] in dimensions
            and one.get("Value", dimensions[one["Name"]]) == dimensions[one["Name"]]
            for one in params.get("Dimensions", ())
        )
    )


def _named(metric: PublishedMetric) -> Params:
    dimensions = [{"Name": name, "Value": value} for name, value in metric.dimensions.items()]
    return {"Namespace": metric.namespace, "MetricName": metric.name, "Dimensions": dimensions}


def _range(params: Params) -> tuple[datetime, datetime]:
    start, end = params["StartTime"], params["EndTime"]
    if start >= end:
        raise _invalid("The parameter StartTime must be less than the parameter EndTime.")
    return start, end


def _checked_period(period_s: int) -> int:
    if period_s not in SHORT_PERIODS_S and period_s % 60:
        raise _invalid(f"The period {period_s} must be 1, 5, 10, 20, 30 or a multiple of 60.")
    return period_s


def _check_statistics(names: list[str]) -> None:
    if not names:
        raise _invalid("At least one of Statistics and ExtendedStatistics is required.")
    for name in names:
        if not statistics.is_statistic(name):
            raise _invalid(f"The local DSQL does not compute the statistic {name}.")


def _offset(token: str | None) -> int:
    if token is None:
        return 0
    if not (token.isascii() and token.isdigit() and len(token) < 10):
        raise ApiError("InvalidNextToken", "The next token is not valid.")
    return int(token)


def _datapoints_page(results: list[Params], start: int, room: int) -> Params:
    """Return a page of at most `room` datapoints from all results in sequence."""
    page, position, end = [], 0, start + room
    for result in results:
        size = len(result["Values"])
        window = slice(max(start - position, 0), max(end - position, 0))
        position += size
        timestamps, values = result["Timestamps"][window], result["Values"][window]
        if values or (not size and not start):
            status = "PartialData" if position > end else "Complete"
            whole = {**result, "Timestamps": timestamps, "Values": values, "StatusCode": status}
            page.append(whole)
    return {
        "MetricDataResults": page,
        "NextToken": str(end) if position > end else None,
        "Messages": [],
    }
