"""Reads the README and the pages of the manual as tests compare them with the code."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

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
    """Return what stands in backticks outside of fenced blocks."""
    return re.findall(r"`([^`]+)`", prose(page))


def commands(page: str) -> list[list[str]]:
    """Return every `dsql-tui …` of a page as its arguments, in the order of the page."""
    found = []
    code = re.compile(r"^```(?:sh|yaml)\n(.*?)^```|`([^`\n]+)`", re.MULTILINE | re.DOTALL)
    for match in code.finditer(page):
        for line in (match[1] or match[2]).splitlines():
            if "dsql-tui " in line:
                found += list(_commands_of(line))
    return found


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
