"""Parses the output of EXPLAIN, and writes EXPLAIN statements.

DSQL prints PostgreSQL's text format with additional nodes, prefixes and a DPU block (user guide,
reading-dsql-explain-plans and working-with-explain-plans, September 2026). Arrows are followed by
one or two spaces and the steps of indentation vary, so nesting is determined by the arrow's column.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from difflib import SequenceMatcher

from dsql_tui.errors import InputError
from dsql_tui.model.plan import Actual, DpuEstimate, Estimate, Plan, PlanNode
from dsql_tui.sql.statements.classify import StatementKind, classify

_COST = re.compile(r"\s*\(cost=([\d.]+)\.\.([\d.]+) rows=(\d+) width=(\d+)(?: loops=\d+)?\)")
_ACTUAL = re.compile(r"\s*\(actual (?:time=([\d.]+)\.\.([\d.]+) )?rows=([\d.]+) loops=(\d+)\)")
_NEVER = " (never executed)"
_NAME = r'(?:"(?:[^"]|"")*"|[^\s".]+)'
_TITLE = re.compile(
    rf"(?P<operation>.+?)(?: using (?P<index>{_NAME}))?"
    rf"(?: on (?P<relation>{_NAME}(?:\.{_NAME})*)(?: (?P<alias>{_NAME}))?)?"
)
_LABEL = re.compile(r"(?:InitPlan|SubPlan) \d+.*|CTE .+")
_DETAIL = re.compile(r"([A-Z][\w /-]*): ?(.*)")
_DPU = re.compile(
    r"\s*([A-Z][\w -]*): ([\d.]+) DPU(?: \(Transaction minimum: ([\d.]+)\))?", re.ASCII
)
_DECORATION = re.compile(r"\s*(?:QUERY PLAN|-{3,}|\(\d+ rows?\))\s*")
_TIME = re.compile(r"(Planning|Execution) Time: ([\d.]+) ms")


@dataclass(slots=True)
class _Growing:
    """A node whose child lines are still being read."""

    column: int
    title: str
    label: str = ""
    estimate: Estimate | None = None
    actual: Actual | None = None
    details: list[tuple[str, str]] = field(default_factory=list)
    children: list[_Growing] = field(default_factory=list)

    def grown(self) -> PlanNode:
        match = _TITLE.fullmatch(self.title)
        parts = match.groupdict(default="") if match else {"operation": self.title}
        return PlanNode(
            parts["operation"],
            parts.get("relation", ""),
            parts.get("alias", ""),
            parts.get("index", ""),
            self.label,
            self.estimate,
            self.actual,
            tuple(self.details),
            tuple(child.grown() for child in self.children),
        )


def read_plan(lines: Iterable[str] | str) -> Plan:
    """Parse the rows of an EXPLAIN in text format, or such a text as printed by psql."""
    text = lines if isinstance(lines, str) else "\n".join(lines)
    printed = [line.rstrip() for line in text.split("\n")]
    tree = _Tree()
    rest: list[str] = []
    for line in printed:
        if line and not _DECORATION.fullmatch(line) and not (not rest and tree.take(line)):
            rest.append(line.strip())
    dpu, rest = _dpu(rest)
    times = {match.group(1): float(match.group(2)) for row in rest if (match := _TIME.match(row))}
    identifier = next((row for row in rest if row.startswith("Query Identifier:")), "")
    return Plan(
        tree.root.grown() if tree.root else None,
        times.get("Planning"),
        times.get("Execution"),
        identifier.partition(":")[2].strip(),
        dpu,
        tuple(row for row in rest if not _TIME.match(row) and row != identifier),
        text,
    )


class _Tree:
    """The nodes read so far; `open_` are those that may still get children, the root first."""

    def __init__(self) -> None:
        self.root: _Growing | None = None
        self._open: list[_Growing] = []
        self._base = 0
        self._label = ""

    def take(self, line: str) -> bool:
        """Add a line to the tree; false for a line after the tree."""
        column = len(line) - len(line.lstrip())
        content = line.strip()
        if self.root is None:
            self._base = column
            self.root = _node(-1, content, "")
            self._open = [self.root]
            return True
        if content.startswith("->"):
            while self._open[-1].column >= column:
                self._open.pop()
            node = _node(column, content[2:].strip(), self._label)
            self._label = ""
            self._open[-1].children.append(node)
            self._open.append(node)
            return True
        if column <= self._base:
            return False
        if _LABEL.fullmatch(content):
            self._label = content
        else:
            self._add_detail(content)
        return True

    def _add_detail(self, content: str) -> None:
        details = self._open[-1].details
        match = _DETAIL.fullmatch(content)
        if match:
            details.append((match.group(1), match.group(2)))
        elif details:
            label, value = details[-1]
            details[-1] = (label, f"{value} {content}")  # a value that continues on the next line
        else:
            details.append(("", content))


def _node(column: int, content: str, label: str) -> _Growing:
    cost, actual = _COST.search(content), _ACTUAL.search(content)
    ends = [part.start() for part in (cost, actual) if part]
    node = _Growing(column, content[: min(ends)] if ends else content, label)
    if cost:
        startup, total, rows, width = cost.groups()
        node.estimate = Estimate(float(startup), float(total), int(rows), int(width))
    if actual:
        first, last, rows, loops = actual.groups()
        node.actual = Actual(
            float(first) if first else None, float(last) if last else None, float(rows), int(loops)
        )
    if content.endswith(_NEVER):
        node.actual = Actual(None, None, 0.0, 0)
        node.title = node.title.removesuffix(_NEVER)
    return node


def _dpu(rest: list[str]) -> tuple[DpuEstimate | None, list[str]]:
    """Parse the DPU block in the lines after the tree."""
    if "Statement DPU Estimate:" not in rest:
        return None, rest
    at = rest.index("Statement DPU Estimate:")
    parts: dict[str, Decimal] = {}
    minimums: dict[str, Decimal] = {}
    end = at + 1
    while end < len(rest) and (match := _DPU.fullmatch(rest[end])):
        name, value, minimum = match.groups()
        parts[name] = Decimal(value)
        if minimum:
            minimums[name] = Decimal(minimum)
        end += 1
    total = parts.pop("Total", sum(parts.values(), Decimal(0)))
    return DpuEstimate(parts, minimums, total), rest[:at] + rest[end:]


def dollars(dpu: Decimal, price_per_million: Decimal) -> Decimal:
    """Return the cost of an amount of DPU, without the free tier."""
    return dpu * price_per_million / 1_000_000


def explain_of(statement: str, *, analyze: bool) -> tuple[str, ...]:
    """Return the statements that explain a statement.

    Args:
        statement: A query or DML statement; an EXPLAIN is sent unchanged.
        analyze: Run it to measure times and DPU. A statement that writes is then enclosed in BEGIN
            … ROLLBACK.

    Raises:
        InputError: The statement has no plan.
    """
    statement_class = classify(statement)
    text = statement.strip().rstrip(";")
    if statement_class.kind not in {StatementKind.QUERY, StatementKind.DML}:
        raise InputError(
            f"{statement_class.command or 'An empty statement'} has no plan: only queries and DML."
        )
    runs = "EXPLAIN ANALYZE" in statement_class.verbs or (
        analyze and not statement_class.is_explain
    )
    if not statement_class.is_explain:
        text = f"EXPLAIN {'ANALYZE VERBOSE ' if analyze else ''}{text}"
    if runs and (statement_class.is_write or statement_class.unknown_effects):
        return "BEGIN", text, "ROLLBACK"
    return (text,)


def side_by_side(
    left: PlanNode, right: PlanNode
) -> list[tuple[tuple[int, PlanNode] | None, tuple[int, PlanNode] | None]]:
    """Pair the steps of two plans in printed order; a step may have no partner."""
    ours, theirs = list(left.walk()), list(right.walk())
    names = _qualified_names([node for _, node in (*ours, *theirs)])
    matcher = SequenceMatcher(None, _signs(ours, names), _signs(theirs, names), autojunk=False)
    rows: list[tuple[tuple[int, PlanNode] | None, tuple[int, PlanNode] | None]] = []
    for sort, a, b, c, d in matcher.get_opcodes():
        if sort == "equal":
            rows += zip(ours[a:b], theirs[c:d], strict=True)
        else:
            rows += [(row, None) for row in ours[a:b]]
            rows += [(None, row) for row in theirs[c:d]]
    return rows


_UNQUALIFIED = re.compile(rf"(?:{_NAME}\.)*({_NAME})")


def _qualified_names(nodes: Iterable[PlanNode]) -> dict[str, str]:
    """Map each bare name to its schema-qualified name, if only one schema has it.

    EXPLAIN names the schema only if it is VERBOSE.
    """
    names: dict[str, set[str]] = {}
    for node in nodes:
        name = _UNQUALIFIED.fullmatch(node.relation)
        if name and name[1] != node.relation:
            names.setdefault(name[1], set()).add(node.relation)
    return {name: next(iter(full)) for name, full in names.items() if len(full) == 1}


def _signs(
    rows: Sequence[tuple[int, PlanNode]], names: Mapping[str, str]
) -> list[tuple[str, str, str]]:
    return [
        (node.operation, names.get(node.relation, node.relation), node.index) for _, node in rows
    ]
