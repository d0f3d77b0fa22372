"""The applications of this folder's tests have no terminal."""

from __future__ import annotations

from tests.support.headless import prepare_headless_apps
from tests.support.parsed_styles import forgotten_lines

__all__ = ["forgotten_lines"]

prepare_headless_apps()
