"""Contents of the tables of the roles screen, computed for visible cells only.

Pure: no widget. A cell is a list of pieces, each a text and the name of its paint, so data is never
read as markup.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from dsql_tui.model.access.acl import PUBLIC, Right, grantee_name
from dsql_tui.model.access.effective import Access, Held, Reach, RightSourceKind
from dsql_tui.model.access.role import SecurableKind
from dsql_tui.model.access.snapshot import Securable
from dsql_tui.model.access.why import ROW_RIGHTS

Cell = list[tuple[str, str]]
"""Pieces of text with their paints: `good`, `muted`, `warning`, `bad`, `text`."""
DIRECT, THROUGH, COLUMNS, BLOCKED, NONE = "●", "○", "◐", "⊘", "–"
LEGEND = "● granted  ○ inherited  ◐ some columns  ⊘ no USAGE on the schema  – no"
_NEAR = {RightSourceKind.DIRECT, RightSourceKind.OWNERSHIP, RightSourceKind.SUPERUSER}
_KIND_WORDS = {
    SecurableKind.SCHEMA: "schema ",
    SecurableKind.SEQUENCE: "sequence ",
    SecurableKind.FUNCTION: "function ",
}


def object_name(securable: Securable) -> str:
    """Return an object's name, followed by its kind if it is not a relation."""
    return f"{_KIND_WORDS.get(securable.kind, '')}{securable.label}"


@dataclass(frozen=True, slots=True)
class AccessColumn:
    """The heading and width, in cells, of a table's column."""

    heading: str
    width: int
    centred: bool = False


class AccessSource(Protocol):
    """The rows and columns of a table."""

    columns: Sequence[AccessColumn]

    def __len__(self) -> int:
        """Return how many rows there are."""
        ...

    def cell(self, row: int, column: int) -> Cell:
        """Return the contents of a cell."""
        ...


class Grants:
    """One row for each pair of a role and an object, with the role's privileges.

    Args:
        access: The access model to query.
        pairs: A role and an object for each row.
        by_role: Rows are named by their role, else by their object.
    """

    def __init__(
        self, access: Access, pairs: Sequence[tuple[str, Securable]], *, by_role: bool
    ) -> None:
        self._access, self.pairs = access, pairs
        names = [
            grantee_name(role) if by_role else object_name(securable) for role, securable in pairs
        ]
        self._names = names
        width = min(max([len(name) for name in names] + [12]), 40)
        self.columns: Sequence[AccessColumn] = (
            AccessColumn("role" if by_role else "object", width),
            *(AccessColumn(right, len(right), centred=True) for right in ROW_RIGHTS),
            AccessColumn("also", 13),
            AccessColumn("through", 36),
        )
        self._details = lru_cache(maxsize=512)(self._read)

    def __len__(self) -> int:
        return len(self.pairs)

    def cell(self, row: int, column: int) -> Cell:
        """Return a name, a mark, other privileges in words, or the role they are inherited from."""
        if column == 0:
            return [(self._names[row], "text")]
        return self._details(row)[column - 1]

    def _read(self, row: int) -> list[Cell]:
        role, securable = self.pairs[row]
        held = {each.right: each for each in self._access.effective(role, securable)}
        cells: list[Cell] = []
        for right in ROW_RIGHTS:
            near = right in held and held[right].sources[0].kind in _NEAR
            cells.append([_mark(self._access.reach(role, securable, right), near=near)])
        shown = [each for each in held.values() if each.right not in _UNUSED]
        others = [each for each in shown if each.right not in ROW_RIGHTS]
        words = [f"{each.right}{'*' if _passes_on(each) else ''}" for each in others]
        cells.append([(", ".join(words), "text")])
        sources = dict.fromkeys(each.sources[0].words for each in shown)
        cells.append([(", ".join(sources), "muted")])
        return cells


_UNUSED = {Right.TRUNCATE, Right.TRIGGER}
"""Privileges on what DSQL does not have."""


def _passes_on(held: Held) -> bool:
    nearest = held.sources[0]
    return nearest.grantable and nearest.kind is not RightSourceKind.OWNERSHIP


def _mark(reach: Reach, *, near: bool) -> tuple[str, str]:
    match reach:
        case Reach.FULL:
            return (DIRECT, "good") if near else (THROUGH, "good")
        case Reach.COLUMNS:
            return COLUMNS, "warning"
        case Reach.BLOCKED:
            return BLOCKED, "bad"
    return NONE, "muted"


class Matrix:
    """Relations by roles; a cell holds S, I, U, D or a mark for each."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self.objects = access.snapshot.relations
        self.roles = [*(role.name for role in access.snapshot.own_roles), PUBLIC]
        width = min(max([len(securable.label) for securable in self.objects] + [12]), 40)
        self.columns: Sequence[AccessColumn] = (
            AccessColumn("relation", width),
            *(
                AccessColumn(
                    grantee_name(role), min(max(len(grantee_name(role)), 4), 16), centred=True
                )
                for role in self.roles
            ),
        )
        self._cells = lru_cache(maxsize=8192)(self._read)

    def __len__(self) -> int:
        return len(self.objects)

    def cell(self, row: int, column: int) -> Cell:
        """Return a relation's name, or four letters or marks."""
        if column == 0:
            return [(self.objects[row].label, "text")]
        return self._cells(row, column)

    def _read(self, row: int, column: int) -> Cell:
        role, securable = self.roles[column - 1], self.objects[row]
        return [_letter(self._access.reach(role, securable, right), right) for right in ROW_RIGHTS]


def _letter(reach: Reach, right: Right) -> tuple[str, str]:
    match reach:
        case Reach.FULL:
            return right[0], "good"
        case Reach.COLUMNS:
            return right[0].lower(), "warning"
        case Reach.BLOCKED:
            return BLOCKED, "bad"
    return NONE, "muted"


MATRIX_LEGEND = "S select  I insert  U update  D delete · lower case: some columns · ⊘ no USAGE"
