"""Copies text to the clipboard with a system program, through tmux, or with OSC 52.

OSC 52 works over SSH and is never confirmed; the system program is for a local desktop. By
default tmux ignores OSC 52 from programs that run in it, so its own copy command is used. The route
is always reported, because the person cannot see whether the clipboard was filled.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Protocol, runtime_checkable

from textual.widget import Widget

from dsql_tui.console.shared.keys import with_keys
from dsql_tui.console.shared.ui import Flow, Severity
from dsql_tui.errors import DsqlTuiError, InputError
from dsql_tui.results.progress import size

OSC52_BYTES = 74_994
"""Text that fits the 100,000 base64 characters most terminals take; longer ones are dropped."""
NATIVE_BYTES = 64 * 1024 * 1024
NATIVE_TIMEOUT_S = 5.0


class Route(StrEnum):
    """The way a text was copied; the value is shown."""

    NATIVE = "the system clipboard"
    TMUX = "tmux"
    OSC52 = "OSC 52"


@dataclass(frozen=True, slots=True)
class Copied:
    """The size of the copied text, and the way it was copied.

    Attributes:
        route: How.
        size_bytes: How much, in UTF-8.
    """

    route: Route
    size_bytes: int


def native_command(
    environment: Mapping[str, str], platform: str, which: Callable[[str], str | None]
) -> tuple[str, ...] | None:
    """Return the system program that copies its standard input, or `None`."""
    if platform == "darwin":
        candidates: list[tuple[str, ...]] = [("pbcopy",)]
    elif platform == "win32":
        candidates = [("clip",)]
    else:
        candidates = []
        if environment.get("WAYLAND_DISPLAY"):
            candidates.append(("wl-copy",))
        if environment.get("DISPLAY"):
            candidates += [("xclip", "-selection", "clipboard"), ("xsel", "--clipboard", "--input")]
        if environment.get("WSL_DISTRO_NAME"):
            candidates.append(("clip.exe",))
    return next((command for command in candidates if which(command[0])), None)


def tmux_command(
    environment: Mapping[str, str], which: Callable[[str], str | None]
) -> tuple[str, ...] | None:
    """Return the command that copies through the enclosing tmux, or `None` outside of tmux."""
    if environment.get("TMUX") and which("tmux"):
        return ("tmux", "load-buffer", "-w", "-")
    return None


def terminal_without_copies(environment: Mapping[str, str]) -> str:
    """Return the name of a terminal that is known to ignore OSC 52; empty for the others."""
    if environment.get("STY"):
        return "GNU screen"
    names = {"linux": "the Linux console", "dumb": "this terminal"}
    return names.get(environment.get("TERM", ""), "")


def is_remote(environment: Mapping[str, str]) -> bool:
    """Whether the console runs over SSH, where only the terminal has access to the clipboard."""
    return bool(environment.get("SSH_CONNECTION") or environment.get("SSH_TTY"))


def copy_text(text: str, setting: str, by_terminal: Callable[[str], None]) -> Copied:
    """Copy a text; may block on the system program, so call it outside the event loop.

    Args:
        text: What to copy.
        setting: `auto`, `native` or `osc52`.
        by_terminal: Writes OSC 52 to the terminal.

    Raises:
        InputError: The text is too long for the way there is, or the clipboard cannot be reached.
    """
    command = native_command(os.environ, sys.platform, shutil.which)
    native = setting == "native" or (setting == "auto" and not is_remote(os.environ))
    data = text.encode()
    if native and command is not None:
        _check_size(len(data), NATIVE_BYTES, Route.NATIVE)
        _feed(command, data, 'Set clipboard = "osc52" to use the terminal instead.')
        return Copied(Route.NATIVE, len(data))
    if setting == "native":
        raise InputError(
            "No clipboard program found (pbcopy, wl-copy, xclip, xsel, clip).",
            remedy='Install one, or set clipboard = "osc52".',
        )
    if (command := tmux_command(os.environ, shutil.which)) is not None:
        _check_size(len(data), OSC52_BYTES, Route.TMUX)
        _feed(command, data, "Copying through tmux needs tmux 3.2 or later.")
        return Copied(Route.TMUX, len(data))
    if setting == "auto" and (terminal := terminal_without_copies(os.environ)):
        raise InputError(
            f"Nothing was copied: {terminal} does not pass copies on.",
            remedy=with_keys(
                'Export to a file ({results.export}), or set clipboard = "osc52" if yours does.'
            ),
        )
    _check_size(len(data), OSC52_BYTES, Route.OSC52)
    by_terminal(text)
    return Copied(Route.OSC52, len(data))


class Say(Protocol):
    """Shows a notification literally."""

    def __call__(self, text: str, *, severity: Severity = ...) -> object:
        """Show it."""
        ...


class Clipboard:
    """Copies texts, one after another, and notifies which text was copied and how.

    Args:
        setting: `auto`, `native` or `osc52`.
        by_terminal: Writes OSC 52 to the terminal.
        keep: Keeps the text for pasting in this console.
        begin: Runs a flow in the background.
        say: Shows a notification.
    """

    def __init__(
        self,
        setting: str,
        by_terminal: Callable[[str], None],
        keep: Callable[[str], object],
        begin: Callable[[Flow], object],
        say: Say,
    ) -> None:
        self._setting = setting
        self._by_terminal = by_terminal
        self._keep = keep
        self._begin = begin
        self._say = say
        self._last = asyncio.Lock()

    def put(self, text: str, label: str) -> None:
        """Copy a text in the background.

        Args:
            text: What to copy.
            label: Its name in the notification: `cell`, `3 rows`, `endpoint`.
        """
        self._keep(text)
        self._begin(self._put(text, label))

    async def _put(self, text: str, label: str) -> None:
        try:
            async with self._last:
                copied = await asyncio.to_thread(
                    partial(copy_text, text, self._setting, self._by_terminal)
                )
        except DsqlTuiError as error:
            self._say(f"{error.message} {error.remedy}", severity="error")
        else:
            self._say(f"Copied {label} ({size(copied.size_bytes)}) via {copied.route}.")


@runtime_checkable
class HasCopies(Protocol):
    """An application with a clipboard for everything in it."""

    @property
    def copies(self) -> Clipboard:
        """Where its widgets copy to."""
        ...


def clipboard_of(widget: Widget) -> Clipboard:
    """Return the clipboard of the application that shows a widget."""
    app = widget.app
    if not isinstance(app, HasCopies):
        raise TypeError(f"{type(app).__name__} has no clipboard.")
    return app.copies


def _check_size(size_bytes: int, most_bytes: int, route: Route) -> None:
    if size_bytes > most_bytes:
        raise InputError(
            f"{size_bytes:,} bytes exceed the limit of {route} ({most_bytes:,}).",
            remedy=with_keys("Export it to a file instead: press {results.export}."),
        )


def _feed(command: tuple[str, ...], data: bytes, remedy: str) -> None:
    try:
        subprocess.run(
            command,
            input=data,
            check=True,
            timeout=NATIVE_TIMEOUT_S,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    except (OSError, subprocess.SubprocessError):
        raise InputError(
            f"{command[0]} could not write to the clipboard.",
            remedy=remedy,
        ) from None
