"""Rewrites nested loops as DSQL runs them: outer rows in batches, one storage probe for each.

Only joins whose inner side is an index scan by the outer side's columns are rewritten, as in the
service (user guide, batched-nested-loop-joins; plans recorded on 2026-10-08).
"""

from __future__ import annotations

import re
from dataclasses import replace

from dsql_tui.local.explain.scans import SCAN, conjuncts, joined, mentions_others, named
from dsql_tui.local.explain.tree import Node

_LOOP = re.compile(r"Nested Loop(?: (?P<type>Left|Semi|Anti) Join)?")
_ACTUAL = re.compile(r"actual (?:time=([\d.]+)\.\.([\d.]+) )?rows=(\d+) loops=(\d+)")
_REMOVED = re.compile(r"(Rows Removed by Filter: )(\d+)")


def batched(node: Node) -> Node:
    """Rewrite every nested loop of a plan as DSQL would run it, including the root."""
    rewritten = replace(node, children=[batched(child) for child in node.children])
    loop = _LOOP.fullmatch(node.title)
    inputs = [child for child in rewritten.children if not child.label]
    if loop is None or not inputs:
        return rewritten
    scan = SCAN.fullmatch(inputs[-1].title)
    probe = _property(inputs[-1], "Index Cond")
    if scan is None or not probe:
        return rewritten
    alias = named(scan["relation"])[1]
    probed = [part for part in conjuncts(probe) if mentions_others(part, alias)]
    if not probed:
        return rewritten
    rewritten.children[rewritten.children.index(inputs[-1])], join_filters = _once(
        inputs[-1], alias
    )
    join_filters += [part for part in conjuncts(_property(node, "Join Filter")) if part]
    rewritten.title, rewritten.alias = "Nested Loop (Batched Join)", alias
    rewritten.properties = [
        line for line in node.properties if not line.startswith("Join Filter: ")
    ]
    rewritten.properties += [f"Join Type: {loop['type']}"] if loop["type"] else []
    rewritten.properties.append(f"Recheck Cond: {joined(probed)}")
    rewritten.properties += [f"Join Filter: {joined(join_filters)}"] if join_filters else []
    return rewritten


def _property(node: Node, name: str) -> str:
    lines = (line.partition(": ")[2] for line in node.properties if line.startswith(f"{name}: "))
    return next(lines, "")


def _once(scan: Node, alias: str) -> tuple[Node, list[str]]:
    """Return the inner scan as it runs for a batch, and the conditions that the join keeps."""
    condition = _property(scan, "Filter")
    parts = conjuncts(condition) if condition else []
    join_filters = [part for part in parts if mentions_others(part, alias)]
    own = [part for part in parts if part not in join_filters]
    # With a join filter it is not known which condition removed the rows that PostgreSQL counts.
    properties = [
        _REMOVED.sub(lambda match: f"{match[1]}{int(match[2]) * scan.loops}", line)
        for line in scan.properties
        if not (join_filters and _REMOVED.match(line))
    ]
    at = properties.index(f"Filter: {condition}") if join_filters else len(properties)
    properties[at : at + 1] = [f"Filter: {joined(own)}"] if join_filters and own else []
    return replace(scan, figures=_in_one_loop(scan.figures), properties=properties), join_filters


def _in_one_loop(figures: str) -> str:
    def in_one_loop(match: re.Match[str]) -> str:
        first, last, rows, loops = match.groups()
        time = f"time={first}..{float(last) * int(loops):.3f} " if first else ""
        return f"actual {time}rows={int(rows) * int(loops)} loops=1"

    return _ACTUAL.sub(in_one_loop, figures)
