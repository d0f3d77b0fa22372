"""Finding and replacing in a text, by words or by a regular expression."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from dsql_tui.errors import InputError
from dsql_tui.sql.patterns import Match, expanded, line_matches


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for, whatever its case.

    Attributes:
        what: A text, or a regular expression in which `^` and `$` are a line's ends.
        regex: Which of both.
    """

    what: str
    regex: bool = False

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Return where it is, in order; what matches nothing but a place is not counted.

        Raises:
            InputError: The regular expression cannot be read.
        """
        return [match.span() for match in self._matches(text)]

    def replaced(self, found: str, by: str) -> str:
        r"""Return what comes in the place of one that was found; `\1` is a group of it.

        Raises:
            InputError: One of both cannot be read, or `found` is not what is looked for.
        """
        match = next(self._matches(found), None)
        if match is None or match.span() != (0, len(found)):
            raise InputError("What is selected is not what is looked for.")
        return self._expanded(match, by)

    def replace_all(self, text: str, by: str) -> tuple[str, int]:
        """Return the text with every one replaced, and how many there were.

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
        if self.regex:
            found = line_matches(self.what, text)
        else:
            found = re.finditer(re.escape(self.what), text, re.IGNORECASE)
        yield from (match for match in found if match.end() > match.start())

    def _expanded(self, match: Match, by: str) -> str:
        return expanded(match, by) if self.regex else by
