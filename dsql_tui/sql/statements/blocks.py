"""The query blocks of a statement: their sources and the column names they use.

A block is a SELECT, VALUES, TABLE, INSERT, UPDATE or DELETE with its clauses; each subquery, each
CTE and each arm of a UNION is a separate block. The blocks are read from pieces, not by a grammar:
a statement that the server would refuse is read as far as possible. Time is linear.
"""

from __future__ import annotations

from collections.abc import Sequence

from dsql_tui.sql.lexing.keywords import COLUMN_NAME_KEYWORDS, RESERVED
from dsql_tui.sql.lexing.lexer import TokenKind
from dsql_tui.sql.lexing.names import Piece, folded
from dsql_tui.sql.statements.block import (
    ENDS_FROM,
    SET_OPERATIONS,
    Block,
    BlockSource,
    output_names,
    parentheses,
)
from dsql_tui.sql.statements.block_cutting import BlockCutter

_VALUES = frozenset({"NULL", "TRUE", "FALSE", "END", "DEFAULT", "USER"})
_KEYWORDS = {word.upper() for word in RESERVED}
_OPERAND_FOLLOWS = (
    {word for word in _KEYWORDS if not word.startswith(("CURRENT_", "SESSION_", "LOCALTIME"))}
    | {"BY", "BETWEEN", "SET", "VALUES", "IS", "ESCAPE", "ZONE", "CONFLICT", "OF"}
) - _VALUES
_CALLS_NOTHING = (
    {"CONFLICT"} | _KEYWORDS - {"LEFT", "RIGHT"} | {word.upper() for word in COLUMN_NAME_KEYWORDS}
)
_NO_COLUMN_AFTER = frozenset({"::", ".", "AS", "COLLATE", "WINDOW", "CONSTRAINT"})
_LITERALS = frozenset({TokenKind.STRING, TokenKind.DOLLAR_STRING})
_OPERANDS = frozenset(
    {TokenKind.NUMBER, TokenKind.PARAMETER, TokenKind.QUOTED_IDENTIFIER, *_LITERALS}
)


def blocks_of(pieces: Sequence[Piece]) -> list[Block]:
    """Return the blocks of a statement, outer ones first."""
    blocks = BlockCutter().cut(pieces)
    for block in blocks:
        _BlockReader(block).read()
    return blocks


