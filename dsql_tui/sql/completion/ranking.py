"""Which suggestions are shown for the typed characters, and in what order.

Names that are or begin with the typed characters come first. Other matches are shown only while no
name does: those that begin a word of a name, then those inside of one, then scattered characters.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from dsql_tui.sql.completion.suggestions import LIMIT, Completion, Row
from dsql_tui.sql.text.fuzzy import EXACT, PREFIX, WORD, fit


class Group(NamedTuple):
    """Suggestions of one kind.

    Attributes:
        rows: The suggestions.
        is_vocabulary: They are keywords, types or built-in functions, not names of the database.
    """

    rows: Iterable[Row]
    is_vocabulary: bool = False


class _Match(NamedTuple):
    way: int
    rank: tuple[object, ...]
    item: Completion
    is_vocabulary: bool


def ranked(prefix: str, groups: Iterable[Group], usage: Mapping[str, int]) -> list[Completion]:
    """Return the suggestions to show, at most `LIMIT`, the best first.

    Args:
        prefix: The typed characters, in lower case.
        groups: The likeliest first; their order decides between equally good matches.
        usage: How often each word was used, in lower case.
    """
    matches: dict[str, _Match] = {}
    for number, group in enumerate(groups):
        for order, (key, item) in enumerate(group.rows):
            way, surplus = (EXACT, 0) if not prefix else fit(prefix, key) or (None, 0)
            if way is None or item.text in matches:
                continue
            used = -usage.get(key, 0)
            rank = (way, number, used, surplus, order if not prefix else 0, key)
            matches[item.text] = _Match(way, rank, item, group.is_vocabulary)
    best = heapq.nsmallest(LIMIT, _shown(matches.values()), key=lambda match: match.rank)
    return [match.item for match in best]


def _shown(matches: Iterable[_Match]) -> list[_Match]:
    """Leave out worse ways to match where there is a better one."""
    matches = list(matches)
    names = [match for match in matches if not match.is_vocabulary]
    begun = [match for match in matches if match.way <= PREFIX]
    if any(match.way <= PREFIX for match in names):
        return begun
    words = [match for match in names if match.way == WORD]
    if begun or words:
        return begun + words
    way = min((match.way for match in matches), default=EXACT)
    return [match for match in matches if match.way == way]
