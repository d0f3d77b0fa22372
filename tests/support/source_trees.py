"""Modules as syntax trees, each parsed once in a test process."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path


@cache
def tree_of(path: Path) -> ast.Module:
    """Return the syntax tree of a module; it is shared, so nobody may change it."""
    return ast.parse(path.read_text(encoding="utf-8"))
