"""The query blocks of a statement: their sources and the column names they use.

A block is a SELECT, VALUES, TABLE, INSERT, UPDATE or DELETE with its clauses; each subquery, each
CTE and each arm of a UNION is one of its own. It is read from pieces, not by a grammar: a statement
that the server would refuse is read as far as it goes. Time is linear.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from dsql_tui.sql.lexing.keywords import COLUMN_NAME_KEYWORDS, RESERVED, words
from dsql_tui.sql.lexing.lexer import TokenKind
from dsql_tui.sql.lexing.names import Piece, folded

LEVELS = 64
"""How many blocks around one another are looked at; deeper ones are read by themselves."""
_STARTS = frozenset({"SELECT", "WITH", "VALUES", "TABLE", "INSERT", "UPDATE", "DELETE"})
_SET_OPERATIONS = frozenset({"UNION", "INTERSECT", "EXCEPT"})
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
_ENDS_FROM = words("WHERE GROUP HAVING WINDOW ORDER LIMIT OFFSET FETCH FOR RETURNING SET")


@dataclass(slots=True, eq=False)
class Block:
    """One query block.

    Attributes:
        parent: The block around it.
        items: Its pieces, with the blocks inside of it in their places.
        head: The first arm of its UNION; itself if there is none.
        arms: Of a head, the other arms.
        ctes: Of a head, what its WITH names, in order.
        sees: How many of the CTEs of `parent` it sees; `None` is all.
        sources: What it reads from or changes.
        references: Names used as columns, as they are written, and `("t", "*")`.
        calls: Functions called: the name's parts and how many arguments.
        updated: Columns that SET assigns to.
        inserted: Columns that an INSERT lists; `None` without a list.
        locked: The names after FOR UPDATE OF; empty for all sources, `None` without the clause.
        is_natural: It holds a NATURAL JOIN.
        verb: The word it acts by.
        word: Stands for it where the words around it are looked at.
        first_arm: The first arm of its UNION, `None` if it is that itself.
        query: Of an INSERT, the query whose rows it stores.
    """

    parent: Block | None = None
    items: list[Piece | Block] = field(default_factory=list)
    arms: list[Block] = field(default_factory=list)
    ctes: dict[str, Block] = field(default_factory=dict)
    sees: int | None = None
    sources: list[BlockSource] = field(default_factory=list)
    references: list[tuple[str, ...]] = field(default_factory=list)
    calls: list[tuple[tuple[str, ...], int]] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    inserted: list[str] | None = None
    locked: list[str] | None = None
    is_natural: bool = False
    verb: str = ""
    word: str = "(…)"
    first_arm: Block | None = None
    query: Block | None = None

    @property
    def head(self) -> Block:
        """The first arm of its UNION."""
        return self.first_arm or self


@dataclass(slots=True, eq=False)
class BlockSource:
    """Something a block reads from or changes.

    Attributes:
        name: What its columns can be qualified with.
        parts: The relation as it is written, folded; empty for anything else.
        block: The subquery whose rows these are.
        is_target: It is what the block changes.
        renamed: Names given to its columns in the alias.
    """

    name: str
    parts: tuple[str, ...] = ()
    block: Block | None = None
    is_target: bool = False
    renamed: tuple[str, ...] = ()


def blocks_of(pieces: Sequence[Piece]) -> list[Block]:
    """Return the blocks of a statement, outer ones first."""
    blocks = _Cutter().cut(pieces)
    for block in blocks:
        _BlockReader(block).read()
    return blocks


class _Cutter:
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
        if word in _SET_OPERATIONS and block.items:
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


class _BlockReader:
    """Reads one block's clauses."""

    def __init__(self, block: Block) -> None:
        self._block = block
        self._items = block.items
        self._at = 0
        self._depths, self._arguments = _parentheses(block.items)
        self._in_from = False
        self._assigns = False

    def read(self) -> None:
        """Fill in the block."""
        while self._block.first_arm is not None and self._skip(*_SET_OPERATIONS, "ALL", "DISTINCT"):
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
        elif word in _ENDS_FROM:
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


def _parentheses(items: Sequence[Piece | Block]) -> tuple[list[int], dict[int, int]]:
    """Return how deep each item is, and of each parenthesis how many items its commas part."""
    depths: list[int] = []
    counts: dict[int, int] = {}
    opened: list[int] = []
    for at, item in enumerate(items):
        if item.word == ")" and opened:
            start = opened.pop()
            counts[start] = 0 if start == at - 1 else counts[start] + 1
        depths.append(len(opened))
        if item.word == "(":
            opened.append(at)
            counts[at] = 0
        elif item.word == "," and opened:
            counts[opened[-1]] += 1
    return depths, counts


def output_names(block: Block) -> list[str]:
    """Return the column names of a block's result, including `*` and `t.*` as written."""
    depths, counts = _parentheses(block.items)
    if block.verb == "VALUES":
        return [f"column{number + 1}" for number in range(counts.get(1, 0))]
    if block.verb == "TABLE":
        return ["*"]
    opening = "SELECT" if block.verb == "SELECT" else "RETURNING"
    names: list[str] = []
    item: list[Piece | Block] = []
    is_open = False
    for each, depth in zip(block.items, depths, strict=True):
        if depth:
            item.append(each) if is_open else None
        elif is_open and each.word in {"FROM", "INTO", *_ENDS_FROM}:
            break
        elif is_open and each.word == ",":
            names.append(_output_name(item))
            item = []
        elif is_open:
            item.append(each)
        elif each.word == opening:
            is_open = True
    return [*names, _output_name(item)] if is_open else []


def _output_name(item: Sequence[Piece | Block]) -> str:
    last = item[-1] if item else None
    if not isinstance(last, Piece):
        return "?column?"
    if last.word == "*":
        return f"{folded(item[-3].word)}.*" if len(item) > 2 and item[-2].word == "." else "*"
    if last.is_name:
        return folded(last.text)
    first = item[0]
    return folded(first.word) if isinstance(first, Piece) and first.is_name else "?column?"
