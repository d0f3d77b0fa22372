"""PostgreSQL's text plans told as DSQL tells them, where the mapping is plain.

A scan becomes what the query processor does and, below it, what storage does: conditions that
compare a column are pushed down (`Filters:`), the others stay (`Filter:`). EXPLAIN ANALYZE VERBOSE
ends in the DPU estimate, by the billing formulas from what the statement really read and wrote.
Source: user guide, reading-dsql-explain-plans and working-with-explain-plans (September 2026).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from dsql_tui.local import dpu

_NODE = re.compile(
    r"^(?P<indent> *)(?P<arrow>->  )?(?P<title>\S.*?)(?P<figures>  \(cost=.*|  \(actual .*)?$"
)
_SCAN = re.compile(
    r"(?:Parallel )?(?P<kind>Seq Scan|Index Scan(?: Backward)?|Index Only Scan(?: Backward)?)"
    r"(?: using (?P<index>\S+))? on (?P<relation>.+)"
)
_WRITE = re.compile(r"(Insert|Update|Delete) on ")
_ROWS = re.compile(r"\bactual (?:time=\S+ )?rows=(\d+)(?: loops=(\d+))?")
_WIDTH = re.compile(r"\bwidth=(\d+)")
_TIMES = re.compile(r"^(?:Planning|Execution) Time: ([\d.]+) ms$")
_REMOVED = re.compile(r"^Rows Removed by (?:Filter|Index Recheck): (\d+)$")
_PUSHED = re.compile(
    r"""^\(* (?:\w+\.)?"?\w+"? \)? (?:::\w[\w ]*)? \s (?:=|<>|<=|>=|<|>) \s (?!ANY|ALL)
        (?: '(?:[^']|'')*' (?:::[\w ]+ (?:\(\d+\))?)? | -?[\d.]+ | \$\d+ | true | false ) \)* $""",
    re.VERBOSE,
)
_QUALIFIER = re.compile(r"(?<![\w'\"])[A-Za-z_]\w*\.(?=[A-Za-z_])")
_PRIMARY_KEY = "_pkey"
_IDENTIFIER_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
_FORMATTED = ("[", "<", "- Plan", "{")


@dataclass(slots=True)
class Node:
    """One node of a plan.

    Attributes:
        title: `Seq Scan on orders o`.
        figures: `(cost=…) (actual …)` with the spaces before it, or empty.
        properties: The lines below it, without indentation.
        children: Nodes below it.
    """

    title: str
    figures: str = ""
    properties: list[str] = field(default_factory=list)
    children: list[Node] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """Rows it really answered, over all loops; 0 without ANALYZE."""
        found = _ROWS.search(self.figures)
        return int(found[1]) * int(found[2] or 1) if found else 0

    @property
    def loops(self) -> int:
        """How often it ran; 1 without ANALYZE."""
        found = _ROWS.search(self.figures)
        return int(found[2] or 1) if found else 1

    @property
    def width_bytes(self) -> int:
        """Bytes of one of its rows, estimated."""
        found = _WIDTH.search(self.figures)
        return int(found[1]) if found else 0

    def lines(self, indent: str = "", arrow: str = "") -> Iterator[str]:
        """Yield the node and all below it as text."""
        yield f"{indent}{arrow}{self.title}{self.figures}"
        below = indent + (" " * 6 if arrow else "  ")
        for line in self.properties:
            yield below + line
        for child in self.children:
            yield from child.lines(below, "->  ")

    def all(self) -> Iterator[Node]:
        """Yield the node and all below it."""
        yield self
        for child in self.children:
            yield from child.all()


def retold(
    lines: Sequence[str], statement: str, *, costs_dpu: bool, is_multi_region: bool
) -> list[str]:
    """Return a plan's lines as DSQL has them; formats other than text stay as they are.

    Args:
        lines: What PostgreSQL answered.
        statement: The EXPLAIN statement.
        costs_dpu: Whether it was ANALYZE VERBOSE.
        is_multi_region: Whether writes are billed in a second Region.
    """
    if not lines or lines[0].lstrip().startswith(_FORMATTED):
        return list(lines)
    root, footer = _parsed(lines)
    usage = _usage(root, footer, is_multi_region=is_multi_region)
    shown = list(_scans(root).lines())
    footer = [line for line in footer if not line.startswith("Trigger ")]
    if costs_dpu:
        shown.append(f"Query Identifier: {_identifier(statement)}")
        footer += _estimate(usage, is_multi_region=is_multi_region)
    return shown + footer


def _parsed(lines: Sequence[str]) -> tuple[Node, list[str]]:
    """Read the tree of nodes, and the lines behind it that belong to none."""
    root: Node | None = None
    path: list[tuple[int, Node]] = []
    for number, line in enumerate(lines):
        found = _NODE.match(line)
        if found is None:
            continue
        depth = len(found["indent"])
        if root is not None and not found["arrow"]:
            if depth == 0:
                return root, list(lines[number:])
            path[-1][1].properties.append(line.strip())
            continue
        node = Node(found["title"], found["figures"] or "")
        while path and path[-1][0] >= depth:
            path.pop()
        if path:
            path[-1][1].children.append(node)
        root = root or node
        path.append((depth, node))
    return root or Node(""), []


def _scans(node: Node) -> Node:
    """Tell every scan in DSQL's nodes."""
    told = replace(node, children=[_scans(child) for child in node.children])
    scan = _SCAN.fullmatch(node.title)
    if scan is None:
        return told
    if scan["index"] is None:
        return _full_scan(told, scan["relation"])
    covering = "Only" in scan["kind"] or scan["index"].endswith(_PRIMARY_KEY)
    return _index_scan(told, scan["index"], scan["relation"], covering=covering)