class _BlockReader:
    """Reads one block's clauses."""

    def __init__(self, block: Block) -> None:
        self._block = block
        self._items = block.items
        self._at = 0
        self._depths, self._arguments = parentheses(block.items)
        self._in_from = False
        self._assigns = False

    def read(self) -> None:
        """Fill in the block."""
        while self._block.first_arm is not None and self._skip(*SET_OPERATIONS, "ALL", "DISTINCT"):
            pass
        if self._word() == "WITH":
            self._with()
        self._verb()
        while self._at < len(self._items):
            if not self._clause():
                self._operand()

    def _word(self, ahead: int = 0) -> str:
        at = self._at + ahead
        return self._items[at].word if 0 <= at < len(self._items) else ""

    def _piece(self, at: int) -> Piece | None:
        item = self._items[at] if 0 <= at < len(self._items) else None
        return item if isinstance(item, Piece) else None

    def _skip(self, *words: str) -> bool:
        """Skip one of these words; false if none is here."""
        if self._word() not in words:
            return False
        self._at += 1
        return True

    def _name(self) -> tuple[str, ...]:
        """Step over a dotted name and return it."""
        parts: list[str] = []
        while (piece := self._piece(self._at)) is not None and piece.is_name:
            parts.append(folded(piece.text))
            self._at += 1
            if not self._skip("."):
                break
        return tuple(parts)

    def _names_in_parentheses(self) -> list[str]:
        names: list[str] = []
        if self._skip("("):
            while self._at < len(self._items) and not self._skip(")"):
                piece = self._piece(self._at)
                if piece is not None and piece.is_name:
                    names.append(folded(piece.text))
                self._at += 1
        return names

    def _with(self) -> None:
        self._at += 1
        is_recursive = self._skip("RECURSIVE")
        while parts := self._name():
            self._names_in_parentheses()
            while self._skip("AS", "NOT", "MATERIALIZED"):
                pass
            query = self._items[self._at] if self._at < len(self._items) else None
            if isinstance(query, Block):
                query.sees = None if is_recursive else len(self._block.ctes)
                self._block.ctes[parts[-1]] = query
                self._at += 1
            if not self._skip(","):
                return

    def _verb(self) -> None:
        block = self._block
        block.verb = self._word()
        if block.verb == "INSERT" and self._word(1) == "INTO":
            self._at += 2
            self._target()
            if self._word() == "(":
                block.inserted = self._names_in_parentheses()
        elif block.verb == "UPDATE":
            self._at += 1
            self._target()
        elif block.verb == "DELETE" and self._word(1) == "FROM":
            self._at += 2
            self._target()
        elif block.verb == "COPY":
            self._copy()
        elif block.verb == "TABLE":
            self._at += 1
            self._relation()
            block.references.append(("*",))

    def _copy(self) -> None:
        block = self._block
        self._at += 1
        parts = self._name()
        listed = self._names_in_parentheses() if self._word() == "(" else None
        if self._word() == "FROM":
            block.verb, block.inserted = "COPY FROM", listed
        elif parts:
            block.references += [("*",)] if listed is None else [(name,) for name in listed]
        if parts:
            block.sources.append(BlockSource(parts[-1], parts, is_target=block.verb == "COPY FROM"))
        self._at = len(self._items)  # options follow

    def _target(self) -> None:
        while self._skip("ONLY", "("):
            pass
        parts = self._name()
        self._skip("*")
        alias, _ = self._alias(not_aliases=frozenset({"SET", "VALUES", "OVERRIDING", "DEFAULT"}))
        if parts:
            self._block.sources.append(BlockSource(alias or parts[-1], parts, is_target=True))

    def _alias(self, not_aliases: frozenset[str] = frozenset()) -> tuple[str, tuple[str, ...]]:
        is_explicit = self._skip("AS")
        piece = self._piece(self._at)
        if piece is None or not piece.is_name:
            return "", ()
        if not is_explicit and piece.word in _KEYWORDS | not_aliases:
            return "", ()
        self._at += 1
        return folded(piece.text), tuple(self._names_in_parentheses())

    def _clause(self) -> bool:
        """Skip a word that begins or ends a clause; false if none is here."""
        word, is_base = self._word(), self._depths[self._at] == 0
        if word == "JOIN" and self._in_from:
            self._note_natural()
            self._at += 1
            self._relation()
        elif not is_base:
            return False
        elif word == "," and self._in_from:
            self._at += 1
            self._relation()
        elif self._begins_from():
            self._in_from, self._assigns = True, False
            self._at += 1
            self._relation()
        elif word == "SET" and self._block.verb in {"UPDATE", "INSERT"}:
            self._assigns = True
            self._at += 1
            self._assigned()
        elif word == "," and self._assigns:
            self._at += 1
            self._assigned()
        elif word == "FOR" and self._word(1) in {"UPDATE", "SHARE", "KEY", "NO"}:
            self._locking()
        elif word in ENDS_FROM:
            self._in_from = self._assigns = False
            self._at += 1
            self._ends(word)
        else:
            return False
        return True

    def _begins_from(self) -> bool:
        word = self._word()
        if word == "USING":
            return self._block.verb == "DELETE" and not self._in_from
        verbs = {"SELECT", "UPDATE"}
        return word == "FROM" and self._word(-1) != "DISTINCT" and self._block.verb in verbs

    def _note_natural(self) -> None:
        self._block.is_natural |= "NATURAL" in {self._word(-1), self._word(-2), self._word(-3)}

    def _relation(self) -> None:
        """Read a source: `[ONLY | LATERAL] name | f(…) | (query)` and its alias."""
        while self._skip("ONLY", "LATERAL", "("):
            pass
        item = self._items[self._at] if self._at < len(self._items) else None
        if isinstance(item, Block):
            self._at += 1
            alias, renamed = self._alias()
            self._block.sources.append(BlockSource(alias, block=item, renamed=renamed))
            return
        if isinstance(item, Piece) and item.kind is TokenKind.WORD and item.word in _KEYWORDS:
            return
        parts = self._name()
        if parts and self._word() == "(":
            self._called(parts)
            self._block.sources.append(BlockSource(parts[-1]))
        elif parts:
            self._skip("*")
            alias, renamed = self._alias()
            self._block.sources.append(BlockSource(alias or parts[-1], parts, renamed=renamed))

    def _assigned(self) -> None:
        if self._word() == "(":
            self._block.updated += self._names_in_parentheses()
        elif parts := self._name():
            self._block.updated.append(parts[0])

    def _locking(self) -> None:
        self._block.locked = self._block.locked or []
        while self._skip("FOR", "UPDATE", "SHARE", "KEY", "NO"):
            pass
        if self._skip("OF"):
            while parts := self._name():
                self._block.locked.append(parts[-1])
                if not self._skip(","):
                    break

    def _ends(self, word: str) -> None:
        """Skip what ORDER BY names of the result: it hides columns of the same name."""
        if word == "ORDER" and self._skip("BY"):
            named = set(output_names(self._block))
            head = self._block.head
            while (piece := self._piece(self._at)) is not None and piece.is_name:
                is_whole = self._word(1) in {"", ",", "ASC", "DESC", "NULLS", "LIMIT", "OFFSET"}
                if not is_whole or (folded(piece.text) not in named and not head.arms):
                    return
                self._at += 1
                while self._skip("ASC", "DESC", "NULLS", "FIRST", "LAST"):
                    pass
                if not self._skip(","):
                    return

    def _operand(self) -> None:
        """Step over one item of an expression, noting the columns and functions it names."""
        piece = self._piece(self._at)
        if piece is None or not piece.is_name or not self._may_name():
            if piece is not None and piece.word == "*" and self._is_star():
                self._block.references.append(("*",))
            self._at += 1
            return
        if piece.kind is TokenKind.WORD and piece.word in _CALLS_NOTHING and self._word(1) == "(":
            self._at += 1
            return
        if piece.kind is TokenKind.WORD and piece.word in _KEYWORDS and self._word(1) != "(":
            self._at += 1
            return
        parts = self._name()
        following = self._piece(self._at)
        if following is None:
            self._block.references.append(parts)
        elif following.word == "(":
            self._called(parts)
        elif following.word == "*" and self._word(-1) == ".":
            self._at += 1
            self._block.references.append((*parts, "*"))
        elif following.kind not in _LITERALS and following.word not in {"=>", ":="}:
            self._block.references.append(parts)

    def _called(self, parts: tuple[str, ...]) -> None:
        self._block.calls.append((parts, self._arguments.get(self._at, 0)))

    def _may_name(self) -> bool:
        """Whether a name here is that of a column or a function, and no alias, type or field."""
        if self._at == 0:
            return False
        before = self._items[self._at - 1]
        if isinstance(before, Block) or before.kind in _OPERANDS:
            return False
        if before.word in _NO_COLUMN_AFTER or before.word in {")", "]"}:
            return False
        if before.word == "(" and self._word(-2) in {"EXTRACT", "CAST"}:
            return self._word(-2) == "CAST"
        return before.kind is not TokenKind.WORD or before.word in _OPERAND_FOLLOWS

    def _is_star(self) -> bool:
        before, behind = self._word(-1), self._word(1)
        if before == "(" and behind == ")":
            return False
        return behind in _KEYWORDS | {"", ",", ")"}
