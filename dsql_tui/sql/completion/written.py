"""What the next column of an INSERT is likely to be given: a column of the same name."""

from __future__ import annotations

from collections.abc import Sequence

from dsql_tui.model.catalog import NamedColumn
from dsql_tui.sql.completion.suggestions import Completion, CompletionKind, Row
from dsql_tui.sql.lexing.names import Piece, folded, name_at, qualified, quoted
from dsql_tui.sql.statements.scope import EXCLUDED, Scope


def written(
    scope: Scope, before: Sequence[Piece], target: Sequence[NamedColumn], *, source: str = ""
) -> list[Row]:
    """Return the visible column that is named like the one being written.

    Args:
        scope: The visible sources.
        before: The pieces before the position.
        target: The columns of the table that is written.
        source: The source that has been typed; with it the column is not qualified.
    """
    wanted = _set_column(before) or _selected_for(before, target)
    excluded = any(row.name == EXCLUDED for row in scope.sources)
    for row in scope.sources:
        is_meant = row.name == source if source else not excluded or row.name == EXCLUDED
        for column in row.columns:
            if is_meant and column.name == wanted:
                several = len(scope.sources) > 1 and not source
                text = qualified([row.name, wanted]) if several else quoted(wanted)
                return [(wanted, Completion(text, CompletionKind.COLUMN, column.type_name))]
    return []


def _set_column(before: Sequence[Piece]) -> str:
    """Return the column of `SET column =`."""
    if len(before) > 1 and before[-1].word == "=" and before[-2].is_name:
        return folded(before[-2].text)
    return ""


def _selected_for(before: Sequence[Piece], target: Sequence[NamedColumn]) -> str:
    """Return the column that the next value of `INSERT INTO t (…) SELECT` is for."""
    words = [piece.word for piece in before]
    if "SELECT" not in words or "INTO" not in words:
        return ""
    last = len(words) - 1 - words[::-1].index("SELECT")
    level = before[last].depth
    if before[-1].word not in {"SELECT", ",", "DISTINCT", "ALL"} or before[-1].depth != level:
        return ""
    number = sum(piece.word == "," and piece.depth == level for piece in before[last:])
    _, opening = name_at(before, words.index("INTO") + 1)
    listed = [
        folded(piece.text)
        for piece in before[opening + 1 : last]
        if piece.is_name and piece.depth == level + 1
    ]
    names = listed if words[opening] == "(" else [column.name for column in target]
    return names[number] if number < len(names) else ""
