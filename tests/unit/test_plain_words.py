"""What people read is plain technical English: no private phrases in any string of the package."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.source_trees import strings

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
PACKAGES = sorted({path.name for path in PACKAGE.iterdir()} - {"cli", "local", "__pycache__"})
IDENTIFIER = re.compile(r"[a-z_.]+")
PRIVATE = re.compile("|".join(PHRASES.strip().splitlines()), re.IGNORECASE)


@pytest.mark.parametrize("package", PACKAGES)
def test_no_text_uses_a_private_phrase(package: str) -> None:
    root = PACKAGE / package
    found = [
        f"{path.relative_to(PACKAGE)}:{line}: {text!r}"
        for path in ([root] if root.suffix == ".py" else sorted(root.rglob("*.py")))
        for line, text in strings(path.read_text(encoding="utf-8"))
        if PRIVATE.search(text) and not IDENTIFIER.fullmatch(text)
    ]
    assert found == []


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
def test_strings_are_told_from_docstrings(text: str, is_private: bool) -> None:
    assert any(PRIVATE.search(each) for _, each in strings(text)) == is_private
