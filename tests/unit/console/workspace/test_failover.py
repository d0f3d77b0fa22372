"""Going to the peer, offered when a Region does not answer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dsql_tui.console.session.session_state import SessionPhase
from dsql_tui.console.widgets.confirm import ConfirmDialog
from dsql_tui.console.workspace.failover import Failover
from dsql_tui.errors import (
    ConnectError,
    ConnectStep,
)
from tests.support.fakes import SHOP_EAST_2, TODOS
from tests.support.open_tabs import Board, ended, turns


def unreachable(step: ConnectStep = ConnectStep.TCP) -> ConnectError:
    return ConnectError("no route", step=step)


async def test_the_peer_is_offered_once_the_tab_is_in_front(board: Board) -> None:
    lone = await board.connect()
    failover = Failover(board.ui, board.tabs)
    board.titles.shown = "another"
    failover.unreachable(lone.tab, unreachable())
    await turns()
    assert board.ui.asked == []
    lone.state.put(session=replace(lone.state.session, phase=SessionPhase.FAILED))
    board.ui.answers = [True]
    failover.came_to_front(lone.tab)
    await turns()
    await lone.settle()
    assert isinstance(board.ui.asked[0], ConfirmDialog)
    assert lone.state.cluster is SHOP_EAST_2
    failover.came_to_front(lone.tab)
    assert len(board.ui.asked) == 1


@pytest.mark.parametrize("step", [ConnectStep.CREDENTIALS, ConnectStep.TOKEN, ConnectStep.SETTINGS])
async def test_the_peer_is_not_offered_where_it_would_refuse_too(
    board: Board, step: ConnectStep
) -> None:
    lone = await board.connect()
    board.titles.shown = lone.tab.key
    Failover(board.ui, board.tabs).unreachable(lone.tab, unreachable(step))
    await turns()
    assert board.ui.asked == []


async def test_idle_tabs_that_do_not_answer_follow_to_the_peer(board: Board) -> None:
    lone = await board.connect()
    await ended(board.opening.new())
    idle = board.tabs.front
    board.titles.shown = lone.tab.key
    lone.state.put(session=replace(lone.state.session, phase=SessionPhase.FAILED))
    board.ui.answers = [True]
    Failover(board.ui, board.tabs).unreachable(lone.tab, unreachable())
    await turns()
    await lone.settle()
    assert idle.state.cluster is SHOP_EAST_2
    assert idle.state.session.phase is SessionPhase.WAITING


async def test_a_single_region_cluster_has_no_peer(board: Board) -> None:
    board.tabs.front.connection.connect(board.services, TODOS, "admin")
    await ended(Failover(board.ui, board.tabs).switch())
    assert board.ui.notices == ["The session is not connected to a multi-Region cluster."]
