"""Rewrites PostgreSQL's text plans in DSQL's format, where the mapping is known.

Scans and nested loops are rewritten (`scans`, `joins`); all other nodes are PostgreSQL's, in DSQL
too. The gateway always requests a VERBOSE plan, which names the columns, and removes the additional
details if the client has not requested them. EXPLAIN ANALYZE VERBOSE ends with the DPU estimate,
computed by the billing formulas from what the statement has read and written.
Source: user guide, reading-dsql-explain-plans and working-with-explain-plans (September 2026).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence

from dsql_tui.local.explain.joins import batched
from dsql_tui.local.explain.plan_context import PlanContext
from dsql_tui.local.explain.scans import (
    IDENTIFIER,
    SCAN,
    WRITE,
    named,
    removed,
    rewritten_scans,
    with_schema_of,
)
from dsql_tui.local.explain.tree import Node, parsed
from dsql_tui.local.metering import dpu

_TIMES = re.compile(r"^(?:Planning|Execution) Time: ([\d.]+) ms$")
_QUALIFIER = re.compile(rf"(?<![\w'\".])({IDENTIFIER})\.(?={IDENTIFIER})")
_SCHEMA = re.compile(rf"( on ){IDENTIFIER}\.(?={IDENTIFIER})")
_SETTINGS_OF_OURS = re.compile(
    r"(?:, )?(?:(?:jit|enable_bitmapscan|enable_memoize) = 'off'"
    r"|max_parallel_workers_per_gather = '0'|seq_page_cost = '4'|random_page_cost = '1')"
)
_SEVERAL = 2
_IDENTIFIER_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
_FORMATTED = ("[", "<", "- Plan", "{")


def rewritten(lines: Sequence[str], statement: str, context: PlanContext) -> list[str]:
    """Return a VERBOSE plan's lines in DSQL's format; only the text format is changed.

    Args:
        lines: The plan that PostgreSQL has returned.
        statement: The EXPLAIN statement.
        context: How to rewrite it.
    """
    if not lines or lines[0].lstrip().startswith(_FORMATTED):
        return list(lines)
    root, footer = parsed(lines)
    usage = _usage(root, footer, context)
    tree = rewritten_scans(batched(root) if context.batches else root, None, context.columns)
    if not context.is_verbose:
        _make_terse(tree, is_lone=sum(" Scan" in node.title for node in root.all()) < _SEVERAL)
    shown = list(tree.lines())
    footer = [line for line in map(_without_settings, footer) if line]
    if context.costs_dpu:
        shown.append(f"Query Identifier: {_identifier(statement)}")
        footer += _estimate(usage, is_multi_region=context.is_multi_region)
    return shown + footer


def relations(lines: Sequence[str]) -> set[str]:
    """Return the relations and indexes that a VERBOSE plan scans, with their schemas."""
    match: set[str] = set()
    for line in lines:
        scan = SCAN.fullmatch(re.sub(r"^ *(?:->  )?|  \(.*$", "", line))
        if scan is not None:
            relation = named(scan["relation"])[0]
            match.add(relation)
            if scan["index"]:
                match.add(with_schema_of(relation, scan["index"]))
    return match


def _without_settings(line: str) -> str:
    """Return a line after the plan without the local DSQL's own settings, or nothing."""
    if line.startswith("Trigger "):
        return ""
    if line.startswith("Settings: "):
        line = _SETTINGS_OF_OURS.sub("", line).replace("Settings: , ", "Settings: ")
        return "" if line == "Settings: " else line
    return line


def _make_terse(root: Node, *, is_lone: bool) -> None:
    """Remove the details of VERBOSE: outputs, schemas, and qualifiers if there is one relation."""
    for node in root.all():
        node.title = _SCHEMA.sub(r"\1", node.title)
        own = re.compile(rf"(?<![\w'\".]){re.escape(node.alias)}\.(?={IDENTIFIER})")
        qualifier = _QUALIFIER if is_lone else own if node.alias else None
        node.properties = [
            _outside_literals(qualifier, "", line) if qualifier else line
            for line in node.properties
            if not line.startswith(("Output: ", "Function Call: ", "Inner Unique: "))
        ]


def _outside_literals(pattern: re.Pattern[str], spelled: str, text: str) -> str:
    pieces = re.split(r"('(?:[^']|'')*')", text)
    pieces[::2] = [pattern.sub(spelled, piece) for piece in pieces[::2]]
    return "".join(pieces)


def _usage(root: Node, footer: Iterable[str], context: PlanContext) -> dpu.DpuUsage:
    """Compute the DPU of a statement; a row counts at least 128 bytes."""
    times = [match for line in footer if (match := _TIMES.match(line))]
    read_bytes = written_bytes = entries = 0
    for node in root.all():
        if SCAN.fullmatch(node.title):
            read_rows = node.rows + removed(node) * node.loops
            read_bytes += read_rows * max(node.width_bytes, dpu.ROW_MIN_BYTES)
        elif WRITE.match(node.title):
            if node.title.startswith("Insert"):  # the key of each new row is looked up
                read_bytes += sum(child.rows for child in node.children) * dpu.ROW_MIN_BYTES
            if node.title.startswith("Update"):  # an entry is removed and another one added
                entries += 2 * context.changed_indexes * sum(child.rows for child in node.children)
            written_bytes += sum(
                child.rows * max(child.width_bytes, dpu.ROW_MIN_BYTES) for child in node.children
            )
    if context.written_bytes is not None:
        written_bytes = context.written_bytes
    write = dpu.write_dpu(0, written_bytes + entries * dpu.ROW_MIN_BYTES)
    return dpu.DpuUsage(
        compute=sum(float(match[1]) for match in times) / 1_000 * dpu.COMPUTE_DPU_PER_SECOND,
        read=dpu.read_dpu(read_bytes),
        write=write,
        multi_region_write=write if context.is_multi_region else 0.0,
    )


def _estimate(usage: dpu.DpuUsage, *, is_multi_region: bool) -> list[str]:
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
    """Return an identifier of 13 characters, the same for the same statement."""
    number = int.from_bytes(hashlib.blake2b(statement.encode(), digest_size=9).digest(), "big")
    letters = []
    for _ in range(13):
        number, place = divmod(number, len(_IDENTIFIER_LETTERS))
        letters.append(_IDENTIFIER_LETTERS[place])
    return "".join(letters)
