"""A tab connects, runs, explains and commits by itself; there is no screen here."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from dsql_tui.config import Config
from dsql_tui.console.messages.sessions import SessionFailed
from dsql_tui.console.messages.statements import RowsPaused, RunEnded
from dsql_tui.console.run.again import AgainDialog
from dsql_tui.console.run.connection import NO_CLUSTER
from dsql_tui.console.run.danger import LOOK, RUN, DangerDialog
from dsql_tui.console.run.parameters import ParametersDialog
from dsql_tui.console.run.runner import BUSY, CANCEL_PATIENCE_S
from dsql_tui.console.run.state import Sign
from dsql_tui.console.session.session_state import SessionPhase
from dsql_tui.console.shared.keys import with_keys
from dsql_tui.console.shared.tab_contents import TabTarget
from dsql_tui.console.widgets.confirm import ConfirmDialog
from dsql_tui.errors import (
    ClusterNotFound,
    ConnectError,
    ConnectStep,
    OccConflict,
    SessionLost,
    StatementError,
)
from dsql_tui.model.result import Completed, Described, StatementEvent, TransactionStatus
from dsql_tui.sql.lexing.split import Statement
from tests.support.fakes import SHOP, FakeServices, answer, tag
from tests.support.lone_tab import LoneTab
from tests.support.rows import columns, numbered

ON_SHOP = TabTarget(SHOP.arn, "app_rw", "test", "shop")
DELETE = "delete from products"


def chunked(chunks: int) -> list[StatementEvent]:
    return [
        Described(columns(id="bigint", name="text")),
        *(numbered(1 + 10 * number, 10) for number in range(chunks)),
        Completed(f"SELECT {10 * chunks}", 10 * chunks, 1.0, 2.0),
    ]


# Connecting.


async def test_connecting_opens_a_session_and_reads_the_schema() -> None:
    lone = LoneTab()
    await lone.connect()
    assert lone.state.session.phase is SessionPhase.OPEN
    assert lone.state.session.token is not None
    assert [each.cluster_name for each in lone.schemas.read_at] == ["shop"]
    assert lone.opened == [True]
    assert lone.roles == ["admin"]
    assert lone.text.target == TabTarget(SHOP.arn, "admin", "test", "shop")


async def test_a_session_that_cannot_be_opened_is_reported_and_offered_in_another_region() -> None:
    lone = LoneTab()
    lone.services.connect_error = ConnectError("no route", step=ConnectStep.TCP)
    await lone.connect()
    assert lone.state.session.phase is SessionPhase.FAILED
    assert lone.results.told == ["open session on shop: no route"]
    assert lone.unreachable == ["no route"]
    assert lone.state.sign is Sign.NONE


async def test_a_run_finds_the_cluster_that_was_kept_with_the_text() -> None:
    lone = LoneTab()
    lone.tab.restore(ON_SHOP)
    flow = await lone.run("select 1")
    assert flow.done()
    assert lone.ran == ["select 1"]
    assert lone.services.sessions[0].endpoint.role == "app_rw"


async def test_a_cluster_that_is_gone_ends_the_run_and_can_be_looked_for_again() -> None:
    lone = LoneTab(FakeServices([]))
    lone.tab.restore(ON_SHOP)
    lone.services.find_error = ClusterNotFound("gone")
    assert (await lone.run("select 1")).done()
    assert lone.results.told == ["look up shop in us-east-1 (profile test): gone"]
    assert lone.state.session.phase is SessionPhase.FAILED
    lone.services.find_error = None
    await lone.run("select 2")
    assert lone.ran == ["select 2"]


async def test_what_is_asked_for_last_while_the_cluster_is_looked_for_is_what_runs() -> None:
    lone = LoneTab()
    lone.tab.restore(ON_SHOP)
    lone.ui.held_back = []
    flows = [await lone.run(f"select {number}") for number in (1, 2, 3)]
    assert not any(flow.done() for flow in flows)
    assert len(lone.ui.held_back) == 1, "the cluster is looked for once"
    lone.ui.let_go()
    await lone.settle()
    assert lone.ran == ["select 3"]
    assert all(flow.done() for flow in flows)


async def test_another_cluster_chosen_meanwhile_wins_over_the_one_looked_for() -> None:
    lone = LoneTab()
    lone.tab.restore(ON_SHOP)
    lone.ui.held_back = []
    flow = await lone.run("select 1")
    lone.tab.connection.connect(lone.services, SHOP, "other_role")
    lone.ui.let_go()
    await lone.settle()
    assert flow.done()
    assert lone.ran == []
    assert {session.endpoint.role for session in lone.services.sessions} == {"other_role"}


async def test_without_a_cluster_nothing_runs() -> None:
    lone = LoneTab()
    assert (await lone.run("select 1")).done()
    assert lone.ui.notices == [with_keys(NO_CLUSTER)]


async def test_a_session_of_another_endpoint_changes_nothing() -> None:
    lone = LoneTab()
    await lone.connect()
    before = lone.state.session
    elsewhere = SHOP.endpoint(lone.services.profile, "nobody")
    lost = SessionLost("gone", outcome_unknown=False)
    lone.tab.post(SessionFailed(elsewhere, lost))
    await lone.settle()
    assert lone.state.session == before
    assert lone.unreachable == []


async def test_closing_asks_only_when_something_would_be_lost() -> None:
    lone = LoneTab()
    await lone.connect()
    await lone.do(lone.tab.connection.close())
    assert lone.ui.asked == []
    assert lone.state.pair is None
    assert lone.text.target is None
    await lone.connect()
    await lone.run("begin")
    lone.ui.answers = [False]
    await lone.do(lone.tab.connection.close())
    assert isinstance(lone.ui.asked[0], ConfirmDialog)
    assert lone.state.pair is not None


async def test_renewing_opens_another_session_on_the_same_endpoint() -> None:
    lone = LoneTab()
    await lone.connect()
    await lone.do(lone.tab.connection.renew())
    first, second = lone.services.sessions
    assert not first.is_open
    assert second.is_open
    assert lone.state.session.phase is SessionPhase.OPEN


async def test_a_session_that_ends_in_a_transaction_is_warned_of_once() -> None:
    lone = LoneTab()
    await lone.connect()
    later = lone.services.time + timedelta(minutes=56)
    lone.tab.warn_of_end(later)
    assert lone.ui.notices == []
    await lone.run("begin")
    lone.tab.warn_of_end(later)
    lone.tab.warn_of_end(later)
    assert len(lone.ui.notices) == 1


# Running.


async def test_the_run_key_reads_downwards_to_the_outcome() -> None:
    lone = LoneTab()
    lone.services.answers["select 1"] = answer([["1"]], one="integer")
    await lone.connect()
    assert (await lone.run("select 1")).done()
    assert lone.results.told == ["begin", "1 rows", "SELECT 1", "end"]
    assert not lone.state.run_state.running
    assert lone.text.learnt == ["select 1"]


async def test_parameters_are_asked_for_before_and_kept_for_next_time() -> None:
    lone = LoneTab()
    await lone.connect()
    lone.ui.answers = [{"id": "7"}]
    await lone.run("select :id")
    assert isinstance(lone.ui.asked[0], ParametersDialog)
    assert lone.ran == ["select 7"]
    assert lone.options.values == {"id": "7"}


async def test_without_values_nothing_runs() -> None:
    lone = LoneTab()
    await lone.connect()
    lone.ui.answers = [None]
    assert (await lone.run("select :id")).done()
    assert lone.ran == []


@pytest.mark.parametrize(
    ("given", "ran"), [(RUN, [DELETE]), (LOOK, ["BEGIN", DELETE]), (None, []), ("no", [])]
)
async def test_what_destroys_runs_only_as_the_person_says(
    given: str | None, ran: list[str]
) -> None:
    lone = LoneTab()
    await lone.connect()
    lone.ui.answers = [given]
    await lone.run(DELETE)
    assert isinstance(lone.ui.asked[0], DangerDialog)
    assert lone.ran == ran
    assert not lone.state.session.discipline.manual, "one look does not switch the mode"


async def test_a_second_run_is_refused_while_one_is_active() -> None:
    lone = LoneTab()
    await lone.connect()
    lone.ui.held_back = []
    first = await lone.run("select 1")
    await lone.run("select 2")
    assert lone.ui.notices == [with_keys(BUSY)]
    lone.ui.let_go()
    await lone.settle()
    assert first.done()
    assert lone.ran == ["select 1"]


async def test_an_error_is_marked_and_the_rest_does_not_run_unless_it_is_to() -> None:
    lone = LoneTab()
    lone.services.answers["bad"] = StatementError("no", sqlstate="42601")
    await lone.connect()
    await lone.run("bad; select 2")
    assert lone.text.errors == ["no"]
    assert lone.results.told == ["begin", "failed: no", "end"]
    lone.tab.runner.toggle_continue_after_errors()
    await lone.run("bad; select 3")
    assert lone.ran == ["bad", "bad", "select 3"]


async def test_reports_of_an_older_run_are_dropped() -> None:
    lone = LoneTab()
    await lone.connect()
    await lone.run("select 1")
    told = list(lone.results.told)
    lone.tab.post(RunEnded(1, TransactionStatus.FAILED, False))
    lone.tab.post(RowsPaused(0, 1))
    await lone.settle()
    assert lone.results.told == told
    assert lone.state.session.is_open


async def test_a_changed_schema_and_a_job_are_noticed() -> None:
    lone = LoneTab()
    lone.services.answers["create index async on t (a)"] = tag("CREATE INDEX")
    await lone.connect()
    await lone.run("create index async on t (a)")
    assert len(lone.schemas.read_at) == 2
    assert [each.cluster_name for each in lone.jobs] == ["shop"]


async def test_a_run_in_another_tab_ends_with_a_notice_and_a_sign() -> None:
    lone = LoneTab()
    await lone.connect()
    lone.text.shown = "another"
    await lone.run("select 1")
    assert lone.state.sign is Sign.DONE
    (notice,) = lone.ui.notices
    assert notice.startswith("name of buffer-1: Run finished after")
    assert lone.ui.ended == [("Run", False)]


async def test_leaving_the_session_ends_the_run_with_an_unknown_outcome() -> None:
    lone = LoneTab()
    await lone.connect()
    lone.ui.held_back = []
    flow = await lone.run("select 1")
    lone.tab.connection.leave()
    await lone.settle()
    assert flow.done()
    assert lone.results.told == [
        "failed: The session was closed while the statement was running.",
        "end",
    ]
    assert not lone.state.run_state.running
    lone.ui.let_go()
    await lone.settle()
    assert lone.results.told[-1] == "end", "what the worker still answers is dropped"


class Paused(LoneTab):
    """A tab at the row limit: its worker waits for the test instead of a thread."""

    def __init__(self) -> None:
        super().__init__(config=Config(row_limit=10))
        self.services.answers["select"] = chunked(3)


def at_the_limit(lone: LoneTab) -> None:
    """Let the tab believe that its run waits at the row limit."""
    run_id = lone.state.run_state.run_id
    lone.tab.post(RowsPaused(run_id, 1))


async def test_another_run_at_the_row_limit_gives_up_the_rest_and_the_last_one_runs() -> None:
    lone = Paused()
    await lone.connect()
    lone.ui.held_back = []
    flows = [await lone.run("select")]
    at_the_limit(lone)
    await lone.settle()
    assert lone.state.sign is Sign.PAUSED
    flows += [await lone.run("select 2"), await lone.run("select 3")]
    assert lone.results.told == ["pause"]
    lone.ui.let_go()
    await lone.settle()
    assert lone.ran == ["select", "select 3"]
    assert all(flow.done() for flow in flows)


async def test_more_rows_and_enough_rows_go_to_the_run() -> None:
    lone = Paused()
    await lone.connect()
    lone.ui.held_back = []
    await lone.run("select")
    at_the_limit(lone)
    await lone.settle()
    lone.tab.runner.more()
    assert lone.results.told == ["pause", "resume"]
    assert not lone.state.run_state.paused
    at_the_limit(lone)
    await lone.settle()
    lone.tab.runner.cancel()
    lone.ui.let_go()
    await lone.settle()
    assert "stop early" in lone.results.told


async def test_a_cancel_that_is_not_confirmed_closes_the_session() -> None:
    lone = LoneTab()
    await lone.connect()
    lone.ui.held_back = []
    await lone.run("select 1")
    lone.tab.runner.cancel()
    lone.tab.runner.cancel()
    assert lone.state.run_state.cancel_requested
    (timer,) = lone.ui.timers
    assert timer.delay_s == CANCEL_PATIENCE_S
    assert len(lone.ui.held_back) == 2, "the run, and one cancel"
    timer.callback()
    assert lone.results.told == [
        "cancel statement: The cancel was not confirmed within 5 s. Session closed."
    ]
    lone.ui.held_back[-1]()
    assert not lone.services.sessions[0].is_open


# Transactions and offers.


async def test_commit_and_rollback_need_a_transaction() -> None:
    lone = LoneTab()
    await lone.connect()
    await lone.do(lone.tab.transactions.commit())
    assert lone.ui.notices == ["No transaction is open."]
    await lone.run("begin")
    await lone.do(lone.tab.transactions.commit())
    await lone.run("begin")
    await lone.do(lone.tab.transactions.roll_back())
    assert lone.ran == ["begin", "COMMIT", "begin", "ROLLBACK"]


async def test_what_a_conflict_has_undone_runs_again_after_a_yes() -> None:
    lone = LoneTab()
    lone.services.answers["commit"] = OccConflict("lost", sqlstate="40001")
    await lone.connect()
    await lone.run("begin")
    await lone.run("update t set a = 1 where id = 2")
    await lone.run("commit")
    assert lone.state.offer is not None
    lone.ui.answers = [False]
    await lone.do(lone.tab.transactions.take_offer(only_checks=False))
    assert isinstance(lone.ui.asked[-1], AgainDialog)
    before = len(lone.ran)
    lone.ui.answers = [True]
    await lone.do(lone.tab.transactions.take_offer(only_checks=False))
    assert lone.ran[before:] == ["BEGIN", "update t set a = 1 where id = 2", "COMMIT"]
    await lone.do(lone.tab.transactions.take_offer(only_checks=True))
    assert lone.ui.notices[-1] == "There is nothing to check."


async def test_writes_on_production_are_allowed_only_after_a_yes() -> None:
    lone = LoneTab()
    await lone.connect()
    lone.state.put(session=replace(lone.state.session, production=True))
    await lone.do(lone.tab.transactions.toggle_read_only())
    assert lone.state.session.discipline.read_only
    lone.ui.answers = [False, True]
    await lone.do(lone.tab.transactions.toggle_read_only())
    assert lone.state.session.discipline.read_only
    await lone.do(lone.tab.transactions.toggle_read_only())
    assert not lone.state.session.discipline.read_only


# Plans.


async def test_a_plan_is_shown_and_says_so_while_another_tab_is_in_front() -> None:
    lone = LoneTab()
    lone.services.answers["EXPLAIN select 1"] = answer([["Result"]], plan="text")
    await lone.connect()
    lone.text.shown = "another"
    flow = await lone.do(lone.tab.explainer.explain(Statement("select 1", 0, 8), analyze=False))
    assert flow.done()
    assert lone.results.told == ["plan"]
    assert lone.state.explaining_since is None
    assert lone.state.sign is Sign.DONE


async def test_a_statement_that_has_no_plan_says_why() -> None:
    lone = LoneTab()
    await lone.connect()
    await lone.do(lone.tab.explainer.explain(Statement("vacuum", 0, 6), analyze=False))
    assert lone.results.told == [
        "explaining: VACUUM has no plan: only queries and DML.",
    ]
    assert lone.state.explaining_since is None


async def test_a_plan_ends_when_no_session_can_be_opened_for_it() -> None:
    lone = LoneTab()
    lone.tab.restore(ON_SHOP)
    lone.services.connect_error = ConnectError("no route", step=ConnectStep.TCP)
    flow = await lone.do(lone.tab.explainer.explain(Statement("select 1", 0, 8), analyze=False))
    assert flow.done()
    assert lone.results.told == ["open session on shop: no route"]
    assert lone.state.explaining_since is None


async def test_runs_and_plans_share_the_session_one_at_a_time() -> None:
    lone = LoneTab()
    await lone.connect()
    lone.ui.held_back = []
    await lone.run("select 1")
    await lone.do(lone.tab.explainer.explain(Statement("select 1", 0, 8), analyze=False))
    assert lone.ui.notices == [with_keys(BUSY)]
    lone.ui.let_go()
    await lone.settle()


async def test_leaving_the_session_drops_a_plan_that_is_still_to_come() -> None:
    lone = LoneTab()
    await lone.connect()
    lone.ui.held_back = []
    statement = Statement("select 1", 0, 8)
    flow = await lone.do(lone.tab.explainer.explain(statement, analyze=False))
    assert lone.state.sign is Sign.RUNNING
    lone.tab.connection.leave()
    await lone.settle()
    assert flow.done()
    lone.ui.let_go()
    await lone.settle()
    assert lone.results.told == []
