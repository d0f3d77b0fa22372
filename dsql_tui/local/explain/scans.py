"""Rewrites scans in DSQL's format: nodes of the query processor above nodes of the storage.

Conditions that compare a column with a value are evaluated by the storage (`Filters:`), the others
by the query processor (`Filter:`); `Projections:` are the columns that the storage returns. The
format is that of plans recorded on a cluster on 2026-10-08; those in the user guide of September
2026 differ only in spaces.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from dsql_tui.local.explain.tree import Node

SCAN = re.compile(
    r"(?:Parallel )?(?P<kind>Seq Scan|Index Scan|Index Only Scan)(?P<backward> Backward)?"
    r"(?: using (?P<index>\S+))? on (?P<relation>.+)"
)
WRITE = re.compile(r"(?:Insert|Update|Delete) on ")
_REMOVED = re.compile(r"^Rows Removed by (?:Filter|Index Recheck): (\d+)$")
_PUSHED = re.compile(
    r"""^\(* (?:\w+\.)?"?\w+"? \)? (?:::\w[\w ]*)? \s (?:=|<>|<=|>=|<|>) \s (?!ANY|ALL)
        (?: '(?:[^']|'')*' (?:::[\w ]+ (?:\(\d+\))?)? | -?[\d.]+ | \$\d+ | true | false ) \)* $""",
    re.VERBOSE,
)
_LITERAL = re.compile(r"'(?:[^']|'')*'")
IDENTIFIER = r'(?:"(?:[^"]|"")+"|[A-Za-z_][\w$]*)'
_COLUMN = re.compile(rf"(?<![\w.\":])(?:({IDENTIFIER})\.)?({IDENTIFIER})(?![\w(.\"]| \()")
_PRIMARY_KEY = "_pkey"
_SEVERAL = 2
_COUNTS = (
    "SELECT unnest(ARRAY[count(*), count(*) FILTER (WHERE {}), count(*) FILTER (WHERE {})])"
    " FROM {relation} WHERE {where}"
)


def named(described: str) -> tuple[str, str]:
    """Return the relation and its alias: `s.t x` is (`s.t`, `x`), `s.t` is (`s.t`, `t`)."""
    relation, _, alias = described.partition(" ")
    return relation, alias or relation.rpartition(".")[2]


def with_schema_of(relation: str, index: str) -> str:
    """Return an index's name, qualified with its relation's schema."""
    return f"{relation.rpartition('.')[0]}.{index}"


def removed(node: Node) -> int:
    """Return the average number of rows that a scan has read and filtered out, over its loops."""
    return sum(int(match[1]) for line in node.properties if (match := _REMOVED.match(line)))


def property_of(node: Node, name: str) -> str:
    """Return the value of a node's property, empty if it has none of that name."""
    lines = (line.partition(": ")[2] for line in node.properties if line.startswith(f"{name}: "))
    return next(lines, "")


def mentions_others(condition: str, alias: str) -> bool:
    """Whether a condition of a relation compares with columns of another one."""
    columns = _COLUMN.findall(_LITERAL.sub("", condition))
    return any(qualifier not in {"", alias} for qualifier, _ in columns)


def conjuncts(condition: str) -> list[str]:
    """Split `((a) AND (b))` at its outermost ANDs."""
    inner = condition[1:-1]
    parts: list[str] = []
    depth = start = 0
    quote = ""
    for position, character in enumerate(inner):
        if character == quote:
            quote = ""
        elif not quote and character in "'\"":
            quote = character
        elif not quote:
            depth += (character == "(") - (character == ")")
            if depth == 0 and inner.startswith(" AND ", position + 1):
                parts.append(inner[start : position + 1])
                start = position + 6
    parts.append(inner[start:])
    return [condition] if len(parts) == 1 else parts


def joined(conditions: Sequence[str]) -> str:
    """Join conditions with AND; none are always true."""
    if not conditions:
        return "true"
    return conditions[0] if len(conditions) == 1 else f"({' AND '.join(conditions)})"


def rewritten_scans(
    node: Node,
    above: Node | None,
    columns: Mapping[str, Sequence[str]],
    counts: Mapping[str, Sequence[int]],
) -> Node:
    """Rewrite every scan of a plan as DSQL's nodes, including the root.

    Args:
        node: Root of the plan.
        above: Its parent, if any.
        columns: Columns of relations and indexes, by name with the schema.
        counts: Rows that the queries of `counting_query` have counted, by query.
    """
    rewritten = replace(
        node, children=[rewritten_scans(child, node, columns, counts) for child in node.children]
    )
    match = SCAN.fullmatch(node.title)
    if match is None:
        return rewritten
    scan = _Scan(rewritten, above, match, columns, counts)
    backward = match["backward"] or ""
    if match["index"] is None:
        return scan.full()
    if scan.looks_up:
        return scan.looked_up(match["index"], backward)
    return scan.covered(match["index"], backward)