def _full_scan(node: Node, described: str) -> Node:
    kept, pushed, projections = _split(node.properties)
    tree = Node(f"B-Tree Scan on {described}", _scanned(node))
    storage = Node(
        f"Storage Scan on {described}", _estimates(node), [*projections, *pushed], [tree]
    )
    title = f"Full Scan (btree-table) on {described}"
    return replace(node, title=title, properties=kept, children=[storage, *node.children])


def _index_scan(node: Node, index: str, described: str, *, covering: bool) -> Node:
    kept, pushed, projections = _split(node.properties)
    conditions = [line for line in node.properties if line.startswith("Index Cond:")]
    figures = _estimates(node)
    tree = Node(f"B-Tree Scan on {index}", _scanned(node), conditions)
    if covering:
        title = f"Index Only Scan using {index} on {described}"
        below = [Node(f"Storage Scan on {index}", figures, [*projections, *pushed], [tree])]
    else:
        title = f"Index Scan using {index} on {described}"
        lookup = Node(f"B-Tree Lookup on {described}", figures)
        below = [
            Node(f"Storage Scan on {index}", figures, [], [tree]),
            Node(f"Storage Lookup on {described}", figures, [*projections, *pushed], [lookup]),
        ]
    return replace(node, title=title, properties=kept, children=[*below, *node.children])


def _estimates(node: Node) -> str:
    """Return a storage node's figures: PostgreSQL's, without times."""
    return re.sub(r"actual time=\S+ ", "actual ", node.figures).replace("  (cost", " (cost", 1)


def _scanned(node: Node) -> str:
    """Return the figures with the rows that were read, those that a filter removed included."""
    removed = _removed(node)
    if not removed:
        return _estimates(node)
    return re.sub(
        r"(\bactual rows=)(\d+)", lambda m: f"{m[1]}{int(m[2]) + removed}", _estimates(node)
    )


def _removed(node: Node) -> int:
    return sum(int(found[1]) for line in node.properties if (found := _REMOVED.match(line)))


def _split(properties: Iterable[str]) -> tuple[list[str], list[str], list[str]]:
    """Sort a scan's properties: what stays above, what storage filters, what it projects."""
    kept: list[str] = []
    pushed: list[str] = []
    projections: list[str] = []
    for line in properties:
        name, _, value = line.partition(": ")
        if name == "Filter":
            parts = _conjuncts(value)
            below = [part for part in parts if _PUSHED.match(part)]
            above = [part for part in parts if part not in below]
            kept += [f"Filter: {_joined(above)}"] if above else []
            pushed += [f"Filters: {_joined(below)}"] if below else []
        elif name == "Output":
            kept.append(line)
            projections.append("Projections: " + _QUALIFIER.sub("", value))
        elif not _REMOVED.match(line) and name != "Heap Fetches":
            kept.append(line)
    return kept, pushed, projections


def _conjuncts(condition: str) -> list[str]:
    """Cut `((a) AND (b))` at the ANDs of its outermost level."""
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


def _joined(conditions: Sequence[str]) -> str:
    return conditions[0] if len(conditions) == 1 else f"({' AND '.join(conditions)})"


def _usage(root: Node, footer: Iterable[str], *, is_multi_region: bool) -> dpu.Usage:
    """Compute what the statement has used; a row counts 128 bytes at least."""
    times = [found for line in footer if (found := _TIMES.match(line))]
    read_bytes = written_rows = written_bytes = 0
    for node in root.all():
        if _SCAN.fullmatch(node.title):
            read_rows = node.rows + _removed(node) * node.loops
            read_bytes += read_rows * max(node.width_bytes, dpu.ROW_MIN_BYTES)
        elif _WRITE.match(node.title):
            for child in node.children:
                written_rows += child.rows
                written_bytes += child.rows * max(child.width_bytes, dpu.ROW_MIN_BYTES)
    write = dpu.write_dpu(written_rows, written_bytes)
    return dpu.Usage(
        compute=sum(float(found[1]) for found in times) / 1_000 * dpu.COMPUTE_DPU_PER_SECOND,
        read=dpu.read_dpu(read_bytes),
        write=write,
        multi_region_write=write if is_multi_region else 0.0,
    )


def _estimate(usage: dpu.Usage, *, is_multi_region: bool) -> list[str]:
    lines = [
        "Statement DPU Estimate:",
        _priced("Compute", usage.compute, 0.0),
        _priced("Read", usage.read, dpu.READ_MIN_DPU),
        _priced("Write", usage.write, dpu.WRITE_MIN_DPU),
    ]
    if is_multi_region:
        lines.append(_priced("Multi-Region Write", usage.multi_region_write, dpu.WRITE_MIN_DPU))
    return [*lines, _priced("Total", usage.total, 0.0)]


def _priced(name: str, amount: float, least: float) -> str:
    note = f" (Transaction minimum: {least:.5f})" if 0 < amount < least else ""
    return f"  {name}: {amount:.5f} DPU{note}"


def _identifier(statement: str) -> str:
    """Return 13 characters that are the same for the same statement."""
    number = int.from_bytes(hashlib.blake2b(statement.encode(), digest_size=9).digest(), "big")
    letters = []
    for _ in range(13):
        number, place = divmod(number, len(_IDENTIFIER_LETTERS))
        letters.append(_IDENTIFIER_LETTERS[place])
    return "".join(letters)
