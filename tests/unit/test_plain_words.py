"""Texts and docstrings are plain technical English, without private phrases."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.support.source_trees import nodes_of, strings, strings_of

PACKAGE = Path(__file__).parents[2] / "dsql_tui"
PHRASES = r"""
leaves? it\b(?! out)
not now
runs? nothing
opens nothing
^do it\b
puts? it\b
answers it
enter (answers|writes|saves|copies|goes on)
\bgo(es|ing)? on\b
\bwent on\b
\bgone\b
\banew\b
\bbehind\b
\bmoments?\b
\btells?\b
\btold\b
\btelling\b
\bknows\b
\bstands?\b
\bmend(s|ed)?\b
\blooks? (whether|again|at it|before)\b
\bat hand\b
\bpass(es)? (on|over)\b
\bof (its|their|your|my) own\b
\bset-up\b
\bnobody\b
\bby its words\b
\bthat hold\b
\bfor done\b
\bnot at all\b
\bother side\b
\bborn\b
\btakes? whole\b
\btakes no\b
\btaken off\b
\bdoes not take\b
\blet it go\b
\bplay (with|without)\b
\b(tries|asks) (it )?again\b
\basks (both|every)\b
\bfound at all\b
\bis there already\b
\bany more\b
\bwalk along\b
\blost against\b
\bmet by\b
\bnothing (of|is advised|stayed)\b
\bwas kept\b
\bat the first run\b
\bsay why\b
\bits shape\b
\bexamination\b
\bhas undone\b
\ball it had changed\b
\bbe lent\b
\blike that\b
\bno time at all\b
\bmore than nothing\b
\bby the terminal\b
\bwould run\b
\bnot possible\b
\bdestroys something\b
\blay (the|it|out)\b
\bwhere it got to\b
"""
"""Regular expressions, one a line: private words that have a usual one."""
IN_DOCSTRINGS = {
    r"\bnot at all\b",
    r"\bits shape\b",
    r"\blay (the|it|out)\b",
    r"\bwould run\b",
    r"\bat the first run\b",
    r"\bnot possible\b",
    r"\bbehind\b",
}
"""Phrases with a technical meaning in docstrings: widgets lay out lines."""
OTHER_MEANINGS = re.compile(r"\bstands-for\b|\bpostgres` or `nobody`|\blo_\(|%\(complete_func\)s")
"""A file's name, a user's name, functions of PostgreSQL, a shell script with comments."""
PACKAGES = sorted({path.name for path in PACKAGE.iterdir()} - {"__pycache__"})
IDENTIFIER = re.compile(r"[a-z_.]+")


def any_of(phrases: Iterable[str]) -> re.Pattern[str]:
    """Return what finds any phrase: those that begin with a word are tried at words alone."""
    at_words = {each: each.removeprefix(r"\b") for each in phrases}
    words = "|".join(word for each, word in at_words.items() if word != each)
    others = (word for each, word in at_words.items() if word == each)
    return re.compile("|".join([rf"\b(?:{words})", *others]), re.IGNORECASE)


PRIVATE = any_of(PHRASES.strip().splitlines())
PRIVATE_IN_DOCSTRINGS = any_of(
    each for each in PHRASES.strip().splitlines() if each not in IN_DOCSTRINGS
)


def modules(package: str) -> list[Path]:
    """Return the modules of a package, or the module of that name."""
    root = PACKAGE / package
    return sorted(root.rglob("*.py")) if root.is_dir() else [root] * (root.suffix == ".py")


def first_lines(nodes: Iterable[ast.AST]) -> Iterator[tuple[int, str]]:
    """Yield line and text of the first line of every docstring."""
    for node in nodes:
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            docstring = ast.get_docstring(node)
            if docstring:
                yield node.body[0].lineno, docstring.splitlines()[0]


@pytest.mark.parametrize("package", PACKAGES)
def test_no_text_uses_a_private_phrase(package: str) -> None:
    private = [
        f"{path.relative_to(PACKAGE)}:{line}: {text!r}"
        for path in modules(package)
        for line, text in strings_of(path)
        if PRIVATE.search(text)
        and not IDENTIFIER.fullmatch(text)
        and not OTHER_MEANINGS.search(text)
    ]
    assert private == []


@pytest.mark.parametrize("package", PACKAGES)
def test_no_docstring_begins_with_a_private_phrase(package: str) -> None:
    private = [
        f"{path.relative_to(PACKAGE)}:{line}: {text!r}"
        for path in modules(package)
        for line, text in first_lines(nodes_of(path))
        if PRIVATE_IN_DOCSTRINGS.search(text)
    ]
    assert private == []


def test_first_lines_of_docstrings_are_read() -> None:
    tree = ast.parse(
        '"""A module.\n\nIt goes on."""\ndef f():\n    """Tells why."""\n    x = "y"\n'
    )
    assert list(first_lines(ast.walk(tree))) == [(1, "A module."), (5, "Tells why.")]


@pytest.mark.parametrize(
    ("text", "is_private"),
    [
        ('x = f"F5 goes on behind step {n}."', True),
        ('"""It goes on."""\nx = "Continues in the background."', False),
        ('class A:\n    a = 1\n    """What goes on."""', False),
        ('raise E("Nobody connects: " f"{a} tells why")', True),
        ('x = "select * from standard"', False),
    ],
)
def test_strings_are_distinguished_from_docstrings(text: str, is_private: bool) -> None:
    assert any(PRIVATE.search(each) for _, each in strings(text)) == is_private
