"""Our light and dark theme, read from `style/themes.toml`, where every colour is."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from textual.theme import BUILTIN_THEMES, Theme

DARK, LIGHT = "dsql-dark", "dsql-light"
_FILE = Path(__file__).parents[1] / "style" / "themes.toml"


@cache
def _tables() -> dict[str, Any]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


def themes() -> list[Theme]:
    """Return our themes."""
    return [Theme(name=name, **_tables()[name]) for name in (DARK, LIGHT)]


def theme_names() -> list[str]:
    """Return the names of all themes that can be chosen, ours first."""
    return [DARK, LIGHT, *BUILTIN_THEMES]


def variable_defaults(theme: Theme) -> dict[str, str]:
    """Return our own variables for a theme that does not define them, in that theme's colours."""
    names = {
        "accent": theme.accent or theme.primary,
        "primary": theme.primary,
        "secondary": theme.secondary or theme.primary,
        "success": theme.success or theme.primary,
        "warning": theme.warning or theme.primary,
        "foreground": theme.foreground or ("#e0e0e0" if theme.dark else "#202020"),
    }
    resolved: dict[str, str] = {}
    for variable, value in _tables()["defaults"].items():
        name, _, alpha = str(value).removeprefix("$").partition(" ")
        resolved[variable] = f"{names[name]} {alpha}".rstrip()
    return resolved
