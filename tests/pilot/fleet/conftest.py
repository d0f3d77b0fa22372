"""The console over a seeded account of the local control plane, over HTTP, signed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from dsql_tui.aws.session import AwsSession
from dsql_tui.config import Config
from dsql_tui.console.fleet.screen import FleetScreen
from dsql_tui.local.process.profiles import PROFILE, write_profiles
from dsql_tui.model.endpoint import Profile
from tests.support.control_plane import Aws, Wire
from tests.support.desk import WIDE, Desk, desk
from tests.support.fleet_world import REGIONS, FleetServices, seed
from tests.unit.local.control.conftest import aws, wire

__all__ = ["aws", "wire"]

OpenFleet = Callable[..., AbstractAsyncContextManager[Desk]]


@pytest.fixture(scope="session")
def session(wire: Wire, tmp_path_factory: pytest.TempPathFactory) -> AwsSession:
    files = write_profiles(
        tmp_path_factory.mktemp("fleet"),
        wire.keyring,
        api_url=wire.endpoint.url,
        region="us-east-1",
    )
    return AwsSession(
        Profile(
            aws_profile=PROFILE,
            config_file=files.config_file,
            credentials_file=files.credentials_file,
            regions=REGIONS,
            hostaddr="127.0.0.1",
            port=1,  # there is an API but no database
        )
    )


@pytest.fixture
def fleet(aws: Aws, session: AwsSession) -> OpenFleet:
    """Return a function that opens the board on the seeded account."""
    seed(aws)

    @asynccontextmanager
    async def opened(
        size: tuple[int, int] = WIDE, config: Config | None = None
    ) -> AsyncIterator[Desk]:
        async with desk(FleetServices(session), size=size, config=config) as console:
            await console.press("f2", "f2")
            await console.until(lambda: isinstance(console.app.screen, FleetScreen))
            await console.settle()
            await console.until(lambda: "todos-dev" in console.screen())
            yield console

    return opened
