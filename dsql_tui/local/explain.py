"""PostgreSQL's text plans told as DSQL tells them, where the mapping is plain.

A scan becomes what the query processor does and, below it, what storage does: conditions that
compare a column are pushed down (`Filters:`), the others stay (`Filter:`), `Projections:` are the
columns that storage ships. PostgreSQL is always asked for a VERBOSE plan, which names those; who
did not ask for one does not see it. EXPLAIN ANALYZE VERBOSE ends in the DPU estimate, by the
billing formulas from what the statement really read and wrote.
Source: user guide, reading-dsql-explain-plans and working-with-explain-plans (September 2026).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from dsql_tui.local import dpu
from dsql_tui.local.plantree import Node, parsed
from dsql_tui.local.telling import Telling

_SCAN = re.compile(
    r"(?:Parallel )?(?P<kind>Seq Scan|Index Scan(?: Backward)?|Index Only Scan(?: Backward)?)"
    r"(?: using (?P<index>\S+))? on (?P<relation>.+)"
)
_WRITE = re.compile(r"(?:Insert|Update|Delete) on ")
_TIMES = re.compile(r"^(?:Planning|Execution) Time: ([\d.]+) ms$")
_REMOVED = re.compile(r"^Rows Removed by (?:Filter|Index Recheck): (\d+)$")
_PUSHED = re.compile(
    r"""^\(* (?:\w+\.)?"?\w+"? \)? (?:::\w[\w ]*)? \s (?:=|<>|<=|>=|<|>) \s (?!ANY|ALL)
        (?: '(?:[^']|'')*' (?:::[\w ]+ (?:\(\d+\))?)? | -?[\d.]+ | \$\d+ | true | false ) \)* $""",
    re.VERBOSE,
)
_LITERAL = re.compile(r"'(?:[^']|'')*'")
_IDENTIFIER = r'(?:"(?:[^"]|"")+"|[A-Za-z_][\w$]*)'
_COLUMN = re.compile(rf"(?<![\w.\":])(?:({_IDENTIFIER})\.)?({_IDENTIFIER})(?![\w(.\"]| \()")
_QUALIFIER = re.compile(rf"(?<![\w'\".])({_IDENTIFIER})\.(?={_IDENTIFIER})")
_SCHEMA = re.compile(rf"( on ){_IDENTIFIER}\.(?={_IDENTIFIER})")
_SETTINGS_OF_OURS = re.compile(r"(?:, )?(?:jit|enable_bitmapscan) = 'off'")
_PRIMARY_KEY = "_pkey"
_SEVERAL = 2
_IDENTIFIER_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
_FORMATTED = ("[", "<", "- Plan", "{")


def retold(lines: Sequence[str], statement: str, telling: Telling) -> list[str]:
    """Return a VERBOSE plan's lines as DSQL has them; formats other than text stay as they are.

    Args:
        lines: What PostgreSQL answered.
        statement: The EXPLAIN statement.
        telling: How to tell it.
    """
    if not lines or lines[0].lstrip().startswith(_FORMATTED):
        return list(lines)
    root, footer = parsed(lines)
    usage = _usage(root, footer, telling)
    told = _scans(root, None, telling.columns)
    if not telling.is_verbose:
        _make_terse(told, is_lone=sum(" Scan" in node.title for node in root.all()) < _SEVERAL)
    shown = list(told.lines())
    footer = [line for line in map(_without_settings, footer) if line]
    if telling.costs_dpu:
        shown.append(f"Query Identifier: {_identifier(statement)}")
        footer += _estimate(usage, is_multi_region=telling.is_multi_region)
    return shown + footer


def relations(lines: Sequence[str]) -> set[str]:
    """Return the relations and indexes that a VERBOSE plan scans, with their schemas."""
    found: set[str] = set()
    for line in lines:
        scan = _SCAN.fullmatch(re.sub(r"^ *(?:->  )?|  \(.*$", "", line))
        if scan is not None:
            relation = _named(scan["relation"])[0]
            found.add(relation)
            if scan["index"]:
                found.add(_beside(relation, scan["index"]))
    return found


