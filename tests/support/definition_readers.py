"""Definitions without a server, for the screen that compares them."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from dsql_tui.console.definitions.opening import no_empty_cluster
from dsql_tui.console.definitions.reading import DefinitionReader, ReadSide
from dsql_tui.errors import InputError
from dsql_tui.schema.compare import changes
from dsql_tui.schema.definitions import Database
from dsql_tui.schema.plan import PlannedChanges
from dsql_tui.schema.renames import Rename
from tests.support.fakes import SHOP, FakeServices


class FixedDefinitions(DefinitionReader):
    """Gives definitions by the text that names them."""

    def __init__(self, databases: Mapping[str, Database]) -> None:
        super().__init__(FakeServices(), lambda _cluster: "admin", no_empty_cluster)
        self.databases = dict(databases)
        self.renames: list[Rename] = []

    def read(self, text: str) -> ReadSide:
        if text not in self.databases:
            raise InputError(f"{text} has no SQL files.", remedy="Name another folder.")
        return ReadSide(text, self.databases[text], SHOP.arn if text == "shop" else "")

    def plan(
        self, first: Database, second: Database, renames: Collection[Rename]
    ) -> PlannedChanges:
        self.renames = [*renames]
        return PlannedChanges(first, changes(first, second))
