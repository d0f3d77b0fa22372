"""The keywords that may follow a complete name or value, by statement and clause."""

from __future__ import annotations

from typing import NamedTuple

from dsql_tui.sql.completion.vocabulary import phrases

_JOINS = phrases(
    "join, left join, right join, full join, cross join, join lateral, left join lateral"
)
_SET_OPERATIONS = phrases("union, union all, intersect, except")
_LOCKS = phrases("for update, for key share")
_GROUPING = phrases("group by, order by, limit, offset, having")
OPERATORS = phrases(
    """
    and, or, in, not in, is null, is not null, like, ilike, not like, between, is distinct from,
    is not distinct from
    """
)
"""After a value."""


class Continuation(NamedTuple):
    """What may follow in a clause.

    Attributes:
        keywords: In lower case.
        is_value: Operators may follow, because the clause holds values.
    """

    keywords: tuple[str, ...] = ()
    is_value: bool = False


_AFTER_WHERE = (*_GROUPING, *_SET_OPERATIONS, *_LOCKS)
_SELECT = {
    "SELECT": Continuation(("as", "from", "where", *_GROUPING, *_SET_OPERATIONS), is_value=True),
    "FROM": Continuation(("where", *_JOINS, "as", *_AFTER_WHERE)),
    "JOIN": Continuation(("on", "using", "as", *_JOINS)),
    "USING": Continuation(("where", *_JOINS, "as", *_AFTER_WHERE)),
    "ON": Continuation(("where", *_JOINS, *_AFTER_WHERE), is_value=True),
    "WHERE": Continuation(_AFTER_WHERE, is_value=True),
    "GROUP BY": Continuation(
        ("having", "order by", "limit", "offset", *_SET_OPERATIONS), is_value=True
    ),
    "HAVING": Continuation(("order by", "limit", "offset", *_SET_OPERATIONS), is_value=True),
    "ORDER BY": Continuation(
        ("asc", "desc", "nulls first", "nulls last", "limit", "offset", *_LOCKS), is_value=True
    ),
    "LIMIT": Continuation(("offset", *_LOCKS)),
    "OFFSET": Continuation(("limit", *_LOCKS)),
    "VALUES": Continuation(("order by", "limit", "offset", *_SET_OPERATIONS)),
}
_INSERT = {
    "INTO": Continuation(("values", "select", "default values", "as", "overriding system value")),
    "VALUES": Continuation(("on conflict", "returning")),
    "CONFLICT": Continuation(("do nothing", "do update set", "where")),
    "SET": Continuation(("where", "returning"), is_value=True),
    "WHERE": Continuation(("returning",), is_value=True),
    "RETURNING": Continuation(("as",), is_value=True),
}
_UPDATE = {
    "UPDATE": Continuation(("set", "as")),
    "SET": Continuation(("from", "where", "returning"), is_value=True),
    "FROM": Continuation(("where", *_JOINS, "as", "returning")),
    "JOIN": _SELECT["JOIN"],
    "ON": Continuation(("where", *_JOINS, "returning"), is_value=True),
    "WHERE": Continuation(("returning",), is_value=True),
    "RETURNING": Continuation(("as",), is_value=True),
}
_DELETE = {
    "FROM": Continuation(("where", "using", "as", "returning")),
    "USING": Continuation(("where", *_JOINS, "as", "returning")),
    "JOIN": _SELECT["JOIN"],
    "ON": _UPDATE["ON"],
    "WHERE": _UPDATE["WHERE"],
    "RETURNING": _UPDATE["RETURNING"],
}
_STATEMENTS = {
    "SELECT": _SELECT,
    "VALUES": _SELECT,
    "INSERT": _INSERT,
    "UPDATE": _UPDATE,
    "DELETE": _DELETE,
    "WITH": {"": Continuation(("select", "insert into", "update", "delete from"))},
    "COPY": {"COPY": Continuation(("from stdin", "to stdout"))},
}
STATEMENTS = frozenset(_STATEMENTS)
"""The words that begin the statements known here."""
PARTITION = Continuation(("order by", "rows between", "range between"), is_value=True)


def continuation(statement: str, clause: str) -> Continuation:
    """Return what may follow in a clause.

    Args:
        statement: The word that begins it: SELECT, INSERT …
        clause: The keyword that begins the clause: FROM, GROUP BY …
    """
    if clause == "PARTITION BY":
        return PARTITION
    return _STATEMENTS.get(statement, {}).get(clause, Continuation())