def _without_settings(line: str) -> str:
    """Return a line behind the plan without what is ours, or nothing."""
    if line.startswith("Trigger "):
        return ""
    if line.startswith("Settings: "):
        line = _SETTINGS_OF_OURS.sub("", line).replace("Settings: , ", "Settings: ")
        return "" if line == "Settings: " else line
    return line


def _make_terse(root: Node, *, is_lone: bool) -> None:
    """Take away what only VERBOSE shows: outputs, schemas, and the names of a lone relation."""
    for node in root.all():
        node.title = _SCHEMA.sub(r"\1", node.title)
        node.properties = [
            _outside_literals(_QUALIFIER, "", line) if is_lone else line
            for line in node.properties
            if not line.startswith(("Output: ", "Function Call: ", "Inner Unique: "))
        ]


def _outside_literals(pattern: re.Pattern[str], spelled: str, text: str) -> str:
    pieces = re.split(r"('(?:[^']|'')*')", text)
    pieces[::2] = [pattern.sub(spelled, piece) for piece in pieces[::2]]
    return "".join(pieces)


def _named(described: str) -> tuple[str, str]:
    """Return the relation and what it is called: `s.t x` is (`s.t`, `x`), `s.t` is (`s.t`, `t`)."""
    relation, _, alias = described.partition(" ")
    return relation, alias or relation.rpartition(".")[2]


def _beside(relation: str, index: str) -> str:
    """Return an index's name with the schema of its relation."""
    return f"{relation.rpartition('.')[0]}.{index}"


def _mentioned(expressions: Iterable[str], alias: str, known: Iterable[str]) -> list[str]:
    """Return which of a relation's columns expressions mention, in the relation's order."""
    names = {
        name
        for expression in expressions
        for qualifier, name in _COLUMN.findall(_LITERAL.sub("", expression))
        if qualifier in {"", alias}
    }
    return [column for column in known if column in names]


def _scans(node: Node, above: Node | None, columns: Mapping[str, Sequence[str]]) -> Node:
    """Tell every scan in DSQL's nodes."""
    told = replace(node, children=[_scans(child, node, columns) for child in node.children])
    match = _SCAN.fullmatch(node.title)
    if match is None:
        return told
    relation, alias = _named(match["relation"])
    scan = _Scan(told, above, match["relation"], alias, columns.get(relation, ()))
    if match["index"] is None:
        return scan.full()
    if "Only" in match["kind"] or match["index"].endswith(_PRIMARY_KEY):
        return scan.covered(match["index"])
    return scan.looked_up(match["index"], columns.get(_beside(relation, match["index"]), ()))


