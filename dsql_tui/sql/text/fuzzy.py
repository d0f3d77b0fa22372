"""Fuzzy matching of names, for completion and history search."""

from __future__ import annotations

import re
from functools import lru_cache

EXACT, PREFIX, WORD, INSIDE, SCATTERED = 0, 1, 2, 3, 4
"""The ways to fit, best first."""


@lru_cache(maxsize=256)
def scattered(pattern: str) -> re.Pattern[str]:
    """Return a regular expression for the characters of `pattern` in order."""
    return re.compile("(?=(" + ".*?".join(map(re.escape, pattern)) + "))", re.DOTALL)


def fit(pattern: str, candidate: str) -> tuple[int, int] | None:
    """Return how well `pattern` matches `candidate`, both in lower case.

    Returns:
        A pair that sorts the better fit first: the way, then how much of the candidate is not
        the pattern, or lies between; `None` if it does not fit.
    """
    at = candidate.find(pattern)
    surplus = len(candidate) - len(pattern)
    if at == 0:
        return (PREFIX if surplus else EXACT), surplus
    if at > 0:
        starts_word = not candidate[at - 1].isalnum() or f"_{pattern}" in candidate
        return (WORD if starts_word else INSIDE), at
    spans = [len(match.group(1)) for match in scattered(pattern).finditer(candidate)]
    return (SCATTERED, min(spans)) if spans else None
