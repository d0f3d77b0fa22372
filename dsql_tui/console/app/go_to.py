"""Navigation from the palette to an action of another screen."""

from __future__ import annotations

from inspect import isawaitable
from typing import Any

from textual.app import App
from textual.screen import Screen

from dsql_tui.console.app.action_list import NOT_NOW, OPENED_BY, WAYS, WORKSPACE, Entry
from dsql_tui.console.shared.keys import BY_ID, with_keys

ONLY_SHOWS = ("screen.show_", "screen.focus_pane")
"""Prefixes of actions that change nothing."""
STEPS_BACK = 8
"""A screen may close something of its own first, so one step back may not leave it."""


async def go_to(app: App[Any], workspace: Screen[None], entry: Entry) -> None:
    """Open the screen an action belongs to, as far as a single key opens it.

    The action is started there only if it just shows something: an action that changes something
    must not run before the person has seen its screen. Otherwise a notice names its key.

    Args:
        app: The application.
        workspace: The screen below all others.
        entry: The selected entry.
    """
    if entry.where == NOT_NOW:
        app.notify(f"{entry.key.label} is not available now.", severity="warning", markup=False)
        return
    if await _go_back(app, workspace):
        if entry.where == WORKSPACE and entry.key.action.startswith(ONLY_SHOWS):
            await app.run_action(entry.key.action, default_namespace=workspace)
            return
        if way := WAYS.get(entry.key.place):
            await app.run_action(BY_ID[way].action, default_namespace=workspace)
    where = f"{entry.shown_key} {entry.where}" if entry.shown_key else f"{entry.where}, palette"
    opened_by = with_keys(OPENED_BY.get(entry.key.place, ""))
    app.notify(f"{entry.key.label}: {where}. {opened_by}".rstrip(), markup=False)


async def _go_back(app: App[Any], workspace: Screen[None]) -> bool:
    """Leave the screens above the workspace, and say whether all of them could be left."""
    for _ in range(STEPS_BACK):
        back = getattr(app.screen, "action_back", None)
        if app.screen is workspace or back is None:
            break
        left = back()
        if isawaitable(left):
            await left
    return app.screen is workspace
