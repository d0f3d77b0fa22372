"""Reads the README and the pages of the manual as tests compare them with the code."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from dsql_tui.cli.root import group

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
MANUAL = ROOT / "dsql_tui" / "manual"
OTHERS = (ROOT / ".github" / "CONTRIBUTING.md", ROOT / ".github" / "SECURITY.md")
PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in (README, *sorted(MANUAL.glob("*.md")), *OTHERS)
}
"""Path → text; what a user reads, and what a contributor reads."""
HOME = "https://github.com/dsql-tui/dsql-tui"
"""Where links to files of the repository lead."""
_END_OF_COMMAND = {"&&", "||", "|", ";", ">", ">>", ")", "&"}


def blocks(page: str, language: str) -> list[str]:
    """Return the fenced blocks of a page in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", page, re.MULTILINE | re.DOTALL)


def prose(page: str) -> str:
    """Return a page without its fenced blocks."""
    return re.sub(r"^```\w*\n.*?^```", "", page, flags=re.MULTILINE | re.DOTALL)


def inline_code(page: str) -> list[str]:
    """Return what is in backticks outside of fenced blocks."""
    return re.findall(r"`([^`]+)`", prose(page))


def commands(page: str) -> list[list[str]]:
    """Return every `dsql-tui …` of a page as its arguments, in the order of the page."""
    return _commands_in(page, rf"{_SHELL}|`(?P<inline>[^`\n]+)`")


def shell_commands(page: str) -> list[list[str]]:
    """Return the lines that are meant to be typed, without calls within a sentence."""
    return _commands_in(page, _SHELL)


_SHELL = r"^```(?:sh|yaml)\n(?P<fenced>.*?)^```|^ {4}(?P<indented>dsql-tui .*?)$"


def _commands_in(page: str, code: str) -> list[list[str]]:
    found: list[list[str]] = []
    for match in re.finditer(code, page, re.MULTILINE | re.DOTALL):
        for line in next(filter(None, match.groups())).splitlines():
            if "dsql-tui " in line:
                found += list(_commands_of(line))
    return found


def resolved(call: Sequence[str]) -> tuple[list[str], list[str]]:
    """Split a call into the path of a command and its arguments.

    Raises:
        LookupError: There is no such command.
    """
    command: click.Command = group
    path: list[str] = []
    rest = list(call)
    while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
        inner = command.get_command(click.Context(command), rest[0])
        if inner is None:
            raise LookupError(f"no command {rest[0]} in {' '.join(['dsql-tui', *path])}")
        command = inner
        path.append(rest.pop(0))
    return path, rest


def _commands_of(line: str) -> Iterator[list[str]]:
    """Yield the arguments of each call of dsql-tui in a line of a shell or of a workflow."""
    line = re.sub(r"\s#\s.*$", "", line)
    line = re.sub(r"^- run: ", "", line.strip())
    # What a shell runs inside of double quotes is a command as well.
    line = re.sub(r'"\$\((.*?)\)"', r"; \1 ;", line)
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words = list(lexer)
    while "dsql-tui" in words:
        start = words.index("dsql-tui")
        at_command = start == 0 or words[start - 1] in _END_OF_COMMAND
        rest = words[start + 1 :]
        end = next((n for n, word in enumerate(rest) if word in _END_OF_COMMAND), len(rest))
        if at_command and end:
            yield rest[:end]
        words = rest[end:]
