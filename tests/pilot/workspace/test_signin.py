from __future__ import annotations

import asyncio

from textual.widgets import Input

from dsql_tui.console.clusters.code import CodeDialog
from dsql_tui.console.clusters.profile import ProfileDialog
from dsql_tui.errors import CredentialsExpired
from tests.support.desk import NARROW, desk
from tests.support.fakes import FakeServices


async def test_sign_in_reports_a_profile_without_sso() -> None:
    async with desk() as console:
        await console.press("alt+l")
        assert "does not use SSO" in console.screen()


async def test_the_clusters_come_to_the_front_of_a_narrow_terminal_after_a_sign_in() -> None:
    services = FakeServices()
    services.listing_error = CredentialsExpired("The AWS credentials have expired.")
    async with desk(services, size=NARROW) as console:
        assert "have expired" in console.screen()
        await console.press("alt+l")
        assert "todos-dev" in console.screen()
        assert console.workspace.only == "clusters"


async def test_where_the_screen_cannot_be_lent_the_login_command_is_shown() -> None:
    services = FakeServices()
    services.sign_in_command = ("aws", "sso", "login", "--profile", "work")
    async with desk(services) as console:
        await console.press("alt+l")
        (told,) = console.app._notifications
        assert told.message.endswith("press r to refresh: aws sso login --profile work")


async def test_the_profile_of_the_tab_that_failed_is_the_one_that_signs_in() -> None:
    async with desk() as console:
        await console.connect()
        failed = console.services
        await console.workspace.run_action("switch_profile")
        await console.settle()
        await console.press("j", "enter")
        failed.sessions[0].close()
        failed.connect_error = CredentialsExpired("The token has expired.")
        failed.sign_in_command = ("aws", "sso", "login", "--profile", "of-the-tab")
        await console.run("select 1")
        await console.press("alt+l")
        assert "--profile of-the-tab" in list(console.app._notifications)[-1].message


async def test_another_profile_and_its_regions_are_listed_without_leaving() -> None:
    async with desk() as console:
        await console.workspace.run_action("switch_profile")
        await console.settle()
        assert isinstance(console.app.screen, ProfileDialog)
        await console.press("j", "down", "tab", *"eu-west-1", "enter")
        assert console.workspace.owners.services.current.profile.name == "work"
        assert console.workspace.owners.services.current.profile.regions == ("eu-west-1",)


async def test_switching_the_profile_keeps_the_session_and_the_text() -> None:
    async with desk() as console:
        await console.connect()
        await console.press(*"select")
        await console.workspace.run_action("switch_profile")
        await console.settle()
        await console.press("enter")
        assert console.services.sessions[0].is_open
        assert "select" in console.screen()


async def test_an_mfa_code_is_asked_in_a_dialog_and_never_shown() -> None:
    async with desk() as console:
        waiting = asyncio.create_task(asyncio.to_thread(console.app.ask_code, "Enter MFA code:"))
        await console.until(lambda: isinstance(console.app.screen, CodeDialog))
        await console.press(*"123456")
        assert "123456" not in console.screen()
        assert console.app.screen.query_one(Input).value == "123456"
        await console.press("enter")
        assert await waiting == "123456"


async def test_giving_up_on_the_code_answers_nothing() -> None:
    async with desk() as console:
        waiting = asyncio.create_task(asyncio.to_thread(console.app.ask_code, "Enter MFA code:"))
        await console.until(lambda: isinstance(console.app.screen, CodeDialog))
        await console.press("escape")
        assert await waiting == ""