def counting_query(node: Node, columns: Mapping[str, Sequence[str]]) -> str:
    """Return a query of the rows that are scanned, and of those left by each filter of the storage.

    PostgreSQL prints one number of removed rows for all filters of a scan. Empty where that number
    is enough, or where the scan has run more than once and with other values each time.
    """
    match = SCAN.fullmatch(node.title)
    if match is None or node.loops > 1 or not removed(node):
        return ""
    filters = _Filters.of(node, match, columns)
    storage = [conditions for conditions in (filters.inside, filters.outside) if conditions]
    if len(storage) + bool(filters.needed) < _SEVERAL:
        return ""
    left = (joined(filters.inside), joined([*filters.inside, *filters.outside]))
    where = filters.scanned or joined([])
    return _COUNTS.format(*left, relation=match["relation"], where=where)


def _mentioned(expressions: Iterable[str], alias: str, known: Iterable[str]) -> list[str]:
    """Return which of a relation's columns expressions mention, in the relation's order."""
    names = {
        name
        for expression in expressions
        for qualifier, name in _COLUMN.findall(_LITERAL.sub("", expression))
        if qualifier in {"", alias}
    }
    return [column for column in known if column in names]


@dataclass(frozen=True, slots=True)
class _Filters:
    """The conditions of a scan, by who evaluates them.

    Attributes:
        scanned: The condition of the index, or empty.
        inside: What the storage evaluates by the scanned index or table.
        outside: What the storage evaluates when it looks rows up.
        needed: What the query processor evaluates.
        entries: Columns of the index, in order; empty where all columns are in it.
    """

    scanned: str
    inside: Sequence[str]
    outside: Sequence[str]
    needed: Sequence[str]
    entries: Sequence[str]

    @classmethod
    def of(cls, node: Node, match: re.Match[str], columns: Mapping[str, Sequence[str]]) -> _Filters:
        relation, alias = named(match["relation"])
        condition = property_of(node, "Filter")
        parts = conjuncts(condition) if condition else []
        pushed = [part for part in parts if _PUSHED.match(part)]
        needed = [part for part in parts if part not in pushed]
        index = match["index"]
        whole = index is None or index.endswith(_PRIMARY_KEY)
        entries = () if whole else columns.get(with_schema_of(relation, index), ())
        inside = pushed
        if _looks_up(match):
            inside = [one for one in pushed if _mentioned([one], alias, entries)]
        outside = [one for one in pushed if one not in inside]
        return cls(property_of(node, "Index Cond"), inside, outside, needed, entries)


def _looks_up(match: re.Match[str]) -> bool:
    """Whether the scanned index lacks columns, so that rows are looked up in the table."""
    index = match["index"]
    return index is not None and not index.endswith(_PRIMARY_KEY) and "Only" not in match["kind"]


