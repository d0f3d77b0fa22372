"""Contents of the board's cells: columns, texts and styles of a cluster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dsql_tui.console.fleet.rows import Beside, FleetRow, activity_cells
from dsql_tui.console.shared.fleet_services import ACTIVITY_SPAN
from dsql_tui.console.shared.words import short_region, status_glyph
from dsql_tui.console.widgets.listing import fit
from dsql_tui.model.cluster import Cluster
from dsql_tui.model.metrics import blocks
from dsql_tui.model.span import age

SPARK_WIDTH = 12
GAP = 2
"""Blank cells between columns."""
NAME_MIN, NAME_MAX = 12, 40
PLAIN = "text"
Cell = tuple[tuple[str, str], ...]
"""Pieces of text with their paints, so data is never read as markup."""


@dataclass(frozen=True, slots=True)
class BoardColumn:
    """A column of the board.

    Attributes:
        title: Its heading.
        width: In cells; the name's is computed from the space that the others leave.
        from_width: Width of the table from which on it is shown.
        right: Whether the column is aligned to the right.
    """

    title: str
    width: int
    from_width: int = 0
    right: bool = False


NAME, PROFILE = "name", "profile"
COLUMNS = (
    BoardColumn(NAME, 0),
    BoardColumn("status", 15),
    BoardColumn("Regions", 13),
    BoardColumn(PROFILE, 12, 80),
    BoardColumn("age", 6, right=True),
    BoardColumn("3 h", SPARK_WIDTH, 70),
    BoardColumn("round trip", 10, 90, right=True),
    BoardColumn("witness", 7, 104),
    BoardColumn("protected", 9, 104),
    BoardColumn("key", 8, 114),
    BoardColumn("policy", 6, 130),
    BoardColumn("streams", 7, 130, right=True),
    BoardColumn("tags", 24, 160),
)


def columns_for(width: int, *, profiles: bool) -> tuple[BoardColumn, ...]:
    """Return the columns that fit into a width, each with its own width.

    Args:
        width: Cells.
        profiles: Clusters of several profiles are shown.
    """
    shown = [
        column
        for column in COLUMNS
        if width >= column.from_width and (profiles or column.title != PROFILE)
    ]
    taken = sum(column.width + GAP for column in shown if column.title != NAME)
    name = min(max(width - taken - GAP - 1, NAME_MIN), NAME_MAX)
    return tuple(BoardColumn(NAME, name) if each.title == NAME else each for each in shown)


def cells_of(
    row: FleetRow,
    columns: Sequence[BoardColumn],
    beside: Beside,
    now: datetime,
    *,
    is_favourite: bool,
) -> list[Cell]:
    """Return a cluster's cells, each exactly as wide as its column."""
    star = "★ " if is_favourite else ""
    words: dict[str, Cell] = {
        NAME: ((star + row.name, PLAIN),),
        "status": _status(row),
        "Regions": ((" ⇄ ".join(map(short_region, row.regions)), PLAIN),),
    }
    if row.first is not None:
        words |= _more(row, row.first, beside, now)
    return [_filled(words.get(column.title, (("", PLAIN),)), column) for column in columns]


def _filled(cell: Cell, column: BoardColumn) -> Cell:
    """Cut or fill the last piece to the column's width; only the status has two pieces."""
    *before, (text, paint) = cell
    taken = sum(len(piece) for piece, _ in before)
    return (*before, (fit(text, column.width - taken, right=column.right), paint))


def _status(row: FleetRow) -> Cell:
    if row.failed is not None:
        return ((f"✗ {row.failed.error.message}", "bad"),)
    if not row.sides:
        return (("◌ …", "warning"),)
    glyph, paint = status_glyph(row.statuses[0])
    words = "/".join(status.lower().replace("_", " ") for status in row.statuses)
    return ((f"{glyph} ", paint), (words, PLAIN))


def _more(row: FleetRow, first: Cluster, beside: Beside, now: datetime) -> dict[str, Cell]:
    spark = activity_cells(row, beside.activity, now - ACTIVITY_SPAN, now, SPARK_WIDTH)
    protected = {side.deletion_protection for side in row.sides}
    extras = [beside.extras.get(side.identifier) for side in row.sides]
    policies = [each.policy_version for each in extras if each]
    streams = [each.streams for each in extras if each]
    tags = (f"{key}={value}" for key, value in first.tags.items() if key != "Name")
    words = {
        PROFILE: beside.profiles.get(first.identifier, ""),
        "round trip": _round_trips(beside.round_trips_of(row)),
        "age": age(row.created_at or now, now),
        "witness": short_region(first.witness_region) if first.witness_region else "",
        "protected": "one of two" if len(protected) > 1 else "yes" if True in protected else "no",
        "policy": _known(policies, "yes" if any(policies) else "no"),
        "streams": _known(streams, str(sum(each or 0 for each in streams))),
        "tags": " ".join(tags),
    }
    return {
        **{title: ((text, PLAIN),) for title, text in words.items()},
        "3 h": ((blocks(spark), "accent"),),
        "key": (_key(row),),
    }


def _key(row: FleetRow) -> tuple[str, str]:
    if any(side.encryption_status == "KMS_KEY_INACCESSIBLE" for side in row.sides):
        return "inaccessible", "bad"
    own = any(side.encryption_type == "CUSTOMER_MANAGED_KMS_KEY" for side in row.sides)
    return "customer" if own else "AWS", PLAIN


def _round_trips(times_ms: Sequence[float | None]) -> str:
    """Return the round-trip times to a cluster's Regions: `12 ms`, `0.8/80 ms`, `–` if unknown."""
    if not any(times_ms):
        return "–" if times_ms else ""
    words = (
        "–" if each is None else f"{each:.1f}" if each < 10 else f"{each:.0f}" for each in times_ms
    )
    return f"{'/'.join(words)} ms"


def _known(values: Sequence[object], words: str) -> str:
    """Return `words`; nothing before it is read, a mark if it could not be read."""
    if not values:
        return ""
    return "?" if None in values else words


def group_label(group_by: str, group: str, number: int) -> str:
    """Return a group's line."""
    label = f"{group_by} = {group}" if group else f"no {group_by}"
    return f"{label} ({number})"
