"""The console starts with settings that cannot be used, and protects what it cannot read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dsql_tui.config import read_settings
from dsql_tui.console.app.app import ConsoleApp
from dsql_tui.console.shared.preferences import Preferences
from tests.support.desk import Desk
from tests.support.fakes import FakeServices


class RecordingApp(ConsoleApp):
    """Records what was shown: a toast disappears after a while."""

    def notify(self, message: str, **rest: Any) -> None:
        vars(self).setdefault("shown", []).append(message)
        super().notify(message, **rest)


async def test_a_file_that_cannot_be_read_leaves_every_cluster_read_only(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('theme = "nrod"\n[safety]\nread_only = 5\n[keys]\nx = 1\n')
    settings = read_settings(environ={}, path=path)
    app = RecordingApp(FakeServices(), settings.config, Preferences(), findings=settings.findings)
    async with app.run_test(size=(120, 36), notifications=True) as pilot:
        console = Desk(pilot, FakeServices())
        await console.begin()
        messages: list[str] = vars(app)["shown"]
        assert [each for each in messages if "safety.read_only must be" in each]
        assert [each for each in messages if "keys.x must be keys in a string" in each]
        assert 'There is no theme "nrod".' in messages
        await console.connect()
        assert console.workspace.session.discipline.read_only
