"""Modules as syntax trees, each parsed once in a test process, and the strings they hold."""

from __future__ import annotations

import ast
import gc
from collections.abc import Iterator
from functools import cache
from pathlib import Path


@cache
def tree_of(path: Path) -> ast.Module:
    """Return the syntax tree of a module; it is shared and must not be changed."""
    collects = gc.isenabled()
    gc.disable()  # nothing of a tree is garbage, and looking for it takes as long as parsing
    try:
        return ast.parse(path.read_text(encoding="utf-8"))
    finally:
        if collects:
            gc.enable()


@cache
def nodes_of(path: Path) -> tuple[ast.AST, ...]:
    """Return every node of a module, as `ast.walk` yields them; they must not be changed."""
    return tuple(ast.walk(tree_of(path)))


@cache
def strings_of(path: Path) -> tuple[tuple[int, str], ...]:
    """Return line and text of every string of a module that is not a docstring."""
    return tuple(_strings_among(nodes_of(path)))


def strings(source: str) -> Iterator[tuple[int, str]]:
    """Yield line and text of every string that is not a docstring; `{}` where a value goes."""
    return _strings_among(tuple(ast.walk(ast.parse(source))))


def _strings_among(nodes: tuple[ast.AST, ...]) -> Iterator[tuple[int, str]]:
    passed = _docstrings(nodes) | _synonyms(nodes)
    for node in nodes:
        if isinstance(node, ast.JoinedStr):
            passed |= {id(part) for part in node.values}
            parts = (p.value if isinstance(p, ast.Constant) else "{}" for p in node.values)
            yield node.lineno, "".join(map(str, parts))
    for node in nodes:
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in passed
        ):
            yield node.lineno, node.value


def _docstrings(nodes: tuple[ast.AST, ...]) -> set[int]:
    """Return the ids of strings that document: of modules, classes, functions and attributes."""
    return {
        id(statement.value)
        for node in nodes
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        for statement in node.body
        if isinstance(statement, ast.Expr)
    }


def _synonyms(nodes: tuple[ast.AST, ...]) -> set[int]:
    """Return the ids of the words by which an action is found: a person may type any."""
    return {
        id(node.value) for node in nodes if isinstance(node, ast.keyword) and node.arg == "synonyms"
    }
