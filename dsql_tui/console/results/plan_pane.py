"""A plan as a tree: times and rows, estimated and actual, with advice."""

from __future__ import annotations

from decimal import Decimal
from textwrap import wrap
from typing import ClassVar

from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from dsql_tui.console.shared.key import Place
from dsql_tui.console.shared.keys import bindings, with_keys
from dsql_tui.console.widgets.listing import fit
from dsql_tui.model.plan import DpuEstimate, Plan, PlanNode
from dsql_tui.model.span import duration
from dsql_tui.sql.dsql.explain import dollars, side_by_side
from dsql_tui.sql.dsql.explain_hints import hints

NOTHING = (
    "No plan. Press {explain.plan} to explain the statement at the cursor, "
    "{explain.analyze} to run and analyze it."
)
BAR = 10
"""Cells of the bar that shows a step's share of the time or cost."""
TITLE_LEAST, NUMBERS = 24, 36
"""Least width of a step's title; width kept for its numbers."""
SIDE = 56
"""Width of one plan when two are shown side by side."""
DETAILS = ("Index Cond", "Filter", "Filters", "Join Filter", "Hash Cond", "Sort Key", "Group Key")
"""Labels shown on a line of their own; the raw text contains all labels."""


class PlanPane(VerticalScroll):
    """The most recent plan, with the previous one for comparison."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.PLAN)]
    can_focus = True

    def __init__(self) -> None:
        self._body = Static(with_keys(NOTHING), markup=False)
        super().__init__(self._body, id="plan")
        self._price = Decimal(0)
        self._plans: list[Plan] = []
        self._undone = False
        self._mode = "tree"

    def show(self, plan: Plan, price: Decimal, *, undone: bool) -> None:
        """Show a plan and its cost at a price in US dollars per million DPU."""
        self._price = price
        self._plans = [*self._plans[-1:], plan]
        self._undone, self._mode = undone, "tree"
        self._draw()

    def on_resize(self) -> None:
        """Lay out the tree for the new width."""
        self._draw()

    def action_raw(self) -> None:
        """Toggle between the tree and the text that the server printed."""
        self._turn("raw")

    def action_compare(self) -> None:
        """Toggle the comparison with the previous plan."""
        if len(self._plans) > 1:
            self._turn("compare")

    def _turn(self, mode: str) -> None:
        self._mode = "tree" if self._mode == mode else mode
        self._draw()

    def _draw(self) -> None:
        if not self._plans:
            return
        plan = self._plans[-1]
        if self._mode == "raw" or plan.root is None:
            self._body.update(Content(plan.text))
        elif self._mode == "compare":
            self._body.update(_beside(self._plans[0], plan, self._price))
        else:
            self._body.update(_tree(plan, self._price, self.size.width - 3, undone=self._undone))
        self.scroll_home(animate=False)


def _tree(plan: Plan, price: Decimal, width: int, *, undone: bool) -> Content:
    lines = [_summary(plan, price)]
    if undone:
        lines.append(
            Content.styled("The statement ran in a transaction that was rolled back.", "$muted")
        )
    advice: dict[int, list[str]] = {}
    for hint in hints(plan):
        advice.setdefault(id(hint.node), []).append(hint.text)
    lines += _advice("", advice.get(id(None), []), width)
    lines.append(Content(""))
    if plan.root is not None:
        whole = _weight(plan.root) or 1.0
        for depth, node in plan.root.walk():
            lines += _step(node, depth, whole, width)
            lines += _advice("  " * depth + "    ", advice.get(id(node), []), width)
    return Content("\n").join(lines)


def _summary(plan: Plan, price: Decimal) -> Content:
    parts = [_times(plan), _cost(plan.dpu, price) if plan.dpu else ""]
    text = " · ".join(part for part in parts if part)
    return Content.styled(text or "estimated (not run)", "bold $text")


def _times(plan: Plan) -> str:
    parts = []
    if plan.planning_ms is not None:
        parts.append(f"planning {duration(plan.planning_ms)}")
    if plan.execution_ms is not None:
        parts.append(f"execution {duration(plan.execution_ms)}")
    return " · ".join(parts)


def _cost(dpu: DpuEstimate, price: Decimal) -> str:
    million = dollars(dpu.total * 1_000_000, price)
    return f"{dpu.total.normalize():f} DPU, ${million:.2f} per million runs"


def _step(node: PlanNode, depth: int, whole: float, width: int) -> list[Content]:
    share = min((_own_weight(node) or 0.0) / whole, 1.0)
    full = round(share * BAR)
    label = f"{node.label}: " if node.label else ""
    room = max(width - BAR - NUMBERS, TITLE_LEAST)
    title = fit("  " * depth + label + node.title, room)
    lines = [
        Content.assemble(
            (title, "$text"),
            (" " + "█" * full, "$text-accent" if share < 0.5 else "$text-warning"),
            ("·" * (BAR - full) + " ", "$muted"),
            (_numbers(node), "$muted"),
        )
    ]
    indent = "  " * depth + "    "
    lines += [
        Content.styled(f"{indent}{label}: {value}", "$muted")
        for label, value in node.details
        if label in DETAILS
    ]
    return lines


def _advice(indent: str, texts: list[str], width: int) -> list[Content]:
    """Return hints below their step, wrapped where the pane ends."""
    return [
        Content.styled(line, "$text-warning")
        for text in texts
        for line in wrap(
            f"▲ {text}",
            max(width, TITLE_LEAST),
            initial_indent=indent,
            subsequent_indent=indent + "  ",
        )
    ]


def _numbers(node: PlanNode) -> str:
    estimate, actual = node.estimate, node.actual
    if actual is None:
        return f"~{estimate.rows:,} rows · cost {estimate.total_cost:,.1f}" if estimate else ""
    expected = f" of ~{estimate.rows * max(actual.loops, 1):,}" if estimate else ""
    spent = f" · {duration(actual.all_ms)}" if actual.all_ms is not None else ""
    return f"{actual.all_rows:,.0f}{expected} rows{spent}"


def _weight(node: PlanNode) -> float | None:
    """Return the time of a whole step if it was run, its cost otherwise."""
    if node.actual is not None and node.actual.all_ms is not None:
        return node.actual.all_ms
    return node.estimate.total_cost if node.estimate else None


def _own_weight(node: PlanNode) -> float | None:
    """Return the time or cost of a step without its child steps."""
    if node.actual is not None:
        return node.own_ms
    if node.estimate is None:
        return None
    below = sum(child.estimate.total_cost for child in node.children if child.estimate)
    return max(node.estimate.total_cost - below, 0.0)


def _beside(before: Plan, after: Plan, price: Decimal) -> Content:
    if before.root is None or after.root is None:
        return Content(after.text)
    heads = zip(_head("previous", before, price), _head("current", after, price), strict=True)
    lines = [
        Content.styled(f"{fit(left, SIDE)}  {fit(right, SIDE)}", "bold $text")
        for left, right in heads
    ]
    for left, right in side_by_side(before.root, after.root):
        style = "$text" if left and right else "$text-warning"
        lines.append(Content.styled(f"{_half(left)}  {_half(right)}", style))
    return Content("\n").join(lines)


def _head(which: str, plan: Plan, price: Decimal) -> tuple[str, str]:
    """Return what one plan took: its times, and its DPU and what they cost."""
    cost = "no DPU (estimated, not run)" if plan.execution_ms is None else "no DPU (not VERBOSE)"
    return (
        f"{which} · {_times(plan)}".removesuffix(" · "),
        cost if plan.dpu is None else _cost(plan.dpu, price),
    )


def _half(row: tuple[int, PlanNode] | None) -> str:
    if row is None:
        return " " * SIDE
    depth, node = row
    numbers = _numbers(node)
    return fit("  " * depth + node.title, SIDE - len(numbers) - 1) + " " + numbers
