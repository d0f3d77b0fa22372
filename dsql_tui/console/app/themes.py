"""The light and the dark theme, read from `style/themes.toml`, which defines every colour."""

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
    """Return the console's themes."""
    return [Theme(name=name, **_tables()[name]) for name in (DARK, LIGHT)]


def theme_names() -> list[str]:
    """Return the names of all available themes, the console's first."""
    return [DARK, LIGHT, *BUILTIN_THEMES]


def variable_defaults(theme: Theme) -> dict[str, str]:
    """Return style variables in the colours of a theme that does not define them."""
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
