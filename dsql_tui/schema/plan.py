"""What turns one database into another, for people and as a script."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import NamedTuple

from dsql_tui.schema.change import DefinitionChange
from dsql_tui.schema.compare import changes
from dsql_tui.schema.definitions import Database
from dsql_tui.schema.print import script
from dsql_tui.schema.renames import Rename, in_order
from dsql_tui.schema.sources import EmptyCluster, definitions_after_renames


class PlannedChanges(NamedTuple):
    """What turns a database into another one.

    Attributes:
        renamed: The first database as it is after the renames.
        changes: The renames, then all other changes, in the order in which they must run.
    """

    renamed: Database
    changes: list[DefinitionChange]


def plan_changes(
    first: Database,
    second: Database,
    renames: Collection[Rename],
    empty_cluster: EmptyCluster,
) -> PlannedChanges:
    """Return what turns `first` into `second`.

    Args:
        first: How it is.
        second: How it is to be.
        renames: Renames that a person stated or confirmed, each still to be made.
        empty_cluster: Where the renames are tried, if there are any.

    Raises:
        InputError: A rename is not possible.
        LocalError: The local DSQL cannot run.
    """
    ordered = in_order(renames)
    renamed = definitions_after_renames(first, ordered, empty_cluster)
    return PlannedChanges(renamed, [*(each.change for each in ordered), *changes(renamed, second)])


def merged(listed: Sequence[DefinitionChange]) -> list[DefinitionChange]:
    """Return changes without those that repeat what an earlier one says."""
    seen: dict[tuple[str, str], DefinitionChange] = {}
    for change in listed:
        key = (change.kind, change.label)
        held = seen.get(key)
        if held is None:
            seen[key] = change
        else:
            drops, impossible = held.drops or change.drops, held.impossible or change.impossible
            seen[key] = replace(held, drops=drops, impossible=impossible)
    return list(seen.values())


def difference_script(
    listed: Sequence[DefinitionChange],
    *,
    allow_drop: bool,
    withheld: str = "Not written without --allow-drop:",
) -> str:
    """Return the statements of differences; what is impossible or not allowed is a comment.

    Args:
        listed: The differences.
        allow_drop: Write statements that drop something as statements.
        withheld: The comment before those that are not.
    """
    lines: list[str] = []
    for change in listed:
        if change.impossible:
            lines += _commented(f"No statement for {change.label}: {change.impossible}")
        if change.drops:
            lines += _commented(f"Drops {change.drops}: {change.label}.")
        if change.note:
            lines += _commented(f"{change.label}: {change.note}")
        text = script(change.statements).rstrip("\n")
        if text and change.drops and not allow_drop:
            lines += _commented(f"{withheld}\n{text}")
        elif text:
            lines.append(text)
    return "".join(f"{line}\n" for line in lines)


def _commented(text: str) -> list[str]:
    # Names may have line breaks, and a comment of SQL ends at a carriage return, too.
    return [f"-- {line}" for line in text.replace("\r", "\n").split("\n")]
