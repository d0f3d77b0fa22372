"""A statement is run again; nothing piles up, is written or goes on after an error."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from dsql_tui.console.run.watcher import IN_TRANSACTION
from dsql_tui.console.widgets.line import LineDialog
from dsql_tui.errors import StatementError
from dsql_tui.model.result import StatementEvent
from dsql_tui.sql.dsql.explain import explain_of
from dsql_tui.sql.lexing.split import split
from dsql_tui.sql.psql.watch import Watch
from tests.support.fakes import FakeServices, FakeSession, answer
from tests.support.lone_tab import LoneTab

READ = "select a from t"
(MEASURED,) = explain_of(READ, analyze=True)
PLAN = [
    "Full Scan on t",
    "Statement DPU Estimate:",
    "  Compute: 0.00100 DPU",
    "  Total: 0.00200 DPU",
]


async def watched(services: FakeServices, watch: Watch | None = None, sql: str = READ) -> LoneTab:
    lone = LoneTab(services)
    await lone.connect()
    await lone.do(lone.tab.watcher.watch(split(sql)[0], watch or Watch(2.0)))
    return lone


def reading(*answers: Callable[[], list[StatementEvent]]) -> FakeServices:
    services = FakeServices()
    left = list(answers)

    def next_answer(_session: FakeSession) -> Iterator[StatementEvent]:
        yield from (left.pop(0) if left else one)()

    services.answers[READ] = next_answer
    services.answers[MEASURED] = answer([[line] for line in PLAN], plan="text")
    return services


def one() -> list[StatementEvent]:
    return answer([["1"]], a="text")


def refused() -> list[StatementEvent]:
    raise StatementError("gone", sqlstate="42P01")


async def next_run(lone: LoneTab) -> None:
    """Let the interval pass."""
    timer = lone.ui.timers[-1]
    assert not timer.stopped
    timer.callback()
    await lone.settle()


async def test_a_statement_runs_until_it_is_stopped() -> None:
    lone = await watched(reading())
    assert lone.ran == [READ, MEASURED]
    await next_run(lone)
    await next_run(lone)
    assert lone.ran == [READ, MEASURED, READ, READ]
    assert lone.results.told.count("watch on") == 1
    assert [each for each in lone.results.told if each.startswith("run ")] == [
        f"run {number} · every 2 s · ~0.00{2 * number} DPU, ${0.000000:.6f} · esc stops"
        for number in (1, 2, 3)
    ]
    lone.tab.cancel()
    await lone.settle()
    assert lone.results.told[-1] == "watch off"
    assert lone.state.watch is None
    assert lone.ui.timers[-1].stopped
    assert [each.statement for each in lone.services.history] == [READ], "kept once"


async def test_the_interval_is_from_start_to_start() -> None:
    lone = await watched(reading(), Watch(5.0))
    assert 0.0 <= lone.ui.timers[-1].delay_s <= 5.0


async def test_it_ends_after_as_many_runs_as_asked() -> None:
    lone = await watched(reading(), Watch(2.0, count=2))
    await next_run(lone)
    assert lone.ran == [READ, MEASURED, READ]
    assert lone.state.watch is None
    assert lone.ui.ended == [], "nobody waits for one run of many"


async def test_it_ends_at_an_error_with_the_last_answer_still_shown() -> None:
    lone = await watched(reading(one, refused))
    await next_run(lone)
    assert lone.results.told[-3:] == ["failed: gone", "end", "watch off"]
    assert lone.ui.ended == [("Run", True)]
    assert lone.state.watch is None


async def test_what_cannot_be_measured_has_an_unknown_cost() -> None:
    services = reading()
    services.answers[MEASURED] = StatementError("no", sqlstate="0A000")
    lone = await watched(services)
    assert "run 1 · every 2 s · DPU unknown · esc stops" in lone.results.told


@pytest.mark.parametrize(
    ("sql", "notice"),
    [
        ("delete from t", "DELETE writes; only statements that read are watched."),
        ("begin", "BEGIN cannot be watched."),
    ],
)
async def test_what_may_write_is_not_watched(sql: str, notice: str) -> None:
    lone = await watched(FakeServices(), sql=sql)
    assert (lone.ran, lone.ui.notices) == ([], [notice])


async def test_a_transaction_is_not_watched() -> None:
    lone = LoneTab()
    await lone.connect()
    await lone.run("begin")
    await lone.do(lone.tab.watcher.watch(split(READ)[0], Watch()))
    assert lone.ui.notices == [IN_TRANSACTION]
    assert lone.ran == ["begin"]


async def test_another_run_ends_it_and_begins_afterwards() -> None:
    lone = await watched(reading())
    assert lone.state.is_busy
    await lone.do(lone.tab.watcher.end())
    await lone.run("select 2")
    assert lone.ran == [READ, MEASURED, "select 2"]
    assert not lone.state.is_busy


async def test_leaving_the_session_ends_it() -> None:
    lone = await watched(reading())
    lone.tab.connection.leave()
    await lone.settle()
    assert lone.state.watch is None


async def test_manual_commit_begins_no_transaction() -> None:
    lone = LoneTab(reading())
    await lone.connect()
    lone.tab.transactions.toggle_manual()
    await lone.do(lone.tab.watcher.watch(split(READ)[0], Watch()))
    assert lone.ran == [READ, MEASURED]


async def test_the_interval_is_asked_for_and_the_key_stops_it_again() -> None:
    lone = LoneTab(reading())
    await lone.connect()
    lone.ui.answers = ["0.5 c=9"]
    await lone.do(lone.tab.watcher.ask(tuple(split(READ))))
    assert isinstance(lone.ui.asked[0], LineDialog)
    assert lone.state.watch == Watch(0.5, 9)
    await lone.do(lone.tab.watcher.ask(tuple(split(READ))))
    assert lone.state.watch is None


@pytest.mark.parametrize(
    ("answers", "notice"),
    [
        (["x"], "give seconds, and c=COUNT: \\watch 2 c=10."),
        (["0"], "seconds are from 0.1 to 86,400."),
        ([None], ""),
    ],
)
async def test_no_interval_no_watch(answers: list[object], notice: str) -> None:
    lone = LoneTab(reading())
    await lone.connect()
    lone.ui.answers = answers
    await lone.do(lone.tab.watcher.ask(tuple(split(READ))))
    assert lone.ui.notices == ([notice] if notice else [])
    assert lone.ran == []


async def test_one_statement_is_watched() -> None:
    lone = LoneTab(reading())
    await lone.connect()
    await lone.do(lone.tab.watcher.ask(tuple(split(f"{READ}; {READ}"))))
    assert lone.ui.notices == ["Put the cursor on one statement to watch it."]
