"""Rewrites a doomed transaction's statements to run on copies of their tables."""

from __future__ import annotations

from collections.abc import Iterable

from dsql_tui.sql.lexing.names import folded, pieces_of


def on_copies(sql: str, copied: Iterable[str]) -> str:
    """Return a statement without row locks and without the schemas of copied tables.

    Error positions stay correct, except for tables that are named like a catalog.
    """
    return _without_schemas(_without_locks(sql), copied)


def _without_locks(sql: str) -> str:
    """Blank out `FOR UPDATE` and `FOR KEY SHARE` with their options."""
    pieces = pieces_of(sql)
    words = [piece.word for piece in pieces]
    for at, word in enumerate(words):
        if word != "FOR" or words[at + 1 : at + 2] not in (["UPDATE"], ["KEY"]):
            continue
        last = at + (1 if words[at + 1] == "UPDATE" else 2)
        if words[last + 1 : last + 2] == ["OF"]:
            last += 2
            while words[last + 1 : last + 2] in ([","], ["."]):
                last += 2
        if words[last + 1 : last + 2] == ["NOWAIT"]:
            last += 1
        elif words[last + 1 : last + 3] == ["SKIP", "LOCKED"]:
            last += 2
        start, end = pieces[at].start, pieces[min(last, len(pieces) - 1)].end
        sql = sql[:start] + " " * (end - start) + sql[end:]
    return sql


def _without_schemas(sql: str, copied: Iterable[str]) -> str:
    qualified = {
        tuple(folded(piece.text) for piece in pieces_of(name) if piece.is_name)
        for name in copied
        if "." in name
    }
    if not qualified:
        return sql
    pieces = pieces_of(sql)
    for schema, dot, name in reversed([*zip(pieces, pieces[1:], pieces[2:], strict=False)]):
        relation = folded(name.text)
        if dot.word == "." and (folded(schema.text), relation) in qualified:
            # An unqualified name would select the catalog of that name, or the gate's expression.
            is_like_catalog = relation.startswith("pg_")
            replacement = "pg_temp." if is_like_catalog else " " * (name.start - schema.start)
            sql = sql[: schema.start] + replacement + sql[name.start :]
    return sql
