"""The running local DSQL as sides of a bench."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing

from dsql_tui.aws.session import AwsSession
from dsql_tui.bench.side import BenchSide, left_over, side_of
from dsql_tui.config import Config
from dsql_tui.console.app.app import ConsoleApp
from dsql_tui.console.fleet.bench_screen import BenchScreen
from dsql_tui.console.shared.preferences import Preferences
from dsql_tui.console.shared.services import LiveServices
from dsql_tui.local.process.server_info import ServerInfo
from dsql_tui.model.endpoint import Profile
from tests.support.local_dsql import endpoint_of, profile_of


def sides_of_shop(info: ServerInfo) -> tuple[BenchSide, BenchSide]:
    """Return both endpoints of the multi-Region sample."""
    aws = AwsSession(profile_of(info))
    east, west = (
        side_of(aws, endpoint_of(info, "shop", region=region))
        for region in ("us-east-1", "us-east-2")
    )
    return east, west


def scratch_schemas(side: BenchSide) -> list[str]:
    """Return the schemas that benches have not dropped."""
    with closing(side.open()) as session:
        return left_over(session)


class Hands:
    """A running console, its keys and its screen."""

    def __init__(self, app: ConsoleApp, press: Callable[..., Awaitable[object]]) -> None:
        self.app, self.press = app, press

    def shown(self) -> str:
        return "\n".join(strip.text for strip in self.app.screen._compositor.render_strips())

    async def until(self, text: str) -> None:
        """Wait for a text; the machine may be busy."""
        for _ in range(1_500):
            await asyncio.sleep(0.02)
            if text in self.shown():
                return
        raise AssertionError(f"{text!r} did not appear")


@asynccontextmanager
async def bench_of_shop(profile: Profile) -> AsyncIterator[Hands]:
    """Open the board, go to the pair and open its latency screen."""
    app = ConsoleApp(LiveServices(profile), Config(), Preferences())
    async with app.run_test(size=(120, 40)) as pilot:
        hands = Hands(app, pilot.press)
        await hands.until("todos-dev")
        await pilot.press("f2", "f2")
        await hands.until("2 clusters · 3 Regions")
        await pilot.press("g", "b")
        await hands.until("b  measures the latency")
        assert isinstance(app.screen, BenchScreen)
        yield hands
