"""What writes from the board asks first where a cluster opens read-only, as the editor does."""

from __future__ import annotations

import pytest

from dsql_tui.console.fleet.bench_screen import BenchScreen
from dsql_tui.console.shared.fleet_services import Fleet
from dsql_tui.console.widgets.confirm import ConfirmDialog
from tests.pilot.fleet.conftest import OpenFleet
from tests.pilot.fleet.test_fleet import to


@pytest.mark.parametrize("action", ["bench", "probe", "drill"])
async def test_measuring_a_protected_cluster_asks_before_anything_is_sent(
    fleet: OpenFleet, monkeypatch: pytest.MonkeyPatch, action: str
) -> None:
    begun: list[object] = []
    monkeypatch.setattr(BenchScreen, "_start", lambda _screen, job: begun.append(job))
    monkeypatch.setattr(Fleet, "can_drill", True)
    async with fleet() as console:
        await to(console, "shop")
        await console.press("b")
        screen = console.app.screen
        assert isinstance(screen, BenchScreen)
        await screen.run_action(action)
        await console.settle()
        assert isinstance(console.app.screen, ConfirmDialog)
        assert "Allow writes?" in console.screen()
        await console.press("escape")
        assert console.app.screen.id == "bench-screen"
        assert begun == []
        await screen.run_action(action)
        await console.settle()
        await console.press("tab", "enter")
        if action == "drill":
            assert "down?" in console.screen(), "a drill has a question of its own"
            await console.press("tab", "enter")
        assert len(begun) == 1
