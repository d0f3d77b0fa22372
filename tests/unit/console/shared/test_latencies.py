"""What this console's own statements took."""

from __future__ import annotations

from dsql_tui.console.run.statements import RunOrder, run_statements
from dsql_tui.console.session.sessions import SessionPair
from dsql_tui.console.shared.latencies import Latencies
from dsql_tui.console.shared.services import LiveServices
from dsql_tui.errors import StatementError
from dsql_tui.model.endpoint import Endpoint, Profile
from dsql_tui.model.latency import OperationStats
from dsql_tui.model.result import Completed, Described
from dsql_tui.sql.dsql.discipline import Discipline
from dsql_tui.sql.lexing.split import split
from tests.support.fakes import FakeServices, answer, conflict_times, tag
from tests.support.rows import columns, numbered

ENDPOINT = Endpoint(host="shop.test", region="us-east-1", cluster_name="shop")


def counted(latencies: Latencies) -> dict[str, OperationStats]:
    return {row.operation: row for row in latencies.rows()}


def run(
    services: FakeServices, sql: str, order: RunOrder | None = None
) -> dict[str, OperationStats]:
    statements = tuple(split(sql))
    run_statements(
        SessionPair(services, ENDPOINT), order or RunOrder(1, statements), lambda _message: None
    )
    return counted(services.latencies)


def test_statements_are_counted_by_command_with_what_they_took() -> None:
    services = FakeServices()
    services.answers["insert into t values (1)"] = tag("INSERT 0 1", elapsed_ms=4.0)
    services.answers["insert into t values (2)"] = tag("INSERT 0 1", elapsed_ms=8.0)
    services.answers["select 1"] = answer([["1"]], one="integer")
    found = run(services, "insert into t values (1); insert into t values (2); select 1")
    assert set(found) == {"connect", "INSERT", "SELECT"}
    assert (found["INSERT"].count, found["INSERT"].max_ms) == (2, 8.0)
    assert found["INSERT"].side == "shop@us-east-1"
    assert found["connect"].count == 1


def test_a_commit_that_the_console_adds_is_counted_for_itself() -> None:
    services = FakeServices()
    statements = tuple(split("select 1"))
    found = run(services, "", RunOrder(1, statements, Discipline(read_only=True)))
    assert (found["SELECT"].count, found["COMMIT"].count) == (1, 1)


def test_conflicts_and_errors_are_counted_and_their_times_are_not() -> None:
    services = FakeServices()
    services.answers["update t set a = 1"] = conflict_times(2)
    services.answers["delete from t"] = StatementError("no", sqlstate="42501")
    found = run(services, "update t set a = 1; delete from t")
    update, delete = found["UPDATE"], found["DELETE"]
    assert (update.count, update.conflicts, update.retries, update.errors) == (1, 2, 2, 0)
    assert (delete.count, delete.errors, delete.p50_ms) == (0, 1, None)


def test_a_result_that_waited_for_the_person_is_left_out() -> None:
    services = FakeServices()
    rows = [numbered(1, 1_000), numbered(1_001, 1_000)]
    services.answers["select n"] = [
        Described(columns(n="integer", text="text")),
        *rows,
        Completed("SELECT 2000", 2_000, 1.0, 60_000.0),
    ]
    order = RunOrder(1, tuple(split("select n")), row_limit=1_000)
    order.gate.more()
    assert "SELECT" not in run(services, "", order)


def test_every_profile_counts_into_the_same_figures() -> None:
    services = LiveServices(Profile(name="one"))
    assert services.with_profile("other", ()).latencies is services.latencies
