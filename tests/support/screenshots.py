"""Write `screenshots/*.svg` from the running console on an ephemeral local DSQL.

    python -m tests.support.screenshots

The pictures are of the real program: a real PostgreSQL answers over TLS with a real token.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from textual.widgets import TextArea

from dsql_tui.config import Config
from dsql_tui.console.app.app import ConsoleApp
from dsql_tui.console.shared.preferences import Preferences
from dsql_tui.console.shared.services import LiveServices
from dsql_tui.local.process import server
from dsql_tui.model.endpoint import Profile
from tests.support.local_dsql import profile_of

FOLDER = Path(__file__).parents[2] / "screenshots"
SIZE = (150, 36)
PATIENCE_S = 20.0
BEST_SELLERS = """\
-- what sold best
select p.name, p.category, sum(i.quantity) as sold, sum(i.quantity * i.unit_price) as revenue
from order_items i join products p on p.id = i.product_id
group by p.name, p.category
order by sold desc;
"""


class Photographer:
    """A running console and what a picture needs of it."""

    def __init__(self, app: ConsoleApp, press: Callable[..., Awaitable[None]]) -> None:
        self.app, self.press = app, press

    async def until(self, text: str) -> None:
        """Wait until the screen shows a text."""
        for _ in range(int(PATIENCE_S / 0.05)):
            await asyncio.sleep(0.05)
            if text in self.shown():
                return
        raise TimeoutError(f"{text!r} did not appear:\n{self.shown()}")

    def shown(self) -> str:
        """Return the text of the screen."""
        return "\n".join(strip.text for strip in self.app.screen._compositor.render_strips())

    def save(self, name: str) -> None:
        """Write a picture."""
        for editor in self.app.screen_stack[0].query(TextArea):
            editor.cursor_blink = False
        (FOLDER / f"{name}.svg").write_text(self.app.export_screenshot(), encoding="utf-8")
        print(FOLDER.name, f"{name}.svg")  # noqa: T201 - a command for people


async def take(profile: Profile) -> None:
    """Walk through the console and take the pictures."""
    app = ConsoleApp(LiveServices(profile), Config(), Preferences(), cluster="shop")
    async with app.run_test(size=SIZE) as pilot:
        photographer = Photographer(app, pilot.press)
        await photographer.until("order_items")
        app.workspace.query_one(TextArea).insert(BEST_SELLERS)  # type: ignore[union-attr]
        await pilot.press("f5")
        await photographer.until("rows · first")
        await pilot.press("f2", "tab", "down", "down", "down", "enter")
        await photographer.until("product_id")
        await pilot.press("f3")
        photographer.save("workspace")
        await pilot.press("f7")
        await photographer.until("app_ro")
        await pilot.press("j")
        await photographer.until(":role/app-ro")
        photographer.save("roles")
        await pilot.press("escape", "f12")
        await photographer.until("signature")
        photographer.save("token")
        await pilot.press("escape")
        await app.workspace.run_action("examine")  # type: ignore[union-attr]
        await photographer.until("DSQL 1 answers")
        photographer.save("examination")
        await pilot.press("escape")
        await _take_fleet(photographer)


async def _take_fleet(photographer: Photographer) -> None:
    """Run a bench on the pair for a while, then take screenshots of its effects."""
    await photographer.press("f2", "f2")
    await photographer.until("2 clusters")
    await photographer.press("g", "b", "b")
    await photographer.until("12 of 30 s")
    photographer.save("latency")
    await photographer.press("x")
    await photographer.until("The scratch schema was dropped.")
    await photographer.press("escape", "r")
    await photographer.until("█")
    photographer.save("fleet")


def main() -> None:
    """Take all screenshots."""
    FOLDER.mkdir(exist_ok=True)
    with server.start(ephemeral=True) as running:
        asyncio.run(take(profile_of(running.info)))


if __name__ == "__main__":
    main()
