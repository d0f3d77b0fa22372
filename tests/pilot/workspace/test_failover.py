"""When a Region does not answer: the other endpoint is offered, and nothing typed is lost."""

from __future__ import annotations

from dsql_tui.console.session.session_state import SessionPhase
from dsql_tui.console.widgets.confirm import ConfirmDialog
from dsql_tui.errors import ConnectError, ConnectStep, SessionLost, TokenRefused
from tests.support.desk import Desk, desk
from tests.support.fakes import SHOP_EAST_2, FakeServices

DOWN = ConnectError("The endpoint could not be reached.", step=ConnectStep.TCP)


async def choose(console: Desk, answer: str) -> None:
    assert isinstance(console.app.screen, ConfirmDialog)
    await console.press(*(["right"] if answer == "yes" else []), "enter")


async def test_an_endpoint_that_does_not_answer_offers_the_other_one() -> None:
    services = FakeServices()
    services.connect_error = DOWN
    async with desk(services) as console:
        console.editor.current.load_text("select 1 -- typed before")
        await console.connect()
        assert "us-east-1 is unreachable. Connect to us-east-2?" in console.screen()
        services.connect_error = None
        await choose(console, "yes")
        assert console.workspace.session.phase is SessionPhase.OPEN
        assert services.sessions[-1].endpoint.region == "us-east-2"
        assert console.editor.current.text == "select 1 -- typed before"


async def test_a_session_lost_with_its_region_is_reopened_in_the_other_with_the_same_role() -> None:
    services = FakeServices()
    async with desk(services) as console:
        await console.press("enter", "tab", *"app_rw", "enter")
        services.answers["select 1"] = SessionLost("It ended.", outcome_unknown=False)
        await console.run("select 1")
        services.connect_error = DOWN
        services.sessions[0].close()
        await console.press("f5")
        services.connect_error = None
        await choose(console, "yes")
        endpoint = services.sessions[-1].endpoint
        assert (endpoint.region, endpoint.role) == ("us-east-2", "app_rw")
        assert console.editor.current.text == "select 1"


async def test_no_is_an_answer_and_leaves_everything_as_it_is() -> None:
    services = FakeServices()
    services.connect_error = DOWN
    async with desk(services) as console:
        await console.connect()
        await choose(console, "no")
        assert console.workspace.session.phase is SessionPhase.FAILED


async def test_an_address_that_serves_every_region_offers_no_other_one() -> None:
    services = FakeServices()
    services.connect_error = ConnectError("Nothing listens.", step=ConnectStep.ADDRESS)
    async with desk(services) as console:
        await console.connect()
        assert not isinstance(console.app.screen, ConfirmDialog)
        assert console.workspace.session.phase is SessionPhase.FAILED


async def test_a_refused_token_would_be_refused_there_too_and_offers_nothing() -> None:
    services = FakeServices()
    services.connect_error = TokenRefused("Refused.", step=ConnectStep.TOKEN)
    async with desk(services) as console:
        await console.connect()
        assert console.app.screen is console.workspace


async def test_failover_can_be_started_on_purpose() -> None:
    async with desk() as console:
        await console.connect()
        await console.workspace.run_action("switch_peer")
        await console.settle()
        assert console.workspace.session.endpoint is not None
        assert console.workspace.session.endpoint.host == SHOP_EAST_2.endpoint_host
