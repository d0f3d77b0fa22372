"""Apps of this folder's tests share their parsed style sheets."""

from __future__ import annotations

from tests.support.parsed_styles import share_parsed_styles

share_parsed_styles()
