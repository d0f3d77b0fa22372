"""Hides the local DSQL's own objects from statements that read the catalogs.

PostgreSQL's own tables cannot have row security. So a statement that names such a catalog gets a
common table expression of the same name, over a view without the local DSQL's objects. Names,
aliases and columns stay as the client wrote them, and a string like `'pg_class'` still means the
catalog.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from dsql_tui.local.gate.rewriting import Rewriting
from dsql_tui.sql.lexing.names import Piece, folded, pieces_of

SHOWN: Final = frozenset(
    {
        *(
            "pg_am",
            "pg_attrdef",
            "pg_attribute",
            "pg_auth_members",
            "pg_cast",
            "pg_class",
            "pg_constraint",
            "pg_depend",
        ),
        *("pg_event_trigger", "pg_index", "pg_namespace", "pg_proc", "pg_rewrite", "pg_sequence"),
        *("pg_trigger", "pg_type"),
    }
)
"""Catalogs that list objects of the local DSQL; `catalogs.sql` has a view of each."""
_SYSTEM_COLUMNS: Final = frozenset({"TABLEOID", "CTID", "XMIN", "CMIN", "XMAX", "CMAX"})
_NAMED: Final = re.compile(rf"\b(?:{'|'.join(sorted(SHOWN)).upper()})\b")
_OURS: Final = re.compile(r"\bpg_dsql(?:_shown\.|_whole\.|\.|_)")
_READS: Final = frozenset({"SELECT", "VALUES", "TABLE", "(", "INSERT", "UPDATE", "DELETE"})


def unqualified(line: str) -> str:
    """Return a line of a plan without the names of the local DSQL's schemas and prefix."""
    return _OURS.sub("", line)


def names_catalog(text: str) -> bool:
    """Whether a statement, given as its skeleton, reads a catalog that lists hidden objects."""
    return _NAMED.search(text) is not None


def without_ours(rewriting: Rewriting) -> Rewriting:
    """Rewrite a statement that reads catalogs to read the views that clients may see."""
    pieces = pieces_of(rewriting.sql)
    opening = _opening(pieces)
    if opening is None:
        return rewriting
    sql = rewriting.sql
    for schema, dot, name in zip(pieces, pieces[1:], pieces[2:], strict=False):
        qualified = dot.word == "." and schema.is_name and folded(schema.text) == "pg_catalog"
        if qualified and folded(name.text) in SHOWN:
            # Blanked out, so that positions in errors stay correct.
            sql = sql[: schema.start] + " " * (name.start - schema.start) + sql[name.start :]
    whole = any(piece.word in _SYSTEM_COLUMNS for piece in pieces)
    schema_shown = "pg_dsql_whole" if whole else "pg_dsql_shown"
    named = sorted({folded(piece.text) for piece in pieces if piece.is_name} & SHOWN)
    expressions = ", ".join(
        f"{name} AS NOT MATERIALIZED (SELECT * FROM {schema_shown}.{name})"  # noqa: S608 - of SHOWN
        for name in named
    )
    at, has_list = opening
    added = f" {expressions}, " if has_list else f"WITH {expressions} "
    return replace(
        rewriting, sql=sql[:at] + added + sql[at:], inserted=rewriting.inserted + len(added)
    )


def _opening(pieces: Sequence[Piece]) -> tuple[int, bool] | None:
    """Return where to insert a common table expression, and whether there is one already.

    `None` if the statement cannot have one.
    """
    position = 0
    if pieces and pieces[0].word == "EXPLAIN":
        position = after_explain(pieces)
    elif pieces and pieces[0].word == "COPY" and pieces[1:2] and pieces[1].word == "(":
        position = 2
    if position >= len(pieces):
        return None
    if pieces[position].word != "WITH":
        return (pieces[position].start, False) if pieces[position].word in _READS else None
    recursive = pieces[position + 1 : position + 2]
    if recursive and recursive[0].word == "RECURSIVE":
        return recursive[0].end, True
    return pieces[position].end, True


def after_explain(pieces: Sequence[Piece]) -> int:
    """Return the position after EXPLAIN and its options."""
    position = 1
    if position < len(pieces) and pieces[position].word == "(":
        depth = pieces[position].depth
        position += 1
        while position < len(pieces) and pieces[position].depth > depth:
            position += 1
        return position + 1
    while position < len(pieces) and pieces[position].word in {"ANALYZE", "ANALYSE", "VERBOSE"}:
        position += 1
    return position
