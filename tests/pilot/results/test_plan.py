"""Explaining from the editor."""

from __future__ import annotations

from pathlib import Path

from dsql_tui.console.results.plan_pane import PlanPane
from tests.support.desk import desk
from tests.support.fakes import FakeServices, answer

PLANS = Path(__file__).parents[2] / "data" / "plans"


def explained() -> FakeServices:
    services = FakeServices()
    for command, name in (
        ("EXPLAIN select * from t", "batched_nested_loop"),
        ("EXPLAIN ANALYZE VERBOSE select * from t", "analyze_verbose"),
        ("EXPLAIN ANALYZE VERBOSE insert into t values (1)", "insert_with_minimums"),
    ):
        lines = (PLANS / f"{name}.txt").read_text(encoding="utf-8").splitlines()
        services.answers[command] = answer([[line] for line in lines], **{"QUERY PLAN": "text"})
    return services


async def test_f6_shows_the_plan_of_the_statement_at_the_cursor() -> None:
    async with desk(explained()) as console:
        await console.connect()
        console.editor.current.load_text("select * from t")
        await console.press("f6")
        screen = console.screen()
    assert "Nested Loop (Batched Join)" in screen
    assert "estimated (not run)" in screen


async def test_shift_f6_runs_it_and_shows_times_and_what_it_cost() -> None:
    async with desk(explained()) as console:
        await console.connect()
        console.editor.current.load_text("select * from t")
        await console.press("shift+f6")
        screen = console.screen()
    assert "execution" in screen
    assert "DPU, $" in screen


async def test_dml_is_rolled_back_and_the_plan_says_so() -> None:
    services = explained()
    async with desk(services) as console:
        await console.connect()
        console.editor.current.load_text("insert into t values (1)")
        await console.press("shift+f6")
        assert services.sessions[0].ran[0] == "BEGIN"
        assert services.sessions[0].ran[-1] == "ROLLBACK"
        assert "The statement ran in a transaction that was rolled back." in console.screen()


async def test_dml_in_an_open_transaction_is_not_analysed() -> None:
    services = explained()
    async with desk(services) as console:
        await console.connect()
        await console.run("begin")
        console.editor.current.load_text("insert into t values (1)")
        await console.press("shift+f6")
        assert services.sessions[0].ran == ["begin"]
        assert "roll back the open transaction" in console.screen()


async def test_the_raw_text_and_the_previous_plan_are_one_key_away() -> None:
    async with desk(explained()) as console:
        await console.connect()
        console.editor.current.load_text("select * from t")
        await console.press("f6")
        await console.press("shift+f6")
        await console.press("f4")
        await console.press("t")
        assert "Statement DPU Estimate" in console.screen()
        await console.press("b")
        assert "previous" in console.screen()


async def test_what_has_no_plan_is_refused_in_words() -> None:
    async with desk() as console:
        await console.connect()
        console.editor.current.load_text("create table t (id int)")
        await console.press("f6")
        assert "has no plan" in console.screen()


async def test_what_an_analysed_statement_cost_is_in_the_history() -> None:
    services = explained()
    async with desk(services) as console:
        await console.connect()
        for text in ("select * from t", "insert into t values (1)", " select * from t"):
            console.editor.current.load_text(text)
            await console.press("shift+f6")
        console.editor.current.load_text("select * from t")
        await console.press("f6")
        await console.press("f8", *"insert")
        assert "2026-11-21 09:30:00 UTC · shop us-east-1 as admin" in console.screen()
        assert "0.03732 DPU" in console.screen()
    kept = [(run.statement, run.dpu) for run in reversed(services.history)]
    assert kept == [
        ("EXPLAIN ANALYZE VERBOSE select * from t", 0.05919),
        ("EXPLAIN ANALYZE VERBOSE insert into t values (1)", 0.03732),
    ]


async def test_two_plans_are_compared_with_what_each_took_and_cost() -> None:
    async with desk(explained(), size=(170, 40)) as console:
        await console.connect()
        console.editor.current.load_text("select * from t")
        await console.press("f6")
        await console.press("shift+f6")
        console.workspace.query_one(PlanPane).focus()
        await console.press("b")
        screen = console.screen()
    assert "previous" in screen
    assert "current · planning 11 ms · execution 4.5 ms" in screen
    assert "no DPU (estimated, not run)" in screen
    assert "0.05919 DPU, $" in screen
