"""What pilots of these tests wait for, and that every widget is drawn though no frame is shown."""

from __future__ import annotations

import pytest
from textual.app import App, ComposeResult
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget


class Broken(Widget):
    """A widget that cannot be drawn from the first key on."""

    broken = False

    def render_line(self, y: int) -> Strip:
        if self.broken:
            raise ZeroDivisionError
        return Strip.blank(self.size.width)


class Chain(App[None]):
    """A key starts messages of which each posts the next; the last sets a timer."""

    LENGTH = 200
    AFTER_S = 0.015

    class Link(Message):
        def __init__(self, left: int) -> None:
            super().__init__()
            self.left = left

    has_ended = False

    def compose(self) -> ComposeResult:
        yield Broken()

    def on_key(self) -> None:
        self.post_message(self.Link(self.LENGTH))

    def on_chain_link(self, link: Link) -> None:
        if link.left:
            self.post_message(self.Link(link.left - 1))
        else:
            self.set_timer(self.AFTER_S, self.end)

    def end(self) -> None:
        self.has_ended = True


async def test_a_key_has_all_its_effects_before_the_test_continues() -> None:
    app = Chain()
    async with app.run_test() as pilot:
        await pilot.press("a")
        assert app.has_ended


async def test_a_widget_that_cannot_be_drawn_fails_the_test() -> None:
    app = Chain()
    async with app.run_test() as pilot:
        await pilot.pause()
        widget = app.query_one(Broken)
        widget.broken = True
        widget.refresh()
        with pytest.raises(ZeroDivisionError):
            await pilot.pause()
        widget.broken = False
