"""Delivers keys, pastes and clicks in order, each when the previous one has taken effect.

Textual inserts a letter inside the focused widget at once, but runs the action of a bound key only
after the key has bubbled up to the application (Textualize/textual#6605). In a burst, as SSH, a
stall or a macro delivers it, letters overtake the keys typed before them: `select 1` F5 `2` runs
`select 12`. So input waits here until the program is idle again. Letters that follow letters into
the same text widget need no wait: its own queue keeps their order.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from math import inf
from typing import Any, Protocol, runtime_checkable
from weakref import WeakKeyDictionary, WeakSet

from textual._time import get_time
from textual.app import App
from textual.events import Event, Key, MouseMove
from textual.message_pump import MessagePump
from textual.screen import Screen
from textual.widget import Widget

LOCAL_WORK = frozenset({"files", "history", "snippets", "grid"})
"""Groups of workers that read this machine only, and whose result the next key may depend on."""
MOVES = frozenset({"up", "down", "left", "right", "pageup", "pagedown"})
"""Keys that are held down and move within the focused widget. A key that equals the previous one
passes through the same queues, so it cannot overtake it."""
IDLE_STEPS = 3
"""Iterations of the event loop without work until the program counts as idle: as many as a
resumed coroutine needs to post its first message."""
QUICK_STEPS = 50
"""Iterations without a pause; each later one is followed by a pause of `PAUSE_S`."""
PAUSE_S = 0.002
MAX_STEPS = 1_000
"""Iterations until input is delivered to a program that does not become idle: about two seconds
in which the loop was free. Without the bound, a stuck widget would make Quit and Stop unusable."""
MAX_WORK_STEPS = 150
"""The same for local work, as sorting a million rows: a quarter of a second."""


@runtime_checkable
class Question(Protocol):
    """A screen on which a key can start a write or lose something."""

    IGNORES_TYPEAHEAD: bool
    """Whether keys typed before it was painted are ignored."""


@runtime_checkable
class HasInputQueue(Protocol):
    """An application that delivers its input through a queue."""

    @property
    def input_queue(self) -> InputQueue:
        """The queue."""
        ...


class InputQueue:
    """Delays input until the program is idle.

    Args:
        app: The application whose widgets are checked.
        deliver: Forwards an event to the focused widget, as `App.on_event` does.
    """

    def __init__(self, app: App[Any], deliver: Callable[[Event], Awaitable[None]]) -> None:
        self._app, self._deliver = app, deliver
        self._waiting: deque[Event] = deque()
        self._typing_into: Widget | None = None
        """The text widget that has received nothing but letters since the program was idle."""
        self._moving: tuple[str, Widget | None] | None = None
        """The key that moves, and the widget it moves in, if nothing else came since then."""
        self._is_open = False
        self._is_looking = False
        self._steps = self._idle_steps = 0
        self._shown_at: WeakKeyDictionary[Screen[Any], float] = WeakKeyDictionary()
        """When each question was first painted, by the clock of Textual's events."""
        self._dropped_for: WeakSet[Screen[Any]] = WeakSet()
        self.received = self.delivered = 0
        """Keys, pastes and clicks since the start."""

    def watch_screens(self) -> None:
        """Record from now on when dialogs are painted; called once the application runs."""
        self._app.screen_change_signal.subscribe(self._app, self._note_screen, immediate=True)

    def _note_screen(self, screen: Screen[Any]) -> None:
        if _ignores_typeahead(screen) and screen not in self._shown_at:
            screen.call_after_refresh(self._note_shown, screen)

    def _note_shown(self, screen: Screen[Any]) -> None:
        self._shown_at.setdefault(screen, get_time())

    def open(self) -> None:
        """Begin to deliver; until then input waits, because there is no editor to type into."""
        self._is_open = True
        self._look_soon()

    @property
    def is_empty(self) -> bool:
        """Whether all input received was delivered."""
        return not self._waiting

    async def put(self, event: Event) -> None:
        """Deliver an event now if its order is safe, else when the program is idle."""
        if not isinstance(event, MouseMove):
            self.received += 1
        if self._may_pass(event):
            self.delivered = self.received
            await self._deliver(event)
        else:
            self._waiting.append(event)
            self._look_soon()

    def _may_pass(self, event: Event) -> bool:
        if self._waiting or not self._is_open:
            return False
        return isinstance(event, MouseMove) or self._may_follow(event)

    def _text_widget_for(self, event: Event) -> Widget | None:
        """Return the focused widget if it inserts what this event types."""
        if not isinstance(event, Key) or not event.is_printable:
            return None
        focused = self._app.focused
        return focused if focused is not None and _takes_text(focused) else None

    def _look_soon(self) -> None:
        if self._is_open and self._waiting and not self._is_looking:
            self._is_looking = True
            self._steps = self._idle_steps = 0
            asyncio.get_running_loop().call_soon(self._look)

    def _look(self) -> None:
        """Ask the application to deliver the next event once it has been idle for some steps."""
        self._steps += 1
        self._idle_steps = self._idle_steps + 1 if self._is_idle() else 0
        if self._idle_steps >= IDLE_STEPS or self._steps >= MAX_STEPS:
            self._app.call_next(self._deliver_next)
        elif self._steps < QUICK_STEPS:
            asyncio.get_running_loop().call_soon(self._look)
        else:
            asyncio.get_running_loop().call_later(PAUSE_S, self._look)

    def _is_idle(self) -> bool:
        if self._steps < MAX_WORK_STEPS and any(self._local_work()):
            return False
        return self.is_program_idle

    @property
    def is_program_idle(self) -> bool:
        """Whether no widget has a pending message and no layout is due."""
        screen = self._app.screen
        # A key such as page-down depends on the layout that the key before has asked for.
        next_frame = screen._callbacks or screen._layout_required
        return not next_frame and all(map(_waits, self._pumps()))

    def _pumps(self) -> Iterator[MessagePump]:
        yield self._app
        yield from self._app._registry

    def _local_work(self) -> Iterator[bool]:
        return (
            worker.group in LOCAL_WORK for worker in self._app.workers if not worker.is_finished
        )

    async def _deliver_next(self) -> None:
        """Deliver the event that has waited longest, and the letters that follow it."""
        self._is_looking = False
        while self._waiting:
            event = self._waiting.popleft()
            self.delivered = self.received - len(self._waiting)
            if self._is_dropped(event):
                continue
            self._typing_into = self._text_widget_for(event)
            self._moving = self._movement(event)
            await self._deliver(event)
            if not self._waiting or not self._may_follow(self._waiting[0]):
                break
        self._look_soon()

    def _may_follow(self, event: Event) -> bool:
        """Whether an event may be delivered right after the one before: their order is safe."""
        if self._moving is not None:
            return self._moving == self._movement(event)
        return self._typing_into is not None and self._typing_into is self._text_widget_for(event)

    def _movement(self, event: Event) -> tuple[str, Widget | None] | None:
        if not isinstance(event, Key) or event.key not in MOVES:
            return None
        return event.key, self._app.focused

    def _is_dropped(self, event: Event) -> bool:
        """Whether an event was sent before the active question was painted.

        A question about a write must not be answered before the person has seen it. `escape`
        cancels, and text typed ahead into a form is kept; the first other key and all later events
        are dropped.
        """
        screen = self._app.screen
        if not _ignores_typeahead(screen) or event.time > self._shown_at.get(screen, inf):
            return False
        if isinstance(event, Key) and event.key == "escape":
            return False
        if screen not in self._dropped_for and self._text_widget_for(event) is not None:
            return False
        self._dropped_for.add(screen)
        return True


def _ignores_typeahead(screen: Screen[Any]) -> bool:
    return isinstance(screen, Question) and screen.IGNORES_TYPEAHEAD


def _takes_text(widget: Widget) -> bool:
    from textual.widgets import Input, TextArea

    if isinstance(widget, TextArea):
        return not widget.read_only
    return isinstance(widget, Input)


def _waits(pump: MessagePump) -> bool:
    """Whether a widget has nothing to do: its task waits for the next message.

    The length of its queue alone does not show it: a message being handled is no longer in it.
    Textual and asyncio have no public interface for it; `pyproject.toml` bounds their versions.
    """
    if pump._closed:
        return True
    queue: Any = pump._message_queue
    return bool(queue.ready_event._waiters and queue.empty() and not pump._next_callbacks)
