"""Two sessions side by side: the question, rows that differ, a refusal on one side."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from textual.pilot import Pilot

from dsql_tui.config import Config
from dsql_tui.console.shared.preferences import Preferences
from dsql_tui.console.side_by_side import workers
from tests.pilot.side_by_side.test_beside import SQL, ask, by_role, shop
from tests.snapshot.test_console import SIZES, HeldConsole, SnapCompare
from tests.support.desk import Desk
from tests.support.fakes import FakeServices


def divided() -> FakeServices:
    services = shop()
    services.answers[SQL] = by_role
    return services


async def question(desk: Desk) -> None:
    await ask(desk)


async def regions(desk: Desk) -> None:
    await ask(desk)
    await desk.press("enter")


async def roles(desk: Desk) -> None:
    await ask(desk)
    await desk.press("tab", *"app_ro", "enter")


Steps = Callable[[Desk], Awaitable[None]]
SCENES: dict[str, tuple[Callable[[], FakeServices], Steps]] = {
    "question": (shop, question),
    "regions": (shop, regions),
    "roles": (divided, roles),
}


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("scene", SCENES)
def test_two_sessions_look_as_they_did(
    scene: str,
    size: tuple[int, int],
    snap_compare: SnapCompare,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(workers, "_since", lambda _started: 21.4)
    make, steps = SCENES[scene]
    services = make()

    async def arrange(pilot: Pilot[int]) -> None:
        desk = Desk(pilot, services)
        await desk.begin()
        await steps(desk)
        await pilot.pause()

    app = HeldConsole(services, Config(), Preferences())
    assert snap_compare(app, terminal_size=size, run_before=arrange)
