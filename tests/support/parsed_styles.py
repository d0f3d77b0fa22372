"""Style sheets that all apps of a test process share, and painted lines that none keeps.

Each app parses the style sheets of its widgets again, which is a tenth of a test's time.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import wraps
from typing import Any

import pytest
from textual._styles_cache import StylesCache
from textual.cache import LRUCache
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet

SHEETS_MAX = 1_000
_Parsed = LRUCache[tuple[Any, ...], list[RuleSet]]
_parsed: dict[frozenset[tuple[str, str]], _Parsed] = {}
"""Variables of a theme → sheets parsed with them, by Textual's own key."""


def share_parsed_styles() -> None:
    """Share parsed rules among all style sheets with the same variables."""
    RuleSet.__hash__ = object.__hash__  # type: ignore[method-assign] # the same, not in Python
    original_init, original_set = Stylesheet.__init__, Stylesheet.set_variables

    @wraps(original_init)
    def init(sheet: Stylesheet, *, variables: dict[str, str] | None = None) -> None:
        original_init(sheet, variables=variables)
        sheet._parse_cache = _cache_for(variables or {})

    @wraps(original_set)
    def set_variables(sheet: Stylesheet, variables: dict[str, str]) -> None:
        sheet._parse_cache = LRUCache(1)  # Textual empties it
        original_set(sheet, variables)
        sheet._parse_cache = _cache_for(variables)

    Stylesheet.__init__ = init  # type: ignore[method-assign, assignment]
    Stylesheet.set_variables = set_variables  # type: ignore[method-assign, assignment]


def _cache_for(variables: dict[str, str]) -> _Parsed:
    return _parsed.setdefault(frozenset(variables.items()), LRUCache(SHEETS_MAX))


@pytest.fixture(autouse=True)
def forgotten_lines() -> Iterator[None]:
    """Release a test's painted lines, which a cache of Textual keeps for 12,000 widgets."""
    yield
    StylesCache.get_inner_outer.cache_clear()