class _Scan:
    """One scan of PostgreSQL's, to be told as several nodes.

    Args:
        node: The scan.
        above: The node it answers to, if any.
        described: The relation as the title has it.
        alias: What expressions call it.
        known: The relation's columns.
    """

    def __init__(
        self, node: Node, above: Node | None, described: str, alias: str, known: Sequence[str]
    ) -> None:
        self._node = node
        self._described = described
        self._alias = alias
        self._figures = _estimates(node)
        self._kept: list[str] = []
        self._pushed: list[str] = []
        needed: list[str] = []
        output: list[str] = []
        for line in node.properties:
            name, _, value = line.partition(": ")
            if name == "Filter":
                parts = _conjuncts(value)
                self._pushed = [part for part in parts if _PUSHED.match(part)]
                needed = [part for part in parts if part not in self._pushed]
                self._kept += [f"Filter: {_joined(needed)}"] if needed else []
            elif name == "Output":
                output = [item for item in value.split(", ") if item.rpartition(".")[2] != "ctid"]
                self._kept += [f"Output: {', '.join(output)}"] if output else []
            elif not _REMOVED.match(line) and name != "Heap Fetches":
                self._kept.append(line)
        shipped = _mentioned([*output, *needed], alias, known)
        if above is not None and not _WRITE.match(above.title):
            # PostgreSQL hands whole rows up where that is cheaper; what is used above counts.
            used = _mentioned(above.properties, alias, known)
            kept = _mentioned(needed, alias, known)
            shipped = [column for column in shipped if column in used or column in kept]
        self._projections = [f"Projections: {', '.join(shipped)}"] if shipped else []

    def full(self) -> Node:
        """Tell a sequential scan."""
        tree = Node(f"B-Tree Scan on {self._described}", _scanned(self._node))
        return self._told(
            f"Full Scan (btree-table) on {self._described}",
            Node(
                f"Storage Scan on {self._described}",
                self._figures,
                [*self._projections, *_filters(self._pushed)],
                [tree],
            ),
        )

    def covered(self, index: str) -> Node:
        """Tell a scan of an index that has all columns."""
        return self._told(
            f"Index Only Scan using {index} on {self._described}",
            self._of_index(index, [*self._projections, *_filters(self._pushed)]),
        )

    def looked_up(self, index: str, columns: Sequence[str]) -> Node:
        """Tell a scan of an index, which filters by its own columns, and the look-up of rows."""
        inside = [
            condition for condition in self._pushed if _mentioned([condition], self._alias, columns)
        ]
        outside = [condition for condition in self._pushed if condition not in inside]
        lookup = Node(
            f"Storage Lookup on {self._described}",
            self._figures,
            [*self._projections, *_filters(outside)],
            [Node(f"B-Tree Lookup on {self._described}", self._figures)],
        )
        return self._told(
            f"Index Scan using {index} on {self._described}",
            self._of_index(index, _filters(inside)),
            lookup,
        )

    def _of_index(self, index: str, properties: list[str]) -> Node:
        conditions = [line for line in self._kept if line.startswith("Index Cond:")]
        tree = Node(f"B-Tree Scan on {index}", _scanned(self._node), conditions)
        return Node(f"Storage Scan on {index}", self._figures, properties, [tree])

    def _told(self, title: str, *storage: Node) -> Node:
        first = [child for child in self._node.children if not child.label.startswith("SubPlan")]
        last = [child for child in self._node.children if child.label.startswith("SubPlan")]
        children = [*first, *storage, *last]
        return replace(self._node, title=title, properties=self._kept, children=children)


def _filters(conditions: Sequence[str]) -> list[str]:
    return [f"Filters: {_joined(conditions)}"] if conditions else []


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


def _usage(root: Node, footer: Iterable[str], telling: Telling) -> dpu.Usage:
    """Compute what the statement has used; a row counts 128 bytes at least."""
    times = [found for line in footer if (found := _TIMES.match(line))]
    read_bytes = written_bytes = 0
    for node in root.all():
        if _SCAN.fullmatch(node.title):
            read_rows = node.rows + _removed(node) * node.loops
            read_bytes += read_rows * max(node.width_bytes, dpu.ROW_MIN_BYTES)
        elif _WRITE.match(node.title):
            if node.title.startswith("Insert"):  # a new row's key is looked for
                read_bytes += sum(child.rows for child in node.children) * dpu.ROW_MIN_BYTES
            written_bytes += sum(
                child.rows * max(child.width_bytes, dpu.ROW_MIN_BYTES) for child in node.children
            )
    if telling.written_bytes is not None:
        written_bytes = telling.written_bytes
    write = dpu.write_dpu(0, written_bytes)
    return dpu.Usage(
        compute=sum(float(found[1]) for found in times) / 1_000 * dpu.COMPUTE_DPU_PER_SECOND,
        read=dpu.read_dpu(read_bytes),
        write=write,
        multi_region_write=write if telling.is_multi_region else 0.0,
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
