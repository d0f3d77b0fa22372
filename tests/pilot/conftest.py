"""Apps of this folder's tests share their parsed style sheets."""

from __future__ import annotations

from tests.support.parsed_styles import forgotten_lines, share_parsed_styles

__all__ = ["forgotten_lines"]

share_parsed_styles()
