"""Clusters of several AWS profiles on one board; here two accounts, each with an API of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from dsql_tui.aws.session import AwsSession
from dsql_tui.config import Config
from dsql_tui.console.fleet.screen import FleetScreen
from dsql_tui.local.process.profiles import PROFILE, write_profiles
from dsql_tui.model.endpoint import Profile
from tests.pilot.fleet.test_fleet import done
from tests.support.control_plane import Aws, Wire
from tests.support.desk import Desk, desk
from tests.support.fleet_world import FleetServices, record, seed


@pytest.fixture
def other() -> Iterator[Aws]:
    """Another account, with one cluster."""
    wire = Wire()
    account = Aws(wire)
    account.state.save(record("elsewhere", "us-east-1"))
    yield account
    account.plane.settle()
    wire.endpoint.close()


@asynccontextmanager
async def board_of_three(
    aws: Aws, session: AwsSession, other: Aws, folder: Path
) -> AsyncIterator[Desk]:
    """Open the board on an account, another one's profile, and one that does not exist."""
    seed(aws)
    files = write_profiles(
        folder, other.wire.keyring, api_url=other.wire.endpoint.url, region="us-east-1"
    )

    def session_of(name: str, aws_profile: str) -> AwsSession:
        return AwsSession(
            Profile(
                name=name,
                aws_profile=aws_profile,
                config_file=files.config_file,
                credentials_file=files.credentials_file,
            )
        )

    services = FleetServices(session)
    services.others = {"dev": session_of("dev", PROFILE), "gone": session_of("gone", "gone")}
    config = Config(board_profiles=("dev", "gone"))
    async with desk(services, config=config) as console:
        await console.press("f2", "f2")
        await console.until(lambda: isinstance(console.app.screen, FleetScreen))
        await console.until(lambda: "elsewhere" in console.screen())
        await console.settle()
        yield console


async def test_clusters_of_other_profiles_are_labeled_with_their_profile(
    aws: Aws, session: AwsSession, other: Aws, tmp_path: Path
) -> None:
    async with board_of_three(aws, session, other, tmp_path) as console:
        lines = console.screen().splitlines()
        [line] = [line for line in lines if "elsewhere" in line]
        assert " dev " in line
        assert all(" dev " not in line for line in lines if "archive" in line)
        assert any("gone: There is no AWS profile named 'gone'" in line for line in lines)


async def test_a_change_and_a_session_go_through_the_clusters_own_profile(
    aws: Aws, session: AwsSession, other: Aws, tmp_path: Path
) -> None:
    async with board_of_three(aws, session, other, tmp_path) as console:
        await console.press("slash", *"elsewhere", "enter", "u", "space", "ctrl+s")
        await done(console)
        [cluster] = other.state.clusters()
        assert cluster.deletion_protection
        await console.press("o", "enter")
        await console.until(lambda: console.workspace.front.state.pair is not None)
        pair = console.workspace.front.state.pair
        assert pair is not None
        assert pair.services.profile.name == "dev"
