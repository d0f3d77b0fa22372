"""Command lines of a file, with the exit code and the shape of both streams that each must have.

A line of the file is: exit code, shape of standard output, shape of standard error, the command
line, with a tab between. `#` begins a comment. Shapes:

    -               nothing
    usage WORDS     how the command is used, and one line that begins with Error and has the words
    error WORDS     one line that begins with Error and has the words, maybe more lines of advice
    has WORDS       the words somewhere
    json KEYS       one JSON object with version 1 and exactly these keys besides
    rows N          one JSON array of N rows
    lines N         so many lines
    exactly TEXT    this text; \\n is the end of a line
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_ERROR = "Error: "


class CommandLine(NamedTuple):
    """A command line and its expected results."""

    code: int
    stdout: str
    stderr: str
    text: str

    @property
    def arguments(self) -> list[str]:
        """The arguments after `dsql-tui`."""
        return shlex.split(self.text)


def read_command_lines(path: Path) -> Iterator[CommandLine]:
    """Yield the command lines of a file."""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            code, stdout, stderr, text = line.split("\t")
            yield CommandLine(int(code), stdout, stderr, text)


def check_shape(shape: str, text: str) -> None:
    """Check that a stream has the shape that a file says."""
    kind, _, words = shape.partition(" ")
    lines = text.splitlines()
    match kind:
        case "-":
            assert text == ""
        case "usage":
            assert lines[0].startswith("Usage: ")
            check_error(words, lines[2:])
        case "error":
            check_error(words, lines)
        case "has":
            assert words in text, text
        case "json":
            found = json.loads(text)
            assert found.pop("version") == 1
            assert set(found) == set(words.split())
        case "rows":
            assert len(json.loads(text)) == int(words)
        case "lines":
            assert len(lines) == int(words), text
        case "exactly":
            assert text == words.replace("\\n", "\n").replace("\\t", "\t")
        case _:
            raise AssertionError(f"unknown shape {shape!r}")


def check_error(words: str, lines: list[str]) -> None:
    """Check that exactly one of the lines is an error, and that it has the words."""
    errors = [line for line in lines if line.startswith(_ERROR)]
    assert len(errors) == 1, lines
    assert words in errors[0], errors[0]
