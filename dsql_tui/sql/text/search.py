"""Finding and replacing text, by words or by a regular expression."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dsql_tui.errors import InputError
from dsql_tui.sql.text.lines import CRLF, LF, dominant_ending, with_endings
from dsql_tui.sql.text.patterns import Match, expanded, line_matches


@dataclass(frozen=True, slots=True)
class Search:
    """A search, which ignores case.

    Attributes:
        what: A text, or a regular expression in which `^` and `$` are a line's ends.
        regex: Which of both.
    """

    what: str
    regex: bool = False

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Return the matches in order, without empty ones.

        Raises:
            InputError: The regular expression cannot be read.
        """
        return [match.span() for match in self._matches(text)]

    def replaced(self, matched: str, by: str) -> str:
        r"""Return the replacement of a match; `\1` is a group of it.

        Raises:
            InputError: One of both cannot be read, or `matched` does not match.
        """
        match = next(self._matches(matched), None)
        if match is None or match.span() != (0, len(matched)):
            raise InputError("The selection does not match the search.")
        return self._expanded(match, by)

    def replace_all(self, text: str, by: str) -> tuple[str, int]:
        """Return the text with every match replaced, and the number of matches.

        Raises:
            InputError: The regular expression or the replacement cannot be read.
        """
        parts: list[str] = []
        position = count = 0
        for match in self._matches(text):
            parts += [text[position : match.start()], self._expanded(match, by)]
            position, count = match.end(), count + 1
        return "".join([*parts, text[position:]]), count

    def _matches(self, text: str) -> Iterator[Match]:
        if not self.what:
            return
        matches = (
            _matches_in_lines(self.what, text)
            if self.regex
            else re.finditer(re.escape(self.what), text, re.IGNORECASE)
        )
        yield from (match for match in matches if match.end() > match.start())

    def _expanded(self, match: Match, by: str) -> str:
        return expanded(match, by) if self.regex else by


@dataclass(frozen=True, slots=True)
class _InLines:
    """A match in a text with LF for each CRLF, as one in the text itself."""

    match: Match
    breaks: Sequence[int]
    ending: str

    def start(self) -> int:
        """Return where it begins."""
        return self._offset(self.match.start())

    def end(self) -> int:
        """Return where it ends."""
        return self._offset(self.match.end())

    def span(self) -> tuple[int, int]:
        """Return both."""
        return self.start(), self.end()

    def expand(self, template: str, /) -> str:
        """Return a template with its groups in it; its lines end as most in the text do."""
        return with_endings(self.match.expand(template), self.ending)

    def _offset(self, offset: int) -> int:
        return offset + bisect_left(self.breaks, offset)


def _matches_in_lines(pattern: str, text: str) -> Iterator[Match]:
    r"""Yield where a regular expression is; `$` and `\n` are the end of a line that ends in CRLF.

    Raises:
        InputError: The pattern cannot be read, or takes too long.
    """
    if CRLF not in text:
        yield from line_matches(pattern, text)
        return
    breaks = [
        line_break.start() - number for number, line_break in enumerate(re.finditer(CRLF, text))
    ]
    ending = dominant_ending(text)
    for match in line_matches(pattern, text.replace(CRLF, LF)):
        yield _InLines(match, breaks, ending)