class _Scan:
    """One scan of PostgreSQL, to be rewritten as several nodes.

    Args:
        node: The scan.
        above: Its parent, if any.
        match: Its title.
        columns: Columns of relations and indexes, by name with the schema.
        counts: Rows that the queries of `counting_query` have counted, by query.
    """

    def __init__(
        self,
        node: Node,
        above: Node | None,
        match: re.Match[str],
        columns: Mapping[str, Sequence[str]],
        counts: Mapping[str, Sequence[int]],
    ) -> None:
        self._node = node
        self._described = match["relation"]
        relation, self._alias = named(match["relation"])
        self._filters = _Filters.of(node, match, columns)
        self.looks_up = _looks_up(match)
        self._count(counts.get(counting_query(node, columns), ()))
        self._properties: list[str] = []
        needed = self._filters.needed
        output: list[str] = []
        for line in node.properties:
            name, _, value = line.partition(": ")
            if name == "Filter":
                self._properties += [f"Filter: {joined(needed)}"] if needed else []
            elif name == "Output":
                output = [item for item in value.split(", ") if item.rpartition(".")[2] != "ctid"]
                self._properties += [f"Output: {', '.join(output)}"] if output else []
            elif _REMOVED.match(line):
                self._properties += self._removed_here(line)
            elif name != "Heap Fetches":
                self._properties.append(line)
        known = columns.get(relation, ())
        shipped = _mentioned([*output, *needed], self._alias, known)
        if above is not None and not WRITE.match(above.title):
            # PostgreSQL returns whole rows if that is cheaper; only the columns used above count.
            used = _mentioned(above.properties, self._alias, known)
            needed_columns = _mentioned(needed, self._alias, known)
            shipped = [column for column in shipped if column in used or column in needed_columns]
        self._shipped = shipped

    def _count(self, counts: Sequence[int]) -> None:
        """Set the rows that each filter has removed; `None` where that is not known."""
        filters, total = self._filters, removed(self._node)
        is_counted = any(_REMOVED.match(line) for line in self._node.properties)
        kinds = [bool(one) for one in (filters.inside, filters.outside, filters.needed)]
        found = total + self._node.rows
        by_each: list[int | None] = [None, None, None]
        if counts and counts[0] == found and counts[2] >= self._node.rows:
            scanned, inside, outside = counts
            by_each = [scanned - inside, inside - outside, outside - self._node.rows]
        elif is_counted and sum(kinds) == 1:
            by_each = [total if kind else 0 for kind in kinds]
        self._inside, self._outside, self._needed = by_each
        # Rows are passed on if it is not known which filter has removed them.
        last = total if not any(kinds[:2]) else 0
        of_needed = last if self._needed is None else self._needed
        of_outside = self._outside or 0
        self._figures = _of_storage(_with_rows(self._node.figures, of_needed))
        self._entries = _of_storage(_with_rows(self._node.figures, of_needed + of_outside))
        self._scanned = _of_storage(_with_rows(self._node.figures, total))

    def _removed_here(self, line: str) -> list[str]:
        """Return the line of the rows that the query processor has removed, if any is due."""
        if not (self._filters.inside or self._filters.outside):
            return [line]
        if not self._filters.needed or self._needed is None:
            return []
        return [f"Rows Removed by Filter: {self._needed}"]

    def full(self) -> Node:
        """Rewrite a sequential scan."""
        tree = self._storage(f"B-Tree Scan on {self._described}", self._scanned)
        scan = self._storage(f"Storage Scan on {self._described}", self._figures)
        scan.properties = [*_projections(self._shipped), *self._filtered_inside()]
        scan.children = [tree]
        return self._rewritten(f"Full Scan (btree-table) on {self._described}", scan)

    def covered(self, index: str, backward: str) -> Node:
        """Rewrite a scan of an index with all columns."""
        entries = self._filters.entries
        shipped = sorted(self._shipped, key=entries.index) if entries else self._shipped
        return self._rewritten(
            f"Index Only Scan{backward} using {index} on {self._described}",
            self._of_index(index, [*_projections(shipped), *self._filtered_inside()]),
        )

    def looked_up(self, index: str, backward: str) -> Node:
        """Rewrite a scan of an index that filters by its own columns and then looks up the rows."""
        lookup = self._storage(f"Storage Lookup on {self._described}", self._figures)
        outside = _filters(self._filters.outside, self._outside)
        lookup.properties = [*_projections(self._shipped), *outside]
        lookup.children = [self._storage(f"B-Tree Lookup on {self._described}", self._entries)]
        return self._rewritten(
            f"Index Scan{backward} using {index} on {self._described}",
            self._of_index(index, self._filtered_inside()),
            lookup,
        )

    def _of_index(self, index: str, properties: list[str]) -> Node:
        scan = self._storage(f"Storage Scan on {index}", self._entries)
        tree = self._storage(f"B-Tree Scan on {index}", self._scanned)
        tree.properties = [line for line in self._properties if line.startswith("Index Cond:")]
        scan.properties, scan.children = properties, [tree]
        return scan

    def _storage(self, title: str, figures: str) -> Node:
        return Node(title, figures, alias=self._alias, is_storage=True)

    def _filtered_inside(self) -> list[str]:
        return _filters(self._filters.inside, self._inside)

    def _rewritten(self, title: str, *storage: Node) -> Node:
        first = [child for child in self._node.children if not child.label.startswith("SubPlan")]
        last = [child for child in self._node.children if child.label.startswith("SubPlan")]
        children = [*first, *storage, *last]
        node = replace(self._node, title=title, properties=self._properties, children=children)
        node.alias = self._alias
        return node


def _filters(conditions: Sequence[str], removed_rows: int | None) -> list[str]:
    if not conditions:
        return []
    counted = [] if removed_rows is None else [f"Rows Filtered: {removed_rows}"]
    return [f"Filters: {joined(conditions)}", *counted]


def _projections(columns: Sequence[str]) -> list[str]:
    return [f"Projections: {', '.join(columns)}"] if columns else []


def _of_storage(figures: str) -> str:
    """Return a storage node's figures: no times, and `loops=1` in the estimate."""
    figures = re.sub(r"actual time=\S+ ", "actual ", figures)
    return re.sub(r"(\(cost=[^()]*)\)", r"\1 loops=1)", figures)


def _with_rows(figures: str, more: int) -> str:
    return re.sub(r"(\bactual [^()]*\brows=)(\d+)", lambda m: f"{m[1]}{int(m[2]) + more}", figures)
