"""Which relations a statement reads more than once, and whether it shows one table as it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from dsql_tui.sql.lexing.keywords import RESERVED
from dsql_tui.sql.lexing.names import Piece, folded, name_at, pieces_of
from dsql_tui.sql.statements.blocks import blocks_of

_FOLLOWS_TABLE = frozenset({"WHERE", "ORDER", "LIMIT", "OFFSET", "FETCH", "FOR"})


def repeated_relations(statement: str) -> frozenset[str]:
    """Return the names, without schemas, of relations that a statement may read more than once.

    Columns of both would look alike in the result. Where a CTE is used more than once, that counts
    for every relation of the statement.
    """
    blocks = blocks_of(pieces_of(statement))
    names = Counter(
        source.parts[-1] for block in blocks for source in block.sources if source.parts
    )
    ctes = {name for block in blocks for name in block.ctes}
    if any(names[name] > 1 for name in ctes):
        return frozenset(names)
    return frozenset(name for name, count in names.items() if count > 1)


@dataclass(frozen=True, slots=True)
class BareQuery:
    """A query that shows columns of one table unchanged and under their own names.

    Attributes:
        relation: The parts of the table's name, unquoted.
        columns: The names of the columns in order; `*` stands for all.
    """

    relation: tuple[str, ...]
    columns: tuple[str, ...]


def bare_query(statement: str) -> BareQuery | None:
    """Return what a query of one table shows; `None` if it is anything else.

    Only `SELECT` of `*` or plain column names without aliases, from one table, without grouping.
    """
    pieces = [piece for piece in pieces_of(statement) if piece.word != ";"]
    top = [piece for piece in pieces if not piece.depth]
    words = [piece.word for piece in top]
    if words[:1] != ["SELECT"] or "FROM" not in words:
        return None
    end = words.index("FROM")
    columns = [_column(item) for item in _items(top[1:end])]
    relation, after = name_at(top, end + 1)
    after = _skip_alias(top, after)
    follows = words[after : after + 1]
    whole = not follows or follows[0] in _FOLLOWS_TABLE
    if not relation or not whole or None in columns or _combines(words[after:]):
        return None
    return BareQuery(relation, tuple(filter(None, columns)))


def _combines(words: Sequence[str]) -> bool:
    return bool({"UNION", "INTERSECT", "EXCEPT", "GROUP", "HAVING"}.intersection(words))


def _items(pieces: Sequence[Piece]) -> list[list[Piece]]:
    items: list[list[Piece]] = [[]]
    for piece in pieces:
        if piece.word == ",":
            items.append([])
        else:
            items[-1].append(piece)
    return items


def _column(item: Sequence[Piece]) -> str | None:
    """Return the column that a select item shows unchanged, `None` for any other item."""
    if len(item) == 3 and item[0].is_name and item[1].word == ".":
        item = item[2:]
    if len(item) != 1:
        return None
    (piece,) = item
    if piece.word == "*":
        return "*"
    is_plain = piece.is_name and piece.text.lower() not in RESERVED
    return folded(piece.text) if is_plain else None


def _skip_alias(pieces: Sequence[Piece], at: int) -> int:
    """Return the position after an alias, if there is one."""
    if at < len(pieces) and pieces[at].word == "AS":
        at += 1
    if at < len(pieces) and pieces[at].is_name and pieces[at].word not in _FOLLOWS_TABLE:
        return at + 1
    return at
