"""What row editing needs of the tab whose result it changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from dsql_tui.model.endpoint import Endpoint
from dsql_tui.model.result import Column
from dsql_tui.rows.editability import Editability, EditableTable
from dsql_tui.rows.run import ChangesOutcome
from dsql_tui.rows.statements import RowStatement


@dataclass(frozen=True, slots=True)
class ResultOrigin:
    """Where a result comes from.

    Attributes:
        statement: The statement that returned it.
        endpoint: Where it ran, and as whom.
        styles: The settings that its values are written with; see `Described`.
    """

    statement: str
    endpoint: Endpoint | None
    styles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RunPlace:
    """Where and how changes would run.

    Attributes:
        endpoint: The endpoint.
        production: Whether the cluster is one to be careful with.
        in_transaction: Whether they join the transaction that is open.
        rows_changed: Rows that this transaction has changed.
    """

    endpoint: Endpoint
    production: bool = False
    in_transaction: bool = False
    rows_changed: int = 0


class RowService(Protocol):
    """Reads what can be edited, checks values and runs changes on the tab's cluster."""

    def obstacle(self, origin: ResultOrigin) -> str:
        """Return why rows of a result cannot be changed now, or an empty string."""
        ...

    def place(self, origin: ResultOrigin) -> RunPlace | None:
        """Return where changes would run; `None` without a cluster."""
        ...

    async def editability(self, columns: tuple[Column, ...], origin: ResultOrigin) -> Editability:
        """Read which columns of a result can be edited.

        Raises:
            DsqlTuiError: The catalogs cannot be read.
        """
        ...

    async def stored_text(self, type_name: str, text: str, styles: tuple[str, ...]) -> str:
        """Return a value as a column of a type would store it.

        Raises:
            DsqlTuiError: The type does not have the value, or it cannot be checked.
        """
        ...

    async def run(
        self,
        statements: Sequence[RowStatement],
        tables: Mapping[int, EditableTable],
        origin: ResultOrigin,
    ) -> ChangesOutcome | None:
        """Run changes; return `None` if the session is busy or cannot be opened."""
        ...

    def staged(self) -> None:
        """Update the tab after the staged changes of its results have changed."""
        ...

    def insert(self, text: str) -> None:
        """Insert a text into the editor."""
        ...
