"""What a plan says in plain words: where the rows and the DPU go, and what would help.

The reading rule is the user guide's (reading-dsql-explain-plans): Index Cond reads the fewest rows;
Filters (plural) are applied in storage; a Filter (singular) is applied to rows that were already
paid for and shipped; a Storage Lookup fetches what the index does not hold.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from dsql_tui.model.plan import Plan, PlanNode
from dsql_tui.sql.keywords import words

MANY_ROWS = 1_000
"""Below this a scan of everything is not worth a word."""
WRONG_BY = 10
"""An estimate that is off by this factor is."""
TEMPORARY_SPACE_MIB = 128
"""A query's temporary space (user guide, CHAP_quotas)."""


@dataclass(frozen=True, slots=True)
class Hint:
    """One sentence or two about a step, or about the whole plan if `node` is `None`."""

    text: str
    node: PlanNode | None = None


def hints(plan: Plan) -> list[Hint]:
    """Return what is worth saying, in the order of the steps."""
    if plan.root is None:
        return []
    found: list[Hint] = []
    for _, node in plan.root.walk():
        for check in (_full_scan, _lookup, _late_filter, _estimate, _spill, _repeated_scan):
            found += [Hint(text, node) for text in check(node)]
    return found + [Hint(text) for text in _minimums(plan)]


def _full_scan(node: PlanNode) -> Iterator[str]:
    if not node.operation.startswith(("Full Scan", "Seq Scan")):
        return
    read = _rows_read(node)
    if read < MANY_ROWS:
        return
    filters = next((f for _, n in node.walk() if (f := n.detail("Filters"))), "")
    where = filters or node.detail("Filter")
    columns = ", ".join(_columns(where))
    helps = (
        f" An index on {columns} could find the rows that match."
        if columns
        else " Without a condition there is no way around that."
    )
    yield (
        f"Reads every row of {node.relation} (about {read:,.0f});"
        f" rows scanned are billed, not rows returned.{helps}"
    )


def _lookup(node: PlanNode) -> Iterator[str]:
    lookups = [child for child in node.children if child.operation == "Storage Lookup"]
    for lookup in lookups:
        columns = [part.strip() for part in lookup.detail("Projections").split(",") if part.strip()]
        columns += [c for c in _columns(lookup.detail("Filters")) if c not in columns]
        wanted = f" INCLUDE ({', '.join(columns)})" if columns else ""
        what = f"the columns {', '.join(columns)}" if columns else "columns"
        yield (
            f"{node.index or 'The index'} does not hold {what}: each row it finds is fetched again"
            f" from {lookup.relation}. The index with{wanted or ' them included'} would be enough."
        )


def _late_filter(node: PlanNode) -> Iterator[str]:
    condition = node.detail("Filter")
    storage = next((n for _, n in node.walk() if n.operation.startswith("Storage")), None)
    if not condition or storage is None or node.operation.startswith("Storage"):
        return
    removed = node.detail("Rows Removed by Filter")
    shipped = _rows(storage)
    count = f"{int(removed):,}" if removed.isdecimal() else ""
    if not count and shipped < MANY_ROWS:
        return
    dropped = f"; {count} rows were dropped then" if count else ""
    yield (
        f"The filter {condition} is applied after the rows were read and shipped{dropped}."
        " A condition that storage understands (=, <, >, IN on plain columns) is applied there."
    )


def _estimate(node: PlanNode) -> Iterator[str]:
    if node.actual is None or node.estimate is None or not node.actual.loops or not node.relation:
        return
    expected, actual = max(node.estimate.rows, 1), max(node.actual.rows, 1)
    factor = max(expected / actual, actual / expected)
    if factor < WRONG_BY or max(expected, actual) < MANY_ROWS or node.operation[:7] == "B-Tree ":
        return
    yield (
        f"{expected:,} rows were expected and {node.actual.rows:,.0f} came:"
        f" ANALYZE {node.relation} refreshes the statistics the planner works with."
    )


def _spill(node: PlanNode) -> Iterator[str]:
    method = node.detail("Sort Method")
    if "Disk:" in method:
        yield (
            f"The sort did not fit into memory ({method});"
            f" a query may use {TEMPORARY_SPACE_MIB} MiB of temporary space, not more."
        )


def _repeated_scan(node: PlanNode) -> Iterator[str]:
    if not node.operation.startswith("Nested Loop") or len(node.children) < 2:
        return
    inner = node.children[-1]
    loops = inner.actual.loops if inner.actual else 0
    if inner.operation.startswith(("Full Scan", "Seq Scan")) and loops > 1:
        yield (
            f"{inner.relation} is read from beginning to end {loops:,} times, once for each row of"
            " the other side: an index on the join's column would help most."
        )


def _minimums(plan: Plan) -> Iterator[str]:
    if plan.dpu is None:
        return
    for name, least in plan.dpu.minimums.items():
        used = plan.dpu.parts.get(name, least)
        if used < least:
            yield (
                f"{name} is {used} DPU, but a transaction pays at least {least}:"
                " several statements in one transaction share that."
            )


def _rows(node: PlanNode) -> float:
    if node.actual is not None:
        return node.actual.all_rows
    return float(node.estimate.rows) if node.estimate else 0.0


def _rows_read(node: PlanNode) -> float:
    """Return the most rows any step of a scan touches."""
    return max(_rows(step) for _, step in node.walk())


_LITERALS_AND_CASTS = re.compile(
    r"'(?:[^']|'')*'|::(?:time(?:stamp)? with(?:out)? time zone|double precision"
    r"|character varying|\w+)(?:\[\])?"
)
_WORDS = re.compile(r'(?:\w+\.)?("(?:[^"]|"")+"|[a-z_]\w*)(?!\s*\(|\w)')
_NOT_COLUMNS = words("and or not null is in any all true false case when then else end")


def _columns(condition: str) -> list[str]:
    """Return the names of columns in a printed condition, each once."""
    bare = _LITERALS_AND_CASTS.sub(" ", condition)
    names = [found.group(1) for found in _WORDS.finditer(bare)]
    return list(dict.fromkeys(name for name in names if name.lower() not in _NOT_COLUMNS))
