"""The fleet's board with 200 clusters in 20 Regions: first row, all rows, the longest stall.

The API is the local control plane in a process of its own, so that it does not share our clock.
Run as a program this module is that process.
"""

from __future__ import annotations

import asyncio
import gc
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dsql_tui.aws.regions import REGIONS
from dsql_tui.aws.session import AwsSession
from dsql_tui.config import Config
from dsql_tui.console.app.app import ConsoleApp
from dsql_tui.console.fleet.screen import FleetScreen
from dsql_tui.console.fleet.table import FleetTable
from dsql_tui.console.shared.preferences import Preferences
from dsql_tui.local.process.profiles import PROFILE, write_profiles
from dsql_tui.model.cluster import ClusterListed
from dsql_tui.model.endpoint import Profile
from tests.bench.measure import Measurement, Options, Target
from tests.support.control_plane import Aws, Wire
from tests.support.fleet_world import FleetServices, record

CLUSTERS = 200
TICK_S = 0.002
FIRST_ROW_MS = 300.0


def board(options: Options) -> Iterator[Measurement]:
    """200 clusters in 20 Regions, from the key to the last row."""
    with tempfile.TemporaryDirectory() as folder, control_plane(Path(folder)) as profile:
        found = [asyncio.run(_open(profile)) for _ in range(options.runs)]
    first, every, stall = (statistics.median(each) for each in zip(*found, strict=True))
    yield Measurement(
        "board, first row after the first answer", "ms", first, target=Target(value=FIRST_ROW_MS)
    )
    yield Measurement(f"board, all {CLUSTERS} clusters described", "ms", every)
    yield Measurement(
        "board, longest stall of the event loop",
        "ms",
        stall,
        note="20 clients of boto3 are made and 220 calls answered meanwhile, in threads",
    )


@contextmanager
def control_plane(folder: Path) -> Iterator[Profile]:
    """Run the API with its clusters in another process."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.board", str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        process.stdout.readline()
        yield Profile(
            aws_profile=PROFILE,
            config_file=folder / "aws-config",
            credentials_file=folder / "aws-credentials",
            regions=tuple(REGIONS),
        )
    finally:
        process.stdin.close()
        process.wait()
        process.stdout.close()


async def _open(profile: Profile) -> tuple[float, float, float]:
    """Return first row, all rows and the longest stall, in ms."""
    services = FleetServices(AwsSession(profile))
    app = ConsoleApp(services, Config(), Preferences())
    async with app.run_test(size=(120, 40)) as pilot:
        while app.workspace is None or app.screen is not app.workspace:
            await pilot.pause(TICK_S)
        await pilot.pause()
        gc.freeze()  # as a console does that has been started by `launch`
        await app.workspace.run_action("show_fleet")
        while not isinstance(app.screen, FleetScreen):
            await pilot.pause(TICK_S)
        screen = app.screen
        while not screen.query(FleetTable):
            await pilot.pause(TICK_S)
        return await _watch(screen)


async def _watch(screen: FleetScreen) -> tuple[float, float, float]:
    started = last = time.monotonic()
    answered = first = every = stall = 0.0
    table = screen.query_one(FleetTable)
    while not every:
        await asyncio.sleep(TICK_S)
        now = time.monotonic()
        stall, last = max(stall, now - last - TICK_S), now
        if not answered and any(each.answered for each in screen.board.regions.values()):
            answered = now
        if table.row_count and not first:
            first = now - (answered or now)
        known = sum(len(each.clusters) for each in screen.board.regions.values())
        if known and table.row_count == known and not _awaited(screen):
            every = now - started
    return first * 1000, every * 1000, stall * 1000


def _awaited(screen: FleetScreen) -> int:
    """Return how many Regions and clusters have not answered."""
    regions = screen.board.regions.values()
    waiting = sum(
        isinstance(row, ClusterListed) for each in regions for row in each.clusters.values()
    )
    return screen.board.pending + waiting


def _name(number: int) -> str:
    """Return a name whose letters alone are unique; identifiers are made of them."""
    return f"cluster {chr(97 + number // 26)}{chr(97 + number % 26)}"


def serve(folder: Path) -> None:
    """Be the API until standard input ends."""
    wire = Wire()
    aws = Aws(wire)
    regions = list(REGIONS)
    aws.state.save(
        *(
            record(_name(number), regions[number % len(regions)], days=number + 1)
            for number in range(CLUSTERS)
        )
    )
    write_profiles(folder, wire.keyring, api_url=wire.endpoint.url, region="us-east-1")
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.read()
    wire.endpoint.close()


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
