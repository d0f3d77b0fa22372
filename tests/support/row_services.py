"""What row editing needs of a tab, without one: a table that a person may change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dsql_tui.console.results.row_editing.service import ResultOrigin, RunPlace
from dsql_tui.model.result import Column
from dsql_tui.model.source_table import SourceTable
from dsql_tui.rows.editability import Editability, EditableTable, editability_of
from dsql_tui.rows.run import ChangesOutcome
from dsql_tui.rows.statements import RowStatement
from tests.support.dialogs import ENDPOINT


class FixedRows:
    """Lets rows of one table be changed; nothing runs.

    Args:
        table: The table.
    """

    def __init__(self, table: SourceTable) -> None:
        self._table = table

    def obstacle(self, _origin: ResultOrigin) -> str:
        return ""

    def place(self, _origin: ResultOrigin) -> RunPlace | None:
        return RunPlace(ENDPOINT)

    async def editability(self, columns: tuple[Column, ...], _origin: ResultOrigin) -> Editability:
        return editability_of(columns, {self._table.oid: self._table})

    async def stored_text(self, _type_name: str, text: str, _styles: tuple[str, ...]) -> str:
        return text

    async def run(
        self,
        _statements: Sequence[RowStatement],
        _tables: Mapping[int, EditableTable],
        _origin: ResultOrigin,
    ) -> ChangesOutcome | None:
        return None

    def staged(self) -> None:
        pass

    def insert(self, text: str) -> None:
        pass
