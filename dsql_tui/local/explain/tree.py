"""PostgreSQL's text plan as a tree, and the tree as text again.

`explain.py` retells the tree. Nothing here knows DSQL.
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
        label: `InitPlan 1 (returns $0)` and the like: what it is for the node above, or empty.
        alias: What its conditions call the relation whose columns are its own, or empty.
        is_storage: It is one of DSQL's storage, which is set in another way.
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
        """Yield the node and all below it."""
        yield self
        for child in self.children:
            yield from child.all()


def parsed(lines: Sequence[str]) -> tuple[Node, list[str]]:
    """Read the tree of nodes, and the lines behind it that belong to none."""
    root: Node | None = None
    label = ""
    path: list[tuple[int, Node]] = []
    for number, line in enumerate(lines):
        found = _NODE.match(line)
        if found is None:
            continue
        depth = len(found["indent"])
        if root is not None and not found["arrow"]:
            if depth == 0:
                return root, list(lines[number:])
            if _LABEL.match(line.strip()):
                label = line.strip()
            else:
                path[-1][1].properties.append(line.strip())
            continue
        node = Node(found["title"], found["figures"] or "", label=label)
        label = ""
        while path and path[-1][0] >= depth:
            path.pop()
        if path:
            path[-1][1].children.append(node)
        root = root or node
        path.append((depth, node))
    return root or Node(""), []
