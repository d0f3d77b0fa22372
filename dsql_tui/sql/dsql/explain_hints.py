"""Hints about a plan: what costs most, and what would help.

The rules are from the user guide (reading-dsql-explain-plans): Index Cond reads the fewest rows;
Filters (plural) are applied in storage; a Filter (singular) is applied to rows that storage has
already read, billed and sent; a Storage Lookup fetches columns that the index does not contain.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from dsql_tui.model.plan import Plan, PlanNode
from dsql_tui.sql.lexing.keywords import words

MANY_ROWS = 1_000
"""Below this a scan of everything is not worth a word."""
WRONG_BY = 10
"""An estimate that is off by this factor is."""
FEW_OF = 4
"""An index is worth its look-ups where it finds at most one row of so many; a filter is worth a
word where it drops at least one of so many."""
LOOKUPS = 2
"""Rows fetched again; one alone is not worth a wider index."""
MANY_FILTERED = 100
"""Rows that a late filter has dropped."""
TEMPORARY_SPACE_MIB = 128
"""A query's temporary space (user guide, CHAP_quotas)."""


@dataclass(frozen=True, slots=True)
class Hint:
    """A hint about a step, or about the whole plan if `node` is `None`."""

    text: str
    node: PlanNode | None = None


def hints(plan: Plan) -> list[Hint]:
    """Return the hints in the order of the steps.

    A plan shows neither the whole definition of an index nor the types of columns; advice that
    depends on them is not given.
    """
    if plan.root is None:
        return []
    hints_so_far: list[Hint] = []
    for step in _steps(plan.root):
        for check in _CHECKS:
            hints_so_far += [Hint(text, step.node) for text in check(step)]
    return hints_so_far + [Hint(text) for text in _minimums(plan)]


@dataclass(frozen=True, slots=True)
class _Step:
    """A step with its ancestors.

    Attributes:
        node: The node of the plan.
        stops_early: A step above may end it before it has returned all of its rows.
        rows_wanted: A step above changes or locks whole rows of the relation.
    """

    node: PlanNode
    stops_early: bool = False
    rows_wanted: bool = False


_BLOCKING = ("Sort", "Aggregate", "HashAggregate", "Hash", "WindowAgg", "Materialize")
"""Steps that read all of their input before they return a row."""
_ENDS_INPUT = re.compile(r"Limit|.* (?:Semi|Anti) Join.*|Merge .*Join.*")
_WHOLE_ROWS = re.compile(r"(?:Update|Delete|LockRows)\b.*")


def _steps(
    node: PlanNode, *, stops_early: bool = False, rows_wanted: bool = False
) -> Iterator[_Step]:
    yield _Step(node, stops_early, rows_wanted)
    stops = bool(_ENDS_INPUT.fullmatch(node.operation)) or node.detail("Join Type") in _HALF_JOINS
    below = (stops or stops_early) and node.operation not in _BLOCKING
    whole = rows_wanted or bool(_WHOLE_ROWS.fullmatch(node.operation))
    for child in node.children:
        # EXISTS and scalar subqueries stop as soon as their result is known.
        subplan = child.label.startswith(("SubPlan", "InitPlan"))
        yield from _steps(child, stops_early=below or subplan, rows_wanted=whole)


_HALF_JOINS = {"Semi", "Anti"}
_SCAN = re.compile(r"(?:Parallel )?(?:Full|Seq|Index|Index Only) Scan\b.*")
_FULL = re.compile(r"(?:Parallel )?(?:Full|Seq) Scan\b.*")
_CATALOG = re.compile(r"(?:pg_catalog|information_schema|sys)\..*|pg_\w+")


def _is_scan(node: PlanNode, kind: re.Pattern[str] = _SCAN) -> bool:
    """Whether a step reads a user table; not a function, a CTE, VALUES or a catalog."""
    return bool(kind.fullmatch(node.operation)) and not _CATALOG.fullmatch(node.relation)


def _storage_steps(node: PlanNode) -> Iterator[PlanNode]:
    """Yield the steps in storage that belong to a scan; those of a subplan below it do not."""
    for child in node.children:
        if child.operation.startswith(("Storage ", "B-Tree ")):
            yield child
            yield from _storage_steps(child)


