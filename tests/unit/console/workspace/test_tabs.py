"""The tabs: opened, closed, reopened, and what quitting would lose."""

from __future__ import annotations

from pathlib import Path

from dsql_tui.console.clusters.role import RoleChoice
from dsql_tui.console.session.session_state import SessionPhase
from tests.support.fakes import SHOP
from tests.support.open_tabs import Board, ended


async def test_a_new_tab_follows_the_one_in_front_and_opens_nothing(board: Board) -> None:
    await board.connect()
    opened = len(board.services.sessions)
    await ended(board.opening.new())
    assert board.tabs.front.key == "buffer-2"
    assert board.tabs.front.state.session.phase is SessionPhase.WAITING
    assert board.tabs.front.state.cluster is SHOP
    assert len(board.services.sessions) == opened


async def test_a_file_that_is_open_already_keeps_its_tab(board: Board) -> None:
    await board.connect()
    await ended(board.opening.open_file(Path("open.sql"), ""))
    assert len(list(board.tabs)) == 1
    await ended(board.opening.open_file(Path("other.sql"), ""))
    assert board.tabs.front.state.cluster is SHOP


async def test_another_role_opens_next_to_the_tab(board: Board) -> None:
    await board.connect()
    board.ui.answers = [RoleChoice("app_ro")]
    await ended(board.opening.connect_as())
    lone = board.lone["buffer-2"]
    await lone.settle()
    assert lone.state.session.phase is SessionPhase.OPEN
    assert board.services.sessions[-1].endpoint.role == "app_ro"


async def test_closing_a_tab_asks_for_its_transaction(board: Board) -> None:
    lone = await board.connect()
    await lone.run("begin")
    lone.ui.answers = [False, True]
    await ended(board.opening.close_after_asking(lone.tab))
    assert board.titles.closed == []
    await board.titles.new_tab()
    await ended(board.opening.close_after_asking(lone.tab))
    assert board.titles.closed == ["buffer-1"]
    assert board.tabs.get("buffer-1") is None
    assert board.shown == 1


async def test_reopening_needs_a_closed_tab(board: Board) -> None:
    await ended(board.opening.reopen())
    assert board.ui.notices == ["There is no closed tab to reopen."]


async def test_quitting_names_the_tabs_that_would_lose_something(board: Board) -> None:
    lone = await board.connect()
    assert board.tabs.losses == []
    await lone.run("begin")
    assert board.tabs.losses[0].startswith("A transaction is open on shop")
    await board.titles.new_tab()
    assert board.tabs.losses[0].startswith("name of buffer-1: ")
    (pair,) = board.tabs.release()
    assert pair.endpoint.cluster_name == "shop"
    assert board.tabs.release() == []
