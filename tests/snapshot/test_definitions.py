"""Definitions side by side: the question, an object unfolded, and nothing that differs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.screen import Screen

from dsql_tui.config import Config
from dsql_tui.console.definitions.dialog import CompareDefinitionsDialog
from dsql_tui.console.definitions.screen import DefinitionsScreen
from dsql_tui.console.shared.preferences import Preferences
from tests.pilot.definitions.test_definitions import IS, IS_TO_BE, NAMED
from tests.snapshot.test_console import SIZES, HeldConsole, SnapCompare
from tests.support.definition_readers import FixedDefinitions
from tests.support.desk import Desk
from tests.support.fakes import SHOP, FakeServices
from tests.support.schema_samples import OPEN_ORDERS, ORDERS

WIDER = replace(IS_TO_BE, objects=(*IS_TO_BE.objects, replace(ORDERS, name="returns"), OPEN_ORDERS))


def comparison() -> Screen[Any]:
    reader = FixedDefinitions({"shop": IS, "definitions/": WIDER})
    return DefinitionsScreen(reader, NAMED, SHOP.arn)


SCENES: dict[str, tuple[Callable[[], Screen[Any]], tuple[str, ...]]] = {
    "question": (lambda: CompareDefinitionsDialog("shop@us-east-1", ()), ()),
    "differences": (comparison, ("down", "down", "right", "down", "down")),
}


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("scene", SCENES)
def test_definitions_look_as_they_did(
    scene: str, size: tuple[int, int], snap_compare: SnapCompare
) -> None:
    services = FakeServices()
    make, keys = SCENES[scene]

    async def arrange(pilot: Pilot[int]) -> None:
        desk = Desk(pilot, services)
        await desk.begin()
        pilot.app.push_screen(make())
        await desk.settle()
        await desk.press(*keys)

    app = HeldConsole(services, Config(), Preferences())
    assert snap_compare(app, terminal_size=size, run_before=arrange)
