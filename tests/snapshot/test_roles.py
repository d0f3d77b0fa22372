"""The roles screen and its dialogs, at two sizes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from textual.pilot import Pilot

from dsql_tui.config import Config
from dsql_tui.console.shared.preferences import Preferences
from dsql_tui.errors import StatementError
from tests.snapshot.test_console import SIZES, HeldConsole, SnapCompare
from tests.support.access_samples import SHOP
from tests.support.desk import Desk
from tests.support.fakes import FakeServices

SCENES: dict[str, Sequence[str]] = {
    "principal": ["down"] * 9,
    "object": [*["down"] * 11, "l", "down", "down"],
    "matrix": ["m", "down", "right"],
    "new_role": ["n", *"app_x"],
    "alter_role": ["down", "a"],
    "map_iam": ["down", "down", "i"],
    "grant": ["down", "tab", "down", "g", "tab", "tab", "space"],
    "review": ["n", *"app_x", "enter"],
    "review_refused": ["n", *"taken", "enter", "enter"],
    "drop_role": ["down", "down", "d"],
    "defaults": ["down", "f"],
    "template": ["down", "t"],
    "why": ["m", "down", "down", "right", "w"],
    "policy": ["down", "p"],
    "snippet": ["down", "s", "down"],
    "export": ["e"],
}


def services() -> FakeServices:
    found = FakeServices()
    found.access = replace(SHOP, notes=("Functions cannot be read here: pg_proc not supported.",))
    found.answers["CREATE ROLE taken WITH LOGIN"] = StatementError(
        'role "taken" already exists', sqlstate="42710"
    )
    return found


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("scene", SCENES)
def test_the_roles_screen_looks_as_it_did(
    snap_compare: SnapCompare, scene: str, size: tuple[int, int]
) -> None:
    fakes = services()

    async def run_before(pilot: Pilot[int]) -> None:
        desk = Desk(pilot, fakes)
        await desk.begin()
        await desk.connect()
        for key in ("f7", *SCENES[scene]):
            await desk.press(key)

    app = HeldConsole(fakes, Config(), Preferences())
    assert snap_compare(app, terminal_size=size, run_before=run_before)