def _full_scan(step: _Step) -> Iterator[str]:
    node = step.node
    read = _rows_read(node)
    if not _is_scan(node, _FULL) or read < MANY_ROWS or step.stops_early:
        return
    conditions = [node.detail("Filter"), *(each.detail("Filters") for each in _storage_steps(node))]
    pushed = [column for each in conditions[1:] for column in _comparable(each, node)]
    columns = list(dict.fromkeys(pushed or _comparable(conditions[0], node)))
    matching = min(map(_rows, _storage_steps(node)), default=read) if pushed else _rows(node)
    helps = ""
    if columns and matching * FEW_OF <= read:
        helps = f" An index on {', '.join(columns)} could find the rows that match."
    elif not any(conditions):
        helps = " There is no condition that an index could use."
    yield (
        f"Reads every row of {node.relation} (about {read:,.0f});"
        f" rows scanned are billed, not rows returned.{helps}"
    )


def _lookup(step: _Step) -> Iterator[str]:
    node = step.node
    if step.rows_wanted or not _is_scan(node):
        return
    for lookup in (child for child in node.children if child.operation == "Storage Lookup"):
        read = _listed(lookup.detail("Projections"))
        read += [name for name in _columns(lookup.detail("Filters")) if name not in read]
        held, unclear = _in_index(node)
        if _rows(lookup) < LOOKUPS or not set(read).isdisjoint(unclear):
            continue
        if lacking := [name for name in read if name not in held]:
            yield (
                f"Each row that {node.index or 'the index'} finds is then read from"
                f" {lookup.relation}. An index that holds {', '.join(lacking)} too"
                f" (INCLUDE) would be enough."
            )


def _in_index(node: PlanNode) -> tuple[set[str], set[str]]:
    """Return the columns that an index contains, and those it has only in expressions."""
    held: set[str] = set()
    named: set[str] = set()
    for each in _index_steps(node):
        held.update(_listed(each.detail("Projections")))
        held.update(_columns(each.detail("Filters")))
        for part in _conjuncts(each.detail("Index Cond")):
            named.update(_columns(part))
            if match := _COMPARED.fullmatch(part):
                held.add(match["column"])
    return held, named - held


def _index_steps(node: PlanNode) -> Iterator[PlanNode]:
    yield node
    for child in node.children:
        if child.operation in {"Storage Scan", "B-Tree Scan"}:
            yield from _index_steps(child)


def _late_filter(step: _Step) -> Iterator[str]:
    node = step.node
    condition = node.detail("Filter")
    storage = next(_storage_steps(node), None)
    if not condition or storage is None or not _is_scan(node) or step.stops_early:
        return
    removed = node.detail("Rows Removed by Filter")
    shipped = _rows(storage)
    dropped = ""
    if node.actual is not None:
        loops = max(node.actual.loops, 1)
        count = int(removed) * loops if removed.isdecimal() else 0
        if count < MANY_FILTERED or count * FEW_OF < shipped:
            return
        dropped = f"; {count:,} rows were then discarded"
    elif shipped < MANY_ROWS:
        return
    yield (
        f"The filter {condition} is applied after the rows were read and shipped{dropped}."
        " A condition that storage understands (=, <, >, IN on plain columns) is applied there."
    )


def _estimate(step: _Step) -> Iterator[str]:
    node = step.node
    if node.actual is None or node.estimate is None or not node.actual.loops:
        return
    if not _is_scan(node) or step.stops_early:
        return
    expected, actual = max(node.estimate.rows, 1), max(node.actual.rows, 1)
    factor = max(expected / actual, actual / expected)
    if factor < WRONG_BY or max(expected, actual) < MANY_ROWS:
        return
    yield (
        f"{expected:,} rows were expected and {node.actual.rows:,.0f} came:"
        f" ANALYZE {node.relation} refreshes the statistics the planner works with."
    )


def _spill(step: _Step) -> Iterator[str]:
    method = step.node.detail("Sort Method")
    if "Disk:" in method:
        yield (
            f"The sort did not fit into memory ({method});"
            f" a query may use {TEMPORARY_SPACE_MIB} MiB of temporary space, not more."
        )


