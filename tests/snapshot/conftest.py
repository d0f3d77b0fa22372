"""Snapshots are stable: no cursor blinks while they are taken, however slow the machine is."""

from __future__ import annotations

import pytest
from textual.widgets import Input, TextArea

from tests.support.headless import prepare_headless_apps
from tests.support.parsed_styles import forgotten_lines

__all__ = ["forgotten_lines"]

prepare_headless_apps()


@pytest.fixture(autouse=True)
def _no_blinking(monkeypatch: pytest.MonkeyPatch) -> None:
    # `cursor_blink = False` would not do: a line kept from a moment without cursor stays drawn.
    monkeypatch.setattr(TextArea, "_toggle_cursor_blink_visible", lambda _: None)
    monkeypatch.setattr(Input, "_toggle_cursor", lambda _: None)
