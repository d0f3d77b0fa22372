"""Which columns of which relations a statement reads, changes and locks.

The query blocks are derived from the text; the catalog shows which relation an unqualified column
name belongs to. PostgreSQL 16 checks privileges (execMain.c, ExecCheckOneRelPerms) on each column
that is read and on each that is assigned to; for a relation of which no column is read, the
privilege on any one column is sufficient.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import combinations

from dsql_tui.model.access.acl import Right
from dsql_tui.model.access.why import Use, UseKind
from dsql_tui.sql.lexing.names import Piece
from dsql_tui.sql.statements.actions import is_known
from dsql_tui.sql.statements.block import LEVELS, Block, BlockSource, output_names
from dsql_tui.sql.statements.blocks import blocks_of
from dsql_tui.sql.statements.builtin_functions import SEQUENCE_WRITERS

ColumnsOf = Callable[[tuple[str, ...]], tuple[str, ...] | None]
"""Returns the columns of a relation by its name as written, `None` if they are not known."""

_SYSTEM_COLUMNS = frozenset({"ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"})
"""No privilege is granted on them alone: reading one needs the whole relation."""
_WHOLE = "*"


def relation_uses(pieces: Sequence[Piece], columns_of: ColumnsOf) -> Iterator[Use]:
    """Yield the privileges on relations and functions that a query or DML statement requires."""
    blocks = blocks_of(pieces)
    resolver = _Resolver(blocks, columns_of)
    for block in blocks:
        for reference in block.references:
            resolver.resolve(block, reference)
        if block.is_natural:
            resolver.join_naturally(block)
    for block in blocks:
        yield from resolver.uses(block)
    for block in blocks:
        for parts, arguments in block.calls:
            if is_known(parts) or parts[-1] in SEQUENCE_WRITERS:
                continue
            yield Use(UseKind.FUNCTION, parts, Right.EXECUTE, arguments=arguments)


class _Resolver:
    """Finds the source that a column name belongs to."""

    def __init__(self, blocks: Iterable[Block], columns_of: ColumnsOf) -> None:
        self._columns_of = columns_of
        self._columns: dict[BlockSource, tuple[str, ...] | None] = {}
        self._read: dict[BlockSource, dict[str, None]] = {}
        self._outputs: dict[Block, tuple[str, ...]] = {}
        self._is_open: set[Block] = set()
        self._names: dict[int, dict[tuple[str, ...], BlockSource]] = {}
        for block in blocks:
            for source in block.sources:
                self._read[source] = {}
                may_be_query = len(source.parts) == 1 and not source.is_target
                query = _common_table(block, source.parts[0]) if may_be_query else None
                if query is not None:
                    source.block, source.parts = query, ()

    def columns(self, source: BlockSource) -> tuple[str, ...] | None:
        """Return the names a source's columns have in its block."""
        if source not in self._columns:
            known = self._columns_of(source.parts) if source.parts else ()
            if source.block is not None:
                known = self.outputs(source.block)
            if known is not None and source.renamed:
                known = source.renamed + known[len(source.renamed) :]
            self._columns[source] = known
        return self._columns[source]

    def outputs(self, block: Block) -> tuple[str, ...]:
        """Return the column names of a block's result."""
        if block in self._outputs or block in self._is_open or len(self._is_open) > LEVELS:
            return self._outputs.get(block, ())
        self._is_open.add(block)
        names: list[str] = []
        for name in output_names(block):
            qualifier = name.removesuffix(".*")
            if name == "*":
                names += [each for one in block.sources for each in self.columns(one) or ()]
            elif qualifier != name:
                named = [one for one in block.sources if one.name == qualifier]
                names += [each for one in named for each in self.columns(one) or ()]
            else:
                names.append(name)
        self._is_open.discard(block)
        self._outputs[block] = tuple(names)
        return self._outputs[block]

    def resolve(self, block: Block, reference: tuple[str, ...]) -> None:
        """Record that a name is read."""
        if reference == ("*",):
            for source in block.sources:
                self._mark(source, _WHOLE)
        elif len(reference) == 1:
            self._resolve_bare(block, reference[0])
        else:
            self._resolve_qualified(block, reference)

    def _resolve_bare(self, block: Block, name: str) -> None:
        for visible in _levels(block):
            marked = [self._mark(source, name) for source in visible]
            if any(marked):
                return
        for visible in _levels(block):
            named = [source for source in visible if source.name == name]
            for source in named:
                self._mark(source, _WHOLE)
            if named:
                return

    def _resolve_qualified(self, block: Block, reference: tuple[str, ...]) -> None:
        for visible in _levels(block):
            named = self._named(visible)
            if source := named.get(reference[:1]):
                self._mark(source, reference[1])
                return
            if len(reference) > 2 and (source := named.get(reference[:2])):
                self._mark(source, reference[2])
                return

    def _named(self, sources: list[BlockSource]) -> dict[tuple[str, ...], BlockSource]:
        """Return a block's sources by what their columns can be qualified with."""
        if id(sources) not in self._names:
            named = self._names[id(sources)] = {}
            for source in reversed(sources):
                named[source.parts[-2:]] = source
            for source in reversed(sources):
                named[(source.name,)] = source
                if source.is_target:  # columns of the conflict target are read from the table
                    named.setdefault(("excluded",), source)
        return self._names[id(sources)]

    def _mark(self, source: BlockSource, name: str) -> bool:
        """Record that a column of a source is read; false if it has none of that name."""
        known = self.columns(source)
        is_known = known is None or name in known or name == _WHOLE
        if not is_known and not (source.parts and name in _SYSTEM_COLUMNS):
            return False
        self._read[source][name] = None
        return True

    def join_naturally(self, block: Block) -> None:
        """Record that the common columns of the sources of a NATURAL JOIN are read."""
        for one, other in combinations(block.sources[:LEVELS], 2):
            for name in set(self.columns(one) or ()) & set(self.columns(other) or ()):
                self._mark(one, name)
                self._mark(other, name)

    def uses(self, block: Block) -> Iterator[Use]:
        """Yield the privileges that a block needs on its relations."""
        for source in block.sources:
            if not source.parts:
                continue
            if source.is_target:
                yield from self._changes(block, source)
            if self._read[source] or not source.is_target:
                yield Use(UseKind.RELATION, source.parts, Right.SELECT, self._read_of(source))
        for source in self._locked(block):
            known = self._columns_of(source.parts)
            yield Use(UseKind.RELATION, source.parts, Right.UPDATE, None if known is None else ())

    def _locked(self, block: Block, depth: int = 0) -> Iterator[BlockSource]:
        """Yield what FOR UPDATE locks; without OF also what subqueries in FROM read."""
        if block.locked is None and not depth:
            return
        for source in block.sources:
            if block.locked and not depth and source.name not in block.locked:
                continue
            inner = source.block
            if source.parts:
                yield source
            elif inner is not None and not _is_common(inner) and depth < LEVELS:
                yield from self._locked(inner, depth + 1)

    def _read_of(self, source: BlockSource) -> tuple[str, ...] | None:
        return self._originals(source, tuple(self._read[source]))

    def _originals(self, source: BlockSource, names: Sequence[str]) -> tuple[str, ...] | None:
        """Return the relation's own names of columns, in its order; `None` for all of it."""
        known = self._columns_of(source.parts)
        if known is None or not _SYSTEM_COLUMNS.isdisjoint(names):
            return None
        if _WHOLE in names:
            return known
        shown = self.columns(source) or ()
        return tuple(own for own, name in zip(known, shown, strict=False) if name in names)

    def _changes(self, block: Block, source: BlockSource) -> Iterator[Use]:
        parts = source.parts
        match block.verb:
            case "DELETE":
                yield Use(UseKind.RELATION, parts, Right.DELETE)
            case "INSERT" | "COPY FROM":
                inserted = self._inserted(block, source)
                yield Use(UseKind.RELATION, parts, Right.INSERT, inserted)
        if block.updated:
            updated = self._originals(source, block.updated)
            yield Use(UseKind.RELATION, parts, Right.UPDATE, updated)

    def _inserted(self, block: Block, source: BlockSource) -> tuple[str, ...] | None:
        """Return the columns that an INSERT assigns."""
        if block.inserted is not None:
            return self._originals(source, block.inserted)
        known = self._columns_of(source.parts)
        count = len(self.outputs(block.query)) if block.query else None
        if block.verb == "INSERT" and known is not None and not block.query:
            return ()  # DEFAULT VALUES
        return known[:count] if known is not None and count else known


def _common_table(block: Block, name: str) -> Block | None:
    """Return the CTE of that name that is visible in a block."""
    sees: int | None = None
    around: Block | None = block
    for _ in range(LEVELS):
        if around is None:
            break
        ctes = around.head.ctes
        if name in ctes and (sees is None or list(ctes).index(name) < sees):
            return ctes[name]
        sees = around.head.sees
        around = around.head.parent
    return None


def _is_common(block: Block) -> bool:
    """Whether a block is a CTE."""
    return block.parent is not None and block in block.parent.head.ctes.values()


def _levels(block: Block) -> Iterator[list[BlockSource]]:
    """Yield the sources that are visible in a block, its own first."""
    around: Block | None = block
    for _ in range(LEVELS):
        if around is None:
            return
        yield around.sources
        head, around = around.head, around.head.parent
        if around is not None and (head is around.query or head in around.head.ctes.values()):
            around = around.head.parent
