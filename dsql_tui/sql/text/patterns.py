"""Regular expressions of users, with a time limit for matching.

Python's `re` needs minutes for `(a+)+$` on thirty characters and blocks all other threads
meanwhile. It is used only where a pattern cannot take many steps on a text of that length;
otherwise `regex` is used, which lets other threads run and has a time limit, but takes 2 µs more
for each text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, Protocol

from dsql_tui.errors import InputError

MOST_STEPS = 10_000_000
"""Steps that `re` may need for one text, about a tenth of a second."""
MOST_S = 0.5
"""How long `regex` may take for one text."""
MOST_OPTIONAL = 12
"""Optional parts whose combinations may all have to be tried."""
_LITERALS = re.compile(r"\\[^1-9]|\[\^?\]?(?:\\.|[^\]\\])*+\]", re.DOTALL)
"""Escapes that are not references, and sets of characters."""
_REPEATED_GROUP = re.compile(r"\)[*+?{]")
_REFERENCE = re.compile(r"\\[1-9]|\(\?P=|\(\?\(")
_REPEAT = re.compile(r"(?<!\()[*+{]")
_OPTIONAL = re.compile(r"(?<![(*+?}])\?")


class Match(Protocol):
    """A match of a pattern, from `re` or `regex`."""

    def start(self) -> int:
        """Return the start of the match."""
        ...

    def end(self) -> int:
        """Return the end of the match."""
        ...

    def span(self) -> tuple[int, int]:
        """Return the start and the end of the match."""
        ...

    def expand(self, template: str, /) -> str:
        """Return a template with the groups of the match."""
        ...


def searcher(pattern: str, *, ignore_case: bool, most_s: float = MOST_S) -> Callable[[str], object]:
    """Return a function that tests whether a text contains the pattern.

    The function raises InputError where it takes too long.

    Args:
        pattern: As typed.
        ignore_case: Whether `A` and `a` are the same.
        most_s: How long one text may take.

    Raises:
        InputError: The pattern cannot be read.
    """
    try:
        quick = re.compile(pattern, re.IGNORECASE if ignore_case else re.NOFLAG).search
    except (re.error, OverflowError, RecursionError) as error:
        raise _unreadable(error) from None
    most_characters = _most_characters(pattern)

    @cache
    def patient() -> Any:
        import regex

        return _compiled(pattern, regex.IGNORECASE if ignore_case else 0).search

    def search(text: str) -> object:
        if len(text) <= most_characters:
            return quick(text)
        try:
            return patient()(text, timeout=most_s, concurrent=True)
        except TimeoutError:
            raise _too_slow() from None

    return search


def line_matches(pattern: str, text: str) -> Iterator[Match]:
    """Yield the matches of a pattern, ignoring case; `^` and `$` match at line ends.

    Raises:
        InputError: The pattern cannot be read, or takes too long.
    """
    import regex

    compiled = _compiled(pattern, regex.IGNORECASE | regex.MULTILINE)
    try:
        yield from compiled.finditer(text, timeout=MOST_S)
    except TimeoutError:
        raise _too_slow() from None


def expanded(match: Match, by: str) -> str:
    r"""Return a replacement with the groups of a match: `\1`.

    Raises:
        InputError: The replacement cannot be read, or there is no such group.
    """
    import regex

    try:
        return match.expand(by)
    except (regex.error, IndexError) as error:
        raise InputError(f"This cannot be put in its place: {error}.") from None


def _compiled(pattern: str, flags: int) -> Any:
    import regex

    try:
        return regex.compile(pattern, flags)
    except (regex.error, OverflowError, RecursionError) as error:
        raise _unreadable(error) from None


def _too_slow() -> InputError:
    return InputError(
        "This regular expression takes too long on one of the texts.",
        remedy="Repeat less inside of what is repeated: a+ in place of (a+)+.",
    )


def _unreadable(error: Exception) -> InputError:
    return InputError(f"This is not a regular expression: {error}.")


def _most_characters(pattern: str) -> int:
    """Return how long a text may be for `re`: as many steps as characters, for each repetition."""
    plain = _LITERALS.sub("x", pattern)
    if _REPEATED_GROUP.search(plain) or _REFERENCE.search(plain):
        return -1
    if len(_OPTIONAL.findall(plain)) > MOST_OPTIONAL:
        return -1
    return int(MOST_STEPS ** (1 / (len(_REPEAT.findall(plain)) + 1)))
