"""Settings of some clusters reach the tab that is on one of them."""

from __future__ import annotations

from decimal import Decimal

from dsql_tui.config import Config
from dsql_tui.config.sections import Section
from tests.pilot.run.test_row_limit import paused
from tests.support.desk import desk
from tests.support.fakes import FakeServices

SECTIONS = (
    Section("tag:name=shop", {"color": "magenta", "row_limit": 20, "dpu_price": Decimal(100)}),
    Section("shop", {"role": "app_ro", "opens_read_only": True}),
    Section("other", {"role": "nobody", "color": "red"}),
)
CONFIG = Config(clusters=SECTIONS)


async def test_a_tab_has_the_settings_of_its_cluster() -> None:
    async with desk(FakeServices(), config=CONFIG) as console:
        await console.connect()
        session = console.workspace.session
        assert session.endpoint is not None
        assert session.endpoint.role == "app_ro"
        assert session.discipline.read_only
        assert session.production
        assert session.color == "magenta"
        await paused(console)
        assert "first 20 rows" in console.screen()
