"""Rewrites scans in DSQL's format: nodes of the query processor above nodes of the storage.

Conditions that compare a column with a value are evaluated by the storage (`Filters:`), the others
by the query processor (`Filter:`); `Projections:` are the columns that the storage returns. The
format is that of plans recorded on a cluster on 2026-10-08; those in the user guide of September
2026 differ only in spaces.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

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


def mentions_others(condition: str, alias: str) -> bool:
    """Whether a condition of a relation compares with columns of another one."""
    columns = _COLUMN.findall(_LITERAL.sub("", condition))
    return any(qualifier not in {"", alias} for qualifier, _ in columns)


def conjuncts(condition: str) -> list[str]:
    """Split `((a) AND (b))` at its outermost ANDs."""
    inner = condition[1:-1]
    parts: list[str] = []
    depth = start = 0
    quoted = False
    for position, character in enumerate(inner):
        if character == "'":
            quoted = not quoted
        elif not quoted:
            depth += (character == "(") - (character == ")")
            if depth == 0 and inner.startswith(" AND ", position + 1):
                parts.append(inner[start : position + 1])
                start = position + 6
    parts.append(inner[start:])
    return [condition] if len(parts) == 1 else parts


def joined(conditions: Sequence[str]) -> str:
    """Join conditions with AND."""
    return conditions[0] if len(conditions) == 1 else f"({' AND '.join(conditions)})"


def rewritten_scans(node: Node, above: Node | None, columns: Mapping[str, Sequence[str]]) -> Node:
    """Rewrite every scan of a plan as DSQL's nodes, including the root.

    Args:
        node: Root of the plan.
        above: Its parent, if any.
        columns: Columns of relations and indexes, by name with the schema.
    """
    rewritten = replace(
        node, children=[rewritten_scans(child, node, columns) for child in node.children]
    )
    match = SCAN.fullmatch(node.title)
    if match is None:
        return rewritten
    relation, alias = named(match["relation"])
    scan = _Scan(rewritten, above, match["relation"], alias, columns.get(relation, ()))
    backward = match["backward"] or ""
    if match["index"] is None:
        return scan.full()
    within = columns.get(with_schema_of(relation, match["index"]), ())
    if match["index"].endswith(_PRIMARY_KEY):
        return scan.covered(match["index"], backward)
    if "Only" in match["kind"]:
        return scan.covered(match["index"], backward, within)
    return scan.looked_up(match["index"], backward, within)


def _mentioned(expressions: Iterable[str], alias: str, known: Iterable[str]) -> list[str]:
    """Return which of a relation's columns expressions mention, in the relation's order."""
    names = {
        name
        for expression in expressions
        for qualifier, name in _COLUMN.findall(_LITERAL.sub("", expression))
        if qualifier in {"", alias}
    }
    return [column for column in known if column in names]


class _Scan:
    """One scan of PostgreSQL, to be rewritten as several nodes.

    Args:
        node: The scan.
        above: Its parent, if any.
        described: The relation as in the title.
        alias: Its alias in expressions.
        known: The relation's columns.
    """

    def __init__(
        self, node: Node, above: Node | None, described: str, alias: str, known: Sequence[str]
    ) -> None:
        self._node = node
        self._described = described
        self._alias = alias
        self._properties: list[str] = []
        self._pushed: list[str] = []
        needed: list[str] = []
        output: list[str] = []
        for line in node.properties:
            name, _, value = line.partition(": ")
            if name == "Filter":
                parts = conjuncts(value)
                self._pushed = [part for part in parts if _PUSHED.match(part)]
                needed = [part for part in parts if part not in self._pushed]
                self._properties += [f"Filter: {joined(needed)}"] if needed else []
            elif name == "Output":
                output = [item for item in value.split(", ") if item.rpartition(".")[2] != "ctid"]
                self._properties += [f"Output: {', '.join(output)}"] if output else []
            elif name != "Heap Fetches" and not (_REMOVED.match(line) and self._pushed):
                # PostgreSQL prints one number of removed rows for both kinds of filters.
                self._properties.append(line)
        # Rows that the storage returns: those removed by the query processor's filter are included.
        figures = node.figures if self._pushed else _with_rows(node.figures, removed(node))
        self._figures = _of_storage(figures)
        self._scanned = _of_storage(_with_rows(node.figures, removed(node)))
        counted = any(_REMOVED.match(line) for line in node.properties)
        self._counts_filtered = bool(self._pushed and not needed and counted)
        shipped = _mentioned([*output, *needed], alias, known)
        if above is not None and not WRITE.match(above.title):
            # PostgreSQL returns whole rows if that is cheaper; only the columns used above count.
            used = _mentioned(above.properties, alias, known)
            needed_columns = _mentioned(needed, alias, known)
            shipped = [column for column in shipped if column in used or column in needed_columns]
        self._shipped = shipped

    def full(self) -> Node:
        """Rewrite a sequential scan."""
        tree = self._storage(f"B-Tree Scan on {self._described}", self._scanned)
        scan = self._storage(f"Storage Scan on {self._described}", self._figures)
        scan.properties = [*_projections(self._shipped), *self._filters(self._pushed)]
        scan.children = [tree]
        return self._rewritten(f"Full Scan (btree-table) on {self._described}", scan)

    def covered(self, index: str, backward: str, columns: Sequence[str] = ()) -> Node:
        """Rewrite a scan of an index with all columns; `columns` are the index's own, in order."""
        shipped = sorted(self._shipped, key=columns.index) if columns else self._shipped
        return self._rewritten(
            f"Index Only Scan{backward} using {index} on {self._described}",
            self._of_index(index, [*_projections(shipped), *self._filters(self._pushed)]),
        )

    def looked_up(self, index: str, backward: str, columns: Sequence[str]) -> Node:
        """Rewrite a scan of an index that filters by its own columns and then looks up the rows."""
        inside = [
            condition for condition in self._pushed if _mentioned([condition], self._alias, columns)
        ]
        outside = [condition for condition in self._pushed if condition not in inside]
        self._counts_filtered = self._counts_filtered and not (inside and outside)
        lookup = self._storage(f"Storage Lookup on {self._described}", self._figures)
        lookup.properties = [*_projections(self._shipped), *self._filters(outside)]
        lookup.children = [self._storage(f"B-Tree Lookup on {self._described}", self._figures)]
        return self._rewritten(
            f"Index Scan{backward} using {index} on {self._described}",
            self._of_index(index, self._filters(inside)),
            lookup,
        )

    def _of_index(self, index: str, properties: list[str]) -> Node:
        scan = self._storage(f"Storage Scan on {index}", self._figures)
        tree = self._storage(f"B-Tree Scan on {index}", self._scanned)
        tree.properties = [line for line in self._properties if line.startswith("Index Cond:")]
        scan.properties, scan.children = properties, [tree]
        return scan

    def _storage(self, title: str, figures: str) -> Node:
        return Node(title, figures, alias=self._alias, is_storage=True)

    def _filters(self, conditions: Sequence[str]) -> list[str]:
        if not conditions:
            return []
        counted = [f"Rows Filtered: {removed(self._node)}"] if self._counts_filtered else []
        return [f"Filters: {joined(conditions)}", *counted]

    def _rewritten(self, title: str, *storage: Node) -> Node:
        first = [child for child in self._node.children if not child.label.startswith("SubPlan")]
        last = [child for child in self._node.children if child.label.startswith("SubPlan")]
        children = [*first, *storage, *last]
        node = replace(self._node, title=title, properties=self._properties, children=children)
        node.alias = self._alias
        return node


def _projections(columns: Sequence[str]) -> list[str]:
    return [f"Projections: {', '.join(columns)}"] if columns else []


def _of_storage(figures: str) -> str:
    """Return a storage node's figures: no times, and `loops=1` in the estimate."""
    figures = re.sub(r"actual time=\S+ ", "actual ", figures)
    return re.sub(r"(\(cost=[^()]*)\)", r"\1 loops=1)", figures)


def _with_rows(figures: str, more: int) -> str:
    return re.sub(r"(\bactual [^()]*\brows=)(\d+)", lambda m: f"{m[1]}{int(m[2]) + more}", figures)
