"""A class name has one meaning in the whole package, and no name is a word of speech."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.support.source_trees import nodes_of, tree_of
from tests.unit.test_layers import PACKAGE

SPEECH = frozenset(
    {"goodbye", "retold", "said", "says", "saying", "tell", "telling", "tells", "told"}
)
"""Words that do not name what a value holds or what a function does: report, print, outcome do."""
FILE_PROTOCOL = {"export/parquet.py": "tell"}
"""Methods that Python's interface of files names."""


def names(nodes: Iterable[ast.AST]) -> Iterator[tuple[int, str]]:
    """Yield line and name of every class, function, parameter, variable and attribute."""
    for node in nodes:
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
                yield node.lineno, name
            case ast.AsyncFunctionDef(name=name) | ast.arg(arg=name):
                yield node.lineno, name
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield node.lineno, name


def spoken(nodes: Iterable[ast.AST]) -> list[tuple[int, str]]:
    """Return the names that contain a word of speech."""
    return [(line, name) for line, name in names(nodes) if SPEECH & set(name.lower().split("_"))]


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def test_a_class_name_occurs_once() -> None:
    places: dict[str, set[str]] = defaultdict(set)
    for path in modules():
        for node in tree_of(path).body:
            if isinstance(node, ast.ClassDef):
                places[node.name].add(path.relative_to(PACKAGE).as_posix())
    assert {name: files for name, files in places.items() if len(files) > 1} == {}


def test_no_name_contains_a_word_of_speech() -> None:
    remaining = [
        f"{file}:{line}: {name}"
        for path in modules()
        for file in [path.relative_to(PACKAGE).as_posix()]
        for line, name in spoken(nodes_of(path))
        if FILE_PROTOCOL.get(file) != name
    ]
    assert remaining == []


@pytest.mark.parametrize(
    "source",
    [
        "class Told: pass",
        "def _tell_plan(): pass",
        "async def f(said): pass",
        "told = 1",
        "self.has_said = 1",
        "for saying in x: pass",
    ],
)
def test_a_word_of_speech_is_found_in_every_kind_of_name(source: str) -> None:
    assert len(spoken(ast.walk(ast.parse(source)))) == 1


def test_other_names_are_not_words_of_speech() -> None:
    assert spoken(ast.walk(ast.parse("def essay(untold): total = f.tell()"))) == []
