"""Parses PostgreSQL's text plan into a tree, and formats the tree as text.

`plans.py` rewrites the tree. Nothing here depends on DSQL.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

_NODE = re.compile(
    r"^(?P<indent> *)(?P<arrow>->  )?(?P<title>\S.*?)(?P<figures> {1,2}\((?:cost=|actual ).*)?$"
)
_LABEL = re.compile(r"^(?:InitPlan|SubPlan|CTE) ")
_ROWS = re.compile(r"\bactual (?:time=\S+ )?rows=(\d+)(?: loops=(\d+))?")
_WIDTH = re.compile(r"\bwidth=(\d+)")


@dataclass(slots=True)
class Node:
    """One node of a plan.

    Attributes:
        title: `Seq Scan on orders o`.
        figures: `(cost=…) (actual …)` with the spaces before it, or empty.
        properties: The lines below it, without indentation.
        children: Nodes below it.
        label: Its role in the parent, such as `InitPlan 1 (returns $0)`, or empty.
        alias: Alias of its own relation in its conditions, or empty.
        is_storage: It is a storage node, which DSQL prints differently.
    """

    title: str
    figures: str = ""
    properties: list[str] = field(default_factory=list)
    children: list[Node] = field(default_factory=list)
    label: str = ""
    alias: str = ""
    is_storage: bool = False

    @property
    def rows(self) -> int:
        """Actual rows of all loops; 0 without ANALYZE."""
        match = _ROWS.search(self.figures)
        return int(match[1]) * int(match[2] or 1) if match else 0

    @property
    def loops(self) -> int:
        """Number of loops; 1 without ANALYZE."""
        match = _ROWS.search(self.figures)
        return int(match[2] or 1) if match else 1

    @property
    def width_bytes(self) -> int:
        """Estimated row width in bytes."""
        match = _WIDTH.search(self.figures)
        return int(match[1]) if match else 0

    def lines(self, indent: str = "", arrow: str = "") -> Iterator[str]:
        """Yield the lines of the node and its descendants."""
        arrow = "-> " if self.is_storage else arrow
        yield f"{indent}{arrow}{self.title}{self.figures}"
        below = indent + ("    " if self.is_storage else " " * 6 if arrow else "  ")
        for line in self.properties:
            yield below + line
        for child in self.children:
            if child.label:
                yield below + child.label
                yield from child.lines(below + "  ", "->  ")
            else:
                yield from child.lines(below, "->  ")

    def all(self) -> Iterator[Node]:
        """Yield the node and its descendants."""
        yield self
        for child in self.children:
            yield from child.all()


def parsed(lines: Sequence[str]) -> tuple[Node, list[str]]:
    """Parse the tree of nodes; return it with the lines that follow it."""
    root: Node | None = None
    label = ""
    path: list[tuple[int, Node]] = []
    for number, line in enumerate(lines):
        match = _NODE.match(line)
        if match is None:
            continue
        depth = len(match["indent"])
        if root is not None and not match["arrow"]:
            if depth == 0:
                return root, list(lines[number:])
            if _LABEL.match(line.strip()):
                label = line.strip()
            else:
                path[-1][1].properties.append(line.strip())
            continue
        node = Node(match["title"], match["figures"] or "", label=label)
        label = ""
        while path and path[-1][0] >= depth:
            path.pop()
        if path:
            path[-1][1].children.append(node)
        root = root or node
        path.append((depth, node))
    return root or Node(""), []
