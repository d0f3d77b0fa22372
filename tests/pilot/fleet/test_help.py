"""The help on the screens of the fleet."""

from __future__ import annotations

import pytest

from dsql_tui.console.app.action_list import groups
from dsql_tui.console.app.help import HelpDialog
from dsql_tui.console.shared.key import Place
from tests.pilot.fleet.conftest import OpenFleet


@pytest.mark.parametrize(
    ("keys", "wanted", "name"),
    [
        ([], [Place.FLEET, Place.FLEET_SCREEN, Place.TABLES], "Toggle favorite"),
        (["enter"], [Place.DETAILS, Place.LISTS], "Copy ARN"),
        (["m"], [Place.METRICS, Place.LISTS], "30 d"),
        (["b"], [Place.LATENCY], "Consistency"),
    ],
)
async def test_the_help_begins_with_the_screens_own_keys(
    fleet: OpenFleet, keys: list[str], wanted: list[Place], name: str
) -> None:
    async with fleet() as console:
        for each in keys:
            await console.press(each)
        first = list(groups(console.app.screen))[: len(wanted)]
        await console.press("f1")
        assert isinstance(console.app.screen, HelpDialog)
        assert first == wanted
        assert Place.WORKSPACE not in console.screen().partition(Place.EVERYWHERE)[0]
        assert name in "\n".join(
            key.label for rows in groups(console.app.screen_stack[-2]).values() for key, _ in rows
        )
