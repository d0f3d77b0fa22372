"""Settings of some clusters reach the tab that is on one of them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from textual.color import Color

from dsql_tui.config import Config
from dsql_tui.config.sections import Section
from tests.pilot.run.test_row_limit import paused
from tests.support.desk import Desk, desk
from tests.support.fakes import SHOP, FakeServices

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


def color_of(console: Desk, text: str) -> Color | None:
    """Return the colour in which a text is painted, `None` if it is not on the screen."""
    for strip in console.app.screen._compositor.render_strips():
        for segment in strip:
            if text in segment.text and segment.style and segment.style.color:
                return Color.from_rich_color(segment.style.color)
    return None


SEEN = {"color": "#ff00ff", "row_limit": 20, "role": "app_ro", "opens_read_only": True}


@pytest.mark.parametrize("selector", ["shop", "tag:name=SHOP", SHOP.arn])
async def test_what_a_section_sets_is_on_the_screen_however_it_names_the_cluster(
    selector: str,
) -> None:
    async with desk(FakeServices(), config=Config(clusters=(Section(selector, SEEN),))) as console:
        await console.connect()
        await paused(console)
        screen = console.screen()
        assert "app_ro" in screen
        assert "READ ONLY" in screen.upper().replace("-", " ")
        assert "first 20 rows" in screen
        assert Color.parse("#ff00ff") in {
            color_of(console, text) for text in ("shop", " shop", "shop ")
        }


async def test_a_cluster_that_no_section_names_has_the_settings_of_all() -> None:
    sections = (Section("other", SEEN), Section("tag:env=x", SEEN), Section(SHOP.arn[:-1], SEEN))
    async with desk(FakeServices(), config=Config(clusters=sections)) as console:
        await console.connect()
        session = console.workspace.session
        assert session.endpoint is not None
        assert session.endpoint.role == "admin"
        assert not session.discipline.read_only
        assert session.color == ""
