"""`dsql-tui metrics`: show a cluster's CloudWatch metrics and cost."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from dsql_tui.aws.clusters import find_cluster
from dsql_tui.aws.metrics import cluster_metrics
from dsql_tui.aws.session import AwsSession
from dsql_tui.cli.shared.json_output import json_option, print_json
from dsql_tui.cli.shared.output import output_option
from dsql_tui.cli.shared.table import table
from dsql_tui.cli.shared.target import Target, named, profile_of, target_options
from dsql_tui.cli.shared.values.options import cluster_argument
from dsql_tui.config import Config
from dsql_tui.model.cells import inert
from dsql_tui.model.metrics import Cost, MetricRange, MetricsReport, Series, cost_of, in_unit, spark

_SPARK_WIDTH = 40


@click.command("metrics")
@cluster_argument()
@click.option(
    "--range",
    "chosen",
    type=click.Choice([each.value for each in MetricRange]),
    default=MetricRange.HOUR.value,
    show_default=True,
    help="How far back to read.",
)
@json_option()
@output_option
@target_options
def command(cluster: str | None, chosen: str, as_json: bool, target: Target) -> None:
    """Show the CloudWatch metrics of CLUSTER and its cost this month.

    Each Region of a multi-Region cluster has its own metrics. A metric without data is left out.
    The settings price.million_dpu and price.gb_month are the prices; the free tier is deducted as
    if this were the account's only cluster.
    """
    now = datetime.now(UTC)
    with profile_of(target) as profile:
        session = AwsSession(profile)
        found_cluster = find_cluster(session, session.regions, named(cluster, target))
        report = cluster_metrics(session, found_cluster, MetricRange(chosen), now)
    cost = _cost(report, target.config.for_cluster(found_cluster), now)
    if as_json:
        print_json(_as_json(report, cost))
    else:
        click.echo(_as_text(report, cost))


def _cost(report: MetricsReport, config: Config, now: datetime) -> Cost | None:
    return cost_of(report.month, now, million_dpu=config.dpu_price, gb_month=config.storage_price)


def _as_json(report: MetricsReport, cost: Cost | None) -> dict[str, object]:
    return {
        "cluster": report.cluster,
        "region": report.region,
        "start": report.start.isoformat(),
        "end": report.end.isoformat(),
        "periodSeconds": report.range.period_s,
        "metrics": [
            {
                "name": series.metric.name,
                "unit": series.metric.unit,
                "statistic": series.metric.statistic,
                "latest": series.latest,
                "total": series.total,
                "points": [[moment.isoformat(), value] for moment, value in series.points],
            }
            for series in report.series
        ],
        "month": {
            "dpu": report.month.dpu,
            "storageBytes": report.month.storage_bytes,
            "costUsd": None if cost is None else round(float(cost.so_far), 4),
            "forecastUsd": None if cost is None else round(float(cost.forecast), 4),
        },
        "alarms": None
        if report.alarms is None
        else [
            {"name": alarm.name, "metric": alarm.metric, "state": alarm.state}
            for alarm in report.alarms
        ],
    }


def _as_text(report: MetricsReport, cost: Cost | None) -> str:
    shown = [_row(report, series) for series in report.series if series.points]
    lines = [
        table(("METRIC", "LATEST", "TOTAL", f"LAST {report.range}"), shown, right=(1, 2))
        if shown
        else f"CloudWatch has no data for this cluster in the last {report.range}."
    ]
    if cost is not None:
        lines += [
            "",
            f"This month: ${cost.so_far:,.2f} so far, ${cost.forecast:,.2f} projected "
            f"({in_unit(report.month.dpu, 'DPU')}, "
            f"{in_unit(report.month.storage_bytes, 'bytes')} stored).",
        ]
    if report.alarms is None:
        lines.append(inert(f"Alarms could not be read: {report.alarms_problem}"))
    lines += [
        inert(f"Alarm {alarm.name}: {alarm.state} ({alarm.metric})")
        for alarm in report.alarms or ()
    ]
    return "\n".join(lines)


def _row(report: MetricsReport, series: Series) -> tuple[str, ...]:
    unit = series.metric.unit
    return (
        series.metric.label,
        in_unit(series.latest, unit),
        in_unit(series.total, unit) if series.metric.is_total else "",
        spark(report, series, _SPARK_WIDTH),
    )
