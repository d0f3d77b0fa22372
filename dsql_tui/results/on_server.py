"""The filters and sort keys of a result as SQL, for rows that were not all fetched.

They mean the same as `results.find` means for fetched rows, with two differences that are the
server's: without upper-case letters in the search only ASCII letters are compared without case
(DSQL's only collation is `C`), and regular expressions are PostgreSQL's.
"""

from __future__ import annotations

from collections.abc import Sequence

from dsql_tui.results.arrangement import Arrangement
from dsql_tui.results.find import Filter, Pattern
from dsql_tui.sql.lexing.names import quoted
from dsql_tui.sql.lexing.string_constants import literal

WITHOUT_EQUALITY = frozenset({"json", "xml"})
"""Types that have no `=`."""


def conditions_of(
    arrangement: Arrangement, names: Sequence[str], types: Sequence[str]
) -> tuple[str, ...]:
    """Return a condition for each filter.

    Args:
        arrangement: The filters.
        names: The result's columns, unquoted; they are those of one relation.
        types: Their types as `format_type` prints them.
    """
    return tuple(_condition(each, names, types) for each in arrangement.filters)


def _condition(each: Filter, names: Sequence[str], types: Sequence[str]) -> str:
    if each.column is None:
        holds = " OR ".join(_matches(each.pattern, quoted(name)) for name in names)
        return f"({holds}) IS NOT TRUE" if each.inverted else f"({holds})"
    name = quoted(names[each.column])
    if each.is_null:
        return f"{name} IS {'NOT ' if each.inverted else ''}NULL"
    if each.exact:
        return _equals(name, types[each.column], each.pattern.text, inverted=each.inverted)
    holds = _matches(each.pattern, name)
    return f"({holds}) IS NOT TRUE" if each.inverted else holds


def _equals(name: str, type_name: str, value: str, *, inverted: bool) -> str:
    compared = f"{name}::text" if type_name in WITHOUT_EQUALITY else name
    return f"{compared} {'IS DISTINCT FROM' if inverted else '='} {literal(value)}"


def _matches(pattern: Pattern, name: str) -> str:
    text = f"{name}::text"
    if pattern.regex:
        return f"{text} {'~*' if pattern.ignores_case else '~'} {literal(pattern.text)}"
    searched = f"lower({text})" if pattern.ignores_case else text
    return f"strpos({searched}, {literal(pattern.text)}) > 0"