def _repeated_scan(step: _Step) -> Iterator[str]:
    node = step.node
    if not node.operation.startswith("Nested Loop") or len(node.children) < 2:
        return
    inner = node.children[-1]
    loops = inner.actual.loops if inner.actual else 0
    # Without a join condition it is a cross join, which needs every pair of rows.
    joined = node.detail("Join Filter") or inner.detail("Filter")
    if _is_scan(inner, _FULL) and loops > 1 and joined and _rows_read(inner) >= MANY_ROWS:
        yield (
            f"{inner.relation} is scanned completely {loops:,} times, once for each row of"
            " the joined table: an index on the join's column would help most."
        )


_CHECKS = (_full_scan, _lookup, _late_filter, _estimate, _spill, _repeated_scan)


def _minimums(plan: Plan) -> Iterator[str]:
    if plan.dpu is None:
        return
    for name, least in plan.dpu.minimums.items():
        used = plan.dpu.parts.get(name, least)
        if 0 < used < least:
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
    return max(_rows(each) for each in (node, *_storage_steps(node)))


def _listed(projections: str) -> list[str]:
    return [part.strip() for part in projections.split(",") if part.strip()]


_IDENTIFIER = r'(?:"(?:[^"]|"")+"|[a-z_][\w$]*)'
_COMPARED = re.compile(
    rf"""\(*(?:{_IDENTIFIER}\.)?(?P<column>{_IDENTIFIER})\)?(?:::[\w ]+)?
        (?:\ (?:=|<|>|<=|>=)\ (?P<value>.+)|\ IS\ (?:NOT\ )?NULL)\)*""",
    re.VERBOSE,
)
"""A column alone compared with something; what an index on the column can look for."""
_NO_KEY = re.compile(
    r"(?!ANY\b).*::(?:[\w ]+\[\]|bytea|interval|time with time zone|jsonb?)(?:\)|$)"
)
"""A value of a type no index can have as a key (user guide, supported data types)."""


def _comparable(condition: str, node: PlanNode) -> list[str]:
    """Return the columns in a condition that an index could search for, without duplicates."""
    columns: list[str] = []
    for part in _conjuncts(condition):
        match = _COMPARED.fullmatch(part)
        value = (match["value"] or "") if match else ""
        if match and not _NO_KEY.match(value) and not _own_columns(value, node):
            columns.append(match["column"])
    return list(dict.fromkeys(columns))


def _own_columns(value: str, node: PlanNode) -> bool:
    """Whether a value is computed from the row itself, so that no index can search for it."""
    bare = _LITERALS_AND_CASTS.sub(" ", value)
    own = {"", node.alias or node.relation.rpartition(".")[2]}
    return any(
        match.group(1).lower() not in _NOT_COLUMNS and match.group(0).rpartition(".")[0] in own
        for match in _WORDS.finditer(bare)
    )


def _conjuncts(condition: str) -> list[str]:
    """Cut `((a) AND (b))` at the ANDs of its outermost level."""
    if not condition.startswith("(("):
        return [condition] if condition else []
    parts: list[str] = []
    depth = start = 0
    quote = ""
    for at, character in enumerate(condition):
        if character in "'\"" and quote in {"", character}:
            quote = "" if quote else character
        elif not quote:
            depth += (character == "(") - (character == ")")
            if depth == 1 and condition.startswith(" AND ", at + 1):
                parts.append(condition[start + 1 : at + 1])
                start = at + 5
    return [*parts, condition[start + 1 : -1]] if parts else [condition]


_LITERALS_AND_CASTS = re.compile(
    r"'(?:[^']|'')*'|::(?:time(?:stamp)? with(?:out)? time zone|double precision"
    r"|character varying|\w+)(?:\[\])?"
)
_WORDS = re.compile(r'(?:\w+\.)?("(?:[^"]|"")+"|[a-z_]\w*)(?!\s*\(|\w)')
_NOT_COLUMNS = words("and or not null is in any all true false case when then else end")


def _columns(condition: str) -> list[str]:
    """Return the names of columns in a printed condition, each once."""
    bare = _LITERALS_AND_CASTS.sub(" ", condition)
    names = [match.group(1) for match in _WORDS.finditer(bare)]
    return list(dict.fromkeys(name for name in names if name.lower() not in _NOT_COLUMNS))
