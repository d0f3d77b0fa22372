"""Signing in again, and using another profile."""

from __future__ import annotations

from dataclasses import replace

from dsql_tui.console.clusters.profile import ProfileChoice
from dsql_tui.console.workspace.sign_in import SignIn
from dsql_tui.errors import (
    CredentialsExpired,
)
from tests.support.fakes import FakeServices
from tests.support.open_tabs import Board, ended


class Identities:
    """`SignIn` with its surroundings."""

    def __init__(self, board: Board) -> None:
        self.done: list[str] = []
        self.sign_in = SignIn(
            board.ui,
            board.tabs,
            board.active,
            list_clusters=lambda: self.done.append("list"),
            show_clusters=lambda: self.done.append("show"),
        )


async def test_the_login_runs_in_the_terminal_or_its_command_is_shown(board: Board) -> None:
    identities = Identities(board)
    board.services.sign_in_command = ("aws", "sso", "login")
    await ended(identities.sign_in.sign_in())
    assert board.ui.programs == [("aws", "sso", "login")]
    assert identities.done == ["list", "show"]
    board.ui.can_suspend = False
    await ended(identities.sign_in.sign_in())
    assert board.ui.notices == [
        "Run this in another terminal, then press r to refresh: aws sso login"
    ]


async def test_the_tab_whose_credentials_failed_signs_in(board: Board) -> None:
    lone = await board.connect()
    other = FakeServices()
    other.sign_in_command = ("other",)
    board.active.current = other
    error = CredentialsExpired("expired")
    lone.state.put(session=replace(lone.state.session, error=error))
    board.services.sign_in_command = ("own",)
    await ended(Identities(board).sign_in.sign_in())
    assert board.ui.programs == [("own",)]


async def test_another_profile_is_used_from_now_on(board: Board) -> None:
    board.ui.answers = [ProfileChoice("work", ("eu-west-1",))]
    identities = Identities(board)
    await ended(identities.sign_in.switch_profile())
    assert board.active.current.profile.name == "work"
    assert identities.done == ["show", "list"]
