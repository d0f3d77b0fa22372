"""Applications under test draw a frame when they are idle, not whenever one would be shown.

Without a terminal no frame is written, yet drawing all of them is a third of a test's time.
"""

from __future__ import annotations

from typing import Any

from rich.console import RenderableType
from textual._compositor import Compositor
from textual._context import active_app
from textual.app import App
from textual.pilot import Pilot
from textual.screen import Screen

render_update, pause = Compositor.render_update, Pilot.pause


def paint_when_idle() -> None:
    """Have the compositor collect what changed until `paint` is called, as after each pause.

    A widget that cannot be drawn still fails its test. A screenshot draws the whole screen, and an
    application whose output is looked at draws every frame.
    """
    Compositor.render_update = _collected  # type: ignore[method-assign, assignment]
    Pilot.pause = _pause_and_paint  # type: ignore[method-assign, assignment]


def paint(app: App[Any]) -> bool:
    """Draw what has changed since the last time; return whether anything had."""
    if not app.is_headless or not app.is_running or not app.screen_stack:
        return False
    update = render_update(app.screen._compositor, screen_stack=app._background_screens)
    return update is not None


def _collected(
    compositor: Compositor,
    full: bool = False,
    screen_stack: list[Screen[Any]] | None = None,
    simplify: bool = False,
) -> RenderableType | None:
    if full or not active_app.get().is_headless:
        return render_update(compositor, full, screen_stack, simplify)
    return None


async def _pause_and_paint(pilot: Pilot[Any], delay: float | None = None) -> None:
    await pause(pilot, delay)
    if delay is None:
        paint(pilot.app)
