"""Cuts the pieces of a statement into its query blocks."""

from __future__ import annotations

from collections.abc import Sequence

from dsql_tui.sql.lexing.names import Piece
from dsql_tui.sql.statements.block import SET_OPERATIONS, Block

_STARTS = frozenset({"SELECT", "WITH", "VALUES", "TABLE", "INSERT", "UPDATE", "DELETE"})


class BlockCutter:
    """Cuts pieces into blocks in one pass."""

    def __init__(self) -> None:
        self._block = Block()
        self.blocks = [self._block]
        self._opened: list[Block | None] = []
        """What each parenthesis stands in if it opens a block, else `None`."""
        self._inserts: set[Block] = set()

    def cut(self, pieces: Sequence[Piece]) -> list[Block]:
        """Return the blocks, in the order in which they begin."""
        for at, piece in enumerate(pieces):
            following = pieces[at + 1].word if at + 1 < len(pieces) else ""
            before = pieces[at - 1].word if at else ""
            if not self._opened or self._opened[-1] is not None:
                self._between_clauses(before, piece.word, following)
            if not self._parenthesis(piece.word, following):
                self._block.items.append(piece)
        return self.blocks

    def _begin(self, parent: Block | None) -> Block:
        self.blocks.append(Block(parent))
        return self.blocks[-1]

    def _parenthesis(self, word: str, following: str) -> bool:
        """Enter or leave a subquery; false if neither is here."""
        if word == "(":
            is_query = following in _STARTS
            self._opened.append(self._block if is_query else None)
            if is_query:
                inner = self._begin(self._block)
                self._block.items.append(inner)
                self._block = inner
            return is_query
        around = self._opened.pop() if word == ")" and self._opened else None
        self._block = around or self._block
        return around is not None

    def _between_clauses(self, before: str, word: str, following: str) -> None:
        """Begin the next arm of a UNION, or the query of an INSERT, or end that."""
        block = self._block
        insert = block.head.parent
        ends_query = word == "RETURNING" or (word, following) == ("ON", "CONFLICT")
        if ends_query and insert is not None and insert.query is block.head:
            self._block = insert
        if word in SET_OPERATIONS and block.items:
            self._block = self._begin(block.parent)
            self._block.first_arm = block.head
            block.head.arms.append(self._block)
        elif word == "INSERT" and following == "INTO":
            self._inserts.add(block)
        elif block in self._inserts and block.query is None and _begins_rows(before, word):
            block.query = self._begin(block)
            block.items.append(block.query)
            self._block = block.query


def _begins_rows(before: str, word: str) -> bool:
    return before != "DEFAULT" and word in {"SELECT", "WITH", "VALUES", "TABLE"}
