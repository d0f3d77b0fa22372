"""A query plan as a tree, with estimated and actual figures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Estimate:
    """The planner's estimates; costs have no unit, `width` is in bytes per row."""

    startup_cost: float
    total_cost: float
    rows: int
    width: int


@dataclass(frozen=True, slots=True)
class Actual:
    """The actual figures, averaged over `loops` runs of the node.

    Attributes:
        startup_ms: Until the first row; `None` for nodes in storage, which are not timed.
        total_ms: Until the last row; `None` likewise.
        rows: Rows that came out.
        loops: How often the node ran; 0 if never.
    """

    startup_ms: float | None
    total_ms: float | None
    rows: float
    loops: int

    @property
    def all_ms(self) -> float | None:
        """Time of all loops, including the node's children."""
        return None if self.total_ms is None else self.total_ms * self.loops

    @property
    def all_rows(self) -> float:
        """Rows of all loops."""
        return self.rows * self.loops


@dataclass(frozen=True, slots=True)
class PlanNode:
    """One node of a plan.

    Attributes:
        operation: Such as `Storage Scan`, `Index Only Scan`, `Nested Loop (Batched Join)`.
        relation: What it reads or writes, as printed; empty for joins, sorts and the like.
        alias: The name the query gives the relation, or empty.
        index: The index it uses, or empty.
        label: `InitPlan 1 (returns $0)`, `SubPlan 2`, `CTE x`, or empty.
        estimate: `None` with COSTS OFF.
        actual: `None` without ANALYZE.
        details: Labels and values below it, in order: `("Index Cond", "(id = 1)")`.
        children: The steps it takes its rows from.
    """

    operation: str
    relation: str = ""
    alias: str = ""
    index: str = ""
    label: str = ""
    estimate: Estimate | None = None
    actual: Actual | None = None
    details: tuple[tuple[str, str], ...] = ()
    children: tuple[PlanNode, ...] = ()

    def detail(self, label: str) -> str:
        """Return the value of a label, or an empty string."""
        return next((value for name, value in self.details if name == label), "")

    @property
    def title(self) -> str:
        """The operation and its object on one line."""
        index = f" using {self.index}" if self.index else ""
        alias = f" {self.alias}" if self.alias else ""
        return f"{self.operation}{index}" + (f" on {self.relation}{alias}" if self.relation else "")

    @property
    def own_ms(self) -> float | None:
        """Time of all loops without that of timed children; `None` if it was not timed."""
        whole = self.actual.all_ms if self.actual else None
        if whole is None:
            return None
        return max(whole - sum(_timed_ms(child) for child in self.children), 0.0)

    def walk(self, depth: int = 0) -> Iterator[tuple[int, PlanNode]]:
        """Yield (depth, node) for this node and its descendants in printed order."""
        yield depth, self
        for child in self.children:
            yield from child.walk(depth + 1)


def _timed_ms(node: PlanNode) -> float:
    whole = node.actual.all_ms if node.actual else None
    return sum(map(_timed_ms, node.children)) if whole is None else whole


@dataclass(frozen=True, slots=True)
class DpuEstimate:
    """The `Statement DPU Estimate` block, in DPU.

    Attributes:
        parts: Compute, Read, Write and, on a peered cluster, Multi-Region Write, in order.
        minimums: What a transaction pays at least for a part, where the block says so.
        total: The sum as printed.
    """

    parts: dict[str, Decimal] = field(default_factory=dict)
    minimums: dict[str, Decimal] = field(default_factory=dict)
    total: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole plan.

    Attributes:
        root: The step that returns the rows; `None` if the text held no plan.
        planning_ms: `None` when not printed.
        execution_ms: `None` without ANALYZE.
        query_identifier: 13 characters of DSQL's, or empty.
        dpu: Only EXPLAIN ANALYZE VERBOSE prints it.
        notes: Other lines after the tree.
        text: The plan as the server printed it.
    """

    root: PlanNode | None
    planning_ms: float | None = None
    execution_ms: float | None = None
    query_identifier: str = ""
    dpu: DpuEstimate | None = None
    notes: tuple[str, ...] = ()
    text: str = ""
