"""One query block of a statement as a value, and the column names of its result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from dsql_tui.sql.lexing.keywords import words
from dsql_tui.sql.lexing.names import Piece, folded

LEVELS = 64
"""How many blocks around one another are looked at; deeper ones are read by themselves."""
SET_OPERATIONS = frozenset({"UNION", "INTERSECT", "EXCEPT"})
ENDS_FROM = words("WHERE GROUP HAVING WINDOW ORDER LIMIT OFFSET FETCH FOR RETURNING SET")


@dataclass(slots=True, eq=False)
class Block:
    """One query block.

    Attributes:
        parent: The block around it.
        items: Its pieces, with a nested block in place of the pieces of that block.
        head: The first arm of its UNION; itself if there is none.
        arms: Of a head, the other arms.
        ctes: Of a head, the CTEs of its WITH, in order.
        sees: How many CTEs of `parent` are visible in it; `None` for all.
        sources: The sources it reads from or changes.
        references: Names used as columns, as they are written, and `("t", "*")`.
        calls: Functions called: the name's parts and how many arguments.
        updated: Columns that SET assigns to.
        inserted: Columns that an INSERT lists; `None` without a list.
        locked: The names after FOR UPDATE OF; empty for all sources, `None` without the clause.
        is_natural: It contains a NATURAL JOIN.
        verb: Its verb, such as SELECT.
        word: The word that represents it among the surrounding pieces.
        first_arm: The first arm of its UNION; `None` if it is the first itself.
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
        name: The name that can qualify its columns.
        parts: The parts of the relation's name, folded; empty if it is not a relation.
        block: The subquery that returns its rows.
        is_target: It is the table that the block changes.
        renamed: Names given to its columns in the alias.
    """

    name: str
    parts: tuple[str, ...] = ()
    block: Block | None = None
    is_target: bool = False
    renamed: tuple[str, ...] = ()


def parentheses(items: Sequence[Piece | Block]) -> tuple[list[int], dict[int, int]]:
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
    depths, counts = parentheses(block.items)
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
        elif is_open and each.word in {"FROM", "INTO", *ENDS_FROM}:
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
