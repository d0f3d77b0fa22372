"""Functions and views: those that use nothing that is left out or of another type."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dsql_tui.migrate.expressions import first_word_of
from dsql_tui.migrate.report import Outcome, ReportEntry
from dsql_tui.migrate.scope import MigrationScope
from dsql_tui.schema.definitions import FunctionDefinition, ViewDefinition
from dsql_tui.sql.dsql.rules import objections
from dsql_tui.sql.lexing.names import qualified, quoted
from dsql_tui.sql.lexing.split import split


class Programs:
    """Converts the functions and views of a database.

    Args:
        scope: The database; functions and views that are left out are added to what is lost.

    Attributes:
        entries: What becomes of each.
    """

    def __init__(self, scope: MigrationScope) -> None:
        self._scope = scope
        self._members = {(each.schema, each.name) for each in scope.source.members}
        self._changed = {
            (table.schema, table.name, column.name)
            for table in scope.source.definitions.tables()
            for column in table.columns
            if not scope.types.new_type(column.type_name).is_alike
        }
        self.entries: list[ReportEntry] = []

    def functions(self) -> Iterator[FunctionDefinition]:
        """Yield the functions in SQL that are possible."""
        words = {name for _, name in self._scope.lost} | {
            name for _, name in self._scope.types.renamed
        }
        functions = {
            (each.schema, each.name, each.arguments): each
            for each in self._scope.source.definitions.objects
            if isinstance(each, FunctionDefinition)
        }
        for place, traits in sorted(self._scope.source.functions.items()):
            label = f"{qualified(place[:2])}({place[2]})"
            function = functions.get(place)
            if function is None or traits.language != "sql" or traits.kind not in {"f", "w"}:
                reason = f"{self._scope.lost.get(place[:2], 'not in SQL')}: only SQL is supported"
                action = "Do what it does in the application, or write it as a SQL function."
                self._lose("function", label, reason, action, traits.definition)
                continue
            definition = self._scope.expression(function.definition)
            obstacle = self._function_obstacle(function, definition, words)
            if obstacle:
                self._scope.lost[place[:2]] = "a function that is not carried over"
                action = "Rewrite it for the changed types and functions."
                self._lose("function", label, obstacle, action, traits.definition)
                continue
            self._carry("function", label)
            yield replace(
                function,
                definition=definition,
                arguments=self._scope.expression(function.arguments),
                result=self._scope.expression(function.result),
            )

    def _function_obstacle(
        self, function: FunctionDefinition, definition: str, words: set[str]
    ) -> str | None:
        if (word := first_word_of(function.body, words)) is not None:
            return f"its body uses {quoted(word)}, which is not carried over"
        if obstacle := self._scope.obstacle(definition):
            return obstacle
        result = function.result.removeprefix("SETOF ")
        if not result.startswith("TABLE") and not result.endswith("[]"):
            kind = self._scope.types.new_type(result)
            if not kind.is_alike and result != "void":
                return kind.reason
        refused = (
            objection.message
            for statement in split(function.body)
            for objection in objections(statement.text)
            if not objection.unsure
        )
        return next(refused, None)

    def views(self) -> list[ViewDefinition]:
        """Return the views that are possible: none that uses one that is not."""
        waiting = [
            each
            for each in self._scope.source.definitions.objects
            if isinstance(each, ViewDefinition) and (each.schema, each.name) not in self._members
        ]
        kept = {(each.schema, each.name): each for each in waiting}
        is_settled = False
        while not is_settled:
            is_settled = True
            for name, view in list(kept.items()):
                query = self._scope.expression(view.query)
                obstacle = self._view_obstacle(view, query)
                if obstacle is None:
                    continue
                is_settled = False
                del kept[name]
                self._scope.lost[name] = "a view that is not carried over"
                action = "Rewrite its query for the changed types and functions."
                self._lose("view", view.key.sql, obstacle, action, view.query)
        for view in kept.values():
            self._carry("view", view.key.sql)
        return [replace(view, query=self._scope.expression(view.query)) for view in kept.values()]

    def _view_obstacle(self, view: ViewDefinition, query: str) -> str | None:
        for column in sorted(self._scope.source.view_columns.get((view.schema, view.name), ())):
            if column in self._changed:
                return f"it uses the column {qualified(column)}, whose type is another one"
        for needed in self._scope.source.definitions.requires.get(view.key, ()):
            name = (needed.schema, needed.name)
            is_replaced = self._scope.expression(f"{qualified(name)}()") != f"{qualified(name)}()"
            if name in self._scope.lost and not is_replaced:
                return f"it uses {qualified(name)}, which is {self._scope.lost[name]}"
        return self._scope.obstacle(query)

    def _carry(self, kind: str, name: str) -> None:
        self.entries.append(ReportEntry(kind, name, Outcome.CARRIED))

    def _lose(self, kind: str, name: str, reason: str, action: str, definition: str) -> None:
        self.entries.append(ReportEntry(kind, name, Outcome.LOST, reason, action, definition))
