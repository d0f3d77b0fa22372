"""The bench against the local DSQL, over TLS."""

from __future__ import annotations

import csv
import io
import json
import signal
import subprocess
from pathlib import Path

import pytest

from dsql_tui.bench.consistency import probe
from dsql_tui.bench.report import HEADER, as_csv, as_markdown, fields_of
from dsql_tui.bench.run import BenchPlan, run
from dsql_tui.bench.workload import Operation, parse_workload
from dsql_tui.errors import InputError
from dsql_tui.local.process import server
from dsql_tui.local.process.server_info import ServerInfo
from tests.e2e.fleet.support import scratch_schemas, sides_of_shop
from tests.support.program import program

ALL = tuple(Operation)


def test_a_run_measures_every_operation_on_both_sides_and_cleans_up(
    local_dsql: ServerInfo,
) -> None:
    sides = sides_of_shop(local_dsql)
    *_, last = run(sides, BenchPlan(sessions=2, duration_s=0.5, workload=ALL))
    assert last.finished
    assert [(row.operation, row.side) for row in last.rows] == [
        (operation, side) for operation in ALL for side in ("us-east-1", "us-east-2")
    ]
    for row in last.rows:
        assert row.count > 0
        percentiles = (row.p50_ms, row.p90_ms, row.p95_ms, row.p99_ms, row.max_ms)
        assert list(percentiles) == sorted(filter(None, percentiles))
        assert sum(row.bars) == row.count
    assert scratch_schemas(sides[0]) == []


def test_a_run_that_is_dropped_half_way_cleans_up(local_dsql: ServerInfo) -> None:
    sides = sides_of_shop(local_dsql)
    snapshots = run(sides, BenchPlan(sessions=2, duration_s=30))
    next(snapshots)
    assert len(scratch_schemas(sides[0])) == 1
    snapshots.close()  # type: ignore[attr-defined]  # a generator
    assert scratch_schemas(sides[0]) == []


def test_ctrl_c_reports_what_was_measured_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    command = [*program(), "bench", "shop", "--local", "--one-region"]
    with server.start(port=0) as running:
        side = sides_of_shop(running.info)[0]
        process = subprocess.Popen(
            [*command, "--duration", "5m", "--sessions", "2", "--format", "json"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        while not scratch_schemas(side):
            assert process.poll() is None, process.communicate()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
        assert process.returncode == 130, err
        assert scratch_schemas(side) == []
        assert not out or json.loads(out)["operations"]


@pytest.mark.parametrize(
    "plan", [BenchPlan(sessions=0), BenchPlan(sessions=1_001), BenchPlan(duration_s=0)]
)
def test_a_plan_that_cannot_be_carried_out_is_refused_first(plan: BenchPlan) -> None:
    with pytest.raises(InputError):
        next(run([], plan))


def test_a_workload_names_known_operations_once() -> None:
    assert parse_workload("select1, insert,select1") == (Operation.SELECT_1, Operation.INSERT)
    with pytest.raises(InputError, match="vacuum"):
        parse_workload("insert,vacuum")


def test_a_report_says_the_same_in_every_format(local_dsql: ServerInfo) -> None:
    sides = sides_of_shop(local_dsql)[:1]
    plan = BenchPlan(sessions=1, duration_s=0.2, workload=(Operation.SELECT_1,))
    *_, last = run(sides, plan)
    [from_csv] = csv.DictReader(io.StringIO(as_csv(last)))
    [by_name] = [fields_of(row) for row in last.rows]
    assert from_csv["operation"] == by_name["operation"] == "select1"
    assert float(from_csv["p95_ms"]) == by_name["p95_ms"]
    header, rule, row = as_markdown(last).splitlines()
    assert header.count("|") == rule.count("|") == row.count("|") == len(HEADER) + 1


def test_a_probe_finds_no_stale_read_in_either_direction(local_dsql: ServerInfo) -> None:
    one, other = sides_of_shop(local_dsql)
    findings = {finding.direction: finding for finding in probe(one, other, 5)}
    assert set(findings) == {"us-east-1 → us-east-2", "us-east-2 → us-east-1"}
    for finding in findings.values():
        assert (finding.rounds, finding.stale) == (5, 0)
        assert finding.commit_p50_ms is not None
    assert scratch_schemas(one) == []
