"""Converts the definitions of a PostgreSQL database to those of a cluster.

Every object of the source is reported once at least: carried over, rewritten, or left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dsql_tui.migrate.columns import NewColumn, Serials, new_column
from dsql_tui.migrate.conversion import Choices, ColumnMove, Conversion, TableMove
from dsql_tui.migrate.expressions import first_word_of
from dsql_tui.migrate.keys import Keys, foreign_keys
from dsql_tui.migrate.leftovers import leftovers
from dsql_tui.migrate.programs import Programs
from dsql_tui.migrate.report import Outcome, ReportEntry
from dsql_tui.migrate.scope import MigrationScope
from dsql_tui.migrate.source import RelationTraits, SourceDatabase
from dsql_tui.migrate.types import Types
from dsql_tui.schema.definitions import (
    ConstraintDefinition,
    Database,
    Definition,
    DomainDefinition,
    SchemaDefinition,
    SequenceDefinition,
    SequenceOptions,
    StatisticsDefinition,
    TableDefinition,
)
from dsql_tui.sql.lexing.names import qualified, quoted

QualifiedName = tuple[str, str]
COLUMNS_MAX = 255
"""Columns of a table (user guide, CHAP_quotas)."""


def convert(source: SourceDatabase, choices: Choices | None = None) -> Conversion:
    """Return what a database becomes."""
    return _Converter(source, choices or Choices()).conversion()


class _Converter:
    def __init__(self, source: SourceDatabase, choices: Choices) -> None:
        self._source = source
        self._scope = MigrationScope(
            source,
            Types(source, choices.number),
            Serials(source.definitions, choices.serial),
            choices.cache,
        )
        self._entries: list[ReportEntry] = []
        self._members = {(each.schema, each.name): each.extension for each in source.members}
        self._moves: list[TableMove] = []

    def conversion(self) -> Conversion:
        """Return what the database becomes."""
        self._find_lost()
        self._entries += leftovers(self._source)
        if self._scope.serials.columns:
            self._report_serials()
        tables = self._tables()
        made: list[Definition] = []
        for each in self._source.definitions.objects:
            match each:
                case SchemaDefinition():
                    made.append(self._schema(each))
                case DomainDefinition():
                    made.append(self._domain(each))
                case SequenceDefinition():
                    made += self._sequence(each)
                case _:
                    pass
        made += tables.values()
        programs = Programs(self._scope)
        made += programs.functions()
        made += programs.views()
        self._entries += programs.entries
        self._report_lost_relations()
        kept = {each.key for each in made}
        requires = {
            user: frozenset(needed & kept)
            for user, needed in self._source.definitions.requires.items()
            if user in kept
        }
        database = Database(tuple(sorted(made, key=lambda each: each.key)), requires)
        return Conversion(database, tuple(self._moves), tuple(self._entries))

    def _find_lost(self) -> None:
        """Find the functions and relations that are not carried over."""
        lost = self._scope.lost
        for (schema, name), extension in self._members.items():
            lost[(schema, name)] = f"of the extension {extension}"
        for (schema, name, _), each in self._source.functions.items():
            if each.kind == "p":
                lost[(schema, name)] = "a procedure"
            elif each.kind == "a":
                lost[(schema, name)] = "an aggregate"
            elif each.language != "sql":
                lost[(schema, name)] = f"a function in {each.language}"
        for name_pair, relation in self._source.relations.items():
            if relation.kind == "m":
                lost[name_pair] = "a materialized view"
            elif relation.kind == "f":
                lost[name_pair] = "a foreign table"

    def _report_serials(self) -> None:
        cache, name = self._scope.cache, quoted(self._source.name)
        if cache == 1:
            reason = "its sequences hand out single values: each insert waits for the one before"
            self._rewrite("database", name, reason, "Choose --cache 65536 where much is inserted.")
            return
        reason = (
            f"sequences hand out {cache:,} values at once to a session: numbers have gaps and are"
            " not in the order of the rows"
        )
        action = "Choose --cache 1 where that matters and little is inserted, or --serial uuid."
        self._rewrite("database", name, reason, action)

    def _schema(self, schema: SchemaDefinition) -> SchemaDefinition:
        if schema.name != "public":
            self._carry("schema", schema.key.sql)
        return replace(schema, owner="")

    def _domain(self, domain: DomainDefinition) -> DomainDefinition:
        kind = self._scope.types.new_type(domain.type_name)
        name = domain.key.sql
        checks = list(self._domain_checks(domain, is_alike=kind.is_alike))
        default = self._scope.expression(domain.default)
        if domain.default and (not kind.is_alike or self._scope.obstacle(default)):
            default = ""
            self._lose(
                "domain",
                name,
                "its default is left out",
                "Set a default of the columns.",
                f"DEFAULT {domain.default}",
            )
        if kind.type_name == domain.type_name:
            self._carry("domain", name)
        else:
            self._rewrite("domain", name, f"it is of {kind.type_name}: {kind.reason}", kind.action)
        return replace(domain, type_name=kind.type_name, default=default, constraints=tuple(checks))

    def _domain_checks(
        self, domain: DomainDefinition, *, is_alike: bool
    ) -> Iterator[ConstraintDefinition]:
        for check in domain.constraints:
            definition = self._scope.expression(check.definition)
            obstacle = self._scope.obstacle(definition.removeprefix("CHECK "))
            if not is_alike:
                obstacle = "its type is another one"
            if obstacle is None:
                yield replace(check, definition=definition)
                continue
            label = f"{quoted(check.name)} of domain {domain.key.sql}"
            action = "Check in the application."
            self._lose("check", label, obstacle, action, check.definition)

    def _sequence(self, sequence: SequenceDefinition) -> Iterator[SequenceDefinition]:
        """Yield a sequence that no column owns as its serial or identity column."""
        name = (sequence.schema, sequence.name)
        serials = self._scope.serials
        if name in serials.sequences or sequence.owned_by in serials.columns:
            return
        value = self._source.sequence_values.get(name)
        options = sequence.options
        cache = self._scope.cache_of(options.cache)
        start = options.start if value is None else value
        made = SequenceOptions(
            cache, start, options.increment, options.minimum, options.maximum, options.cycles
        )
        reason = f"CACHE {options.cache} becomes CACHE {cache}"
        if value is not None:
            reason += f"; it starts at {start:,}, after its last value"
        self._rewrite("sequence", sequence.key.sql, reason)
        yield replace(sequence, options=made, owned_by=())

    def _tables(self) -> dict[QualifiedName, TableDefinition]:
        """Return the tables as they become, by schema and name."""
        parents = {
            parent
            for each in self._source.relations.values()
            if not each.is_partition
            for parent in each.parents
        }
        old: dict[QualifiedName, TableDefinition] = {}
        made: dict[QualifiedName, TableDefinition] = {}
        for table in self._source.definitions.tables():
            name = (table.schema, table.name)
            traits = self._source.relations.get(name)
            if name in self._members or (traits and traits.is_partition):
                continue
            if len(table.columns) > COLUMNS_MAX:
                self._scope.lost[name] = f"a table of {len(table.columns)} columns"
                continue
            old[name] = table
            made[name] = self._table(table, traits or RelationTraits("r"), name in parents)
        for name, table in made.items():
            keys, entries = foreign_keys(table, old[name], made, self._scope.lost)
            self._entries += entries
            made[name] = replace(table, constraints=(*table.constraints, *keys))
        return made

    def _table(
        self, table: TableDefinition, traits: RelationTraits, has_children: bool
    ) -> TableDefinition:
        columns = [new_column(table, column, self._scope) for column in table.columns]
        keys = Keys(table, columns, self._scope).converted()
        notes = list(self._table_notes(table, traits, has_children))
        if notes:
            self._entries += notes
        else:
            self._carry("table", table.key.sql)
        for column in columns:
            self._entries += column.entries
        self._entries += keys.entries
        self._moves.append(
            TableMove(
                table.schema,
                table.name,
                tuple(
                    ColumnMove(
                        each.column.name,
                        each.read,
                        each.column.type_name,
                        is_rescaled=each.was in {"numeric", "money"},
                    )
                    for each in columns
                    if not each.column.is_generated
                ),
                has_children,
                traits.rows,
                traits.is_readable,
            )
        )
        return replace(
            table,
            columns=tuple(each.column for each in columns),
            constraints=keys.constraints,
            indexes=keys.indexes,
            statistics=tuple(self._statistics(table, columns)),
        )

    def _table_notes(
        self, table: TableDefinition, traits: RelationTraits, has_children: bool
    ) -> Iterator[ReportEntry]:
        name = table.key.sql

        def rewritten(reason: str, action: str = "") -> ReportEntry:
            return ReportEntry("table", name, Outcome.REWRITTEN, reason, action)

        if traits.kind == "p":
            partitions = sum(
                (table.schema, table.name) in each.parents and each.is_partition
                for each in self._source.relations.values()
            )
            yield rewritten(
                f"partitioned by {traits.partition_key} into {partitions}; becomes one table",
                "Delete old rows with dsql-tui batch where partitions were dropped.",
            )
        if traits.parents and not traits.is_partition:
            parents = ", ".join(qualified(each) for each in traits.parents)
            yield rewritten(
                f"it no longer inherits from {parents}",
                "Write rows of the parent in both tables, or read both with UNION ALL.",
            )
        if has_children:
            yield rewritten("it has its own rows alone, not those of its children")
        if traits.is_unlogged:
            yield rewritten("UNLOGGED is left out")
        if traits.has_row_security:
            yield ReportEntry(
                "table",
                name,
                Outcome.LOST,
                "row-level security is not supported: whoever may read it reads every row",
                "Give roles views of their rows, and no privileges on the table.",
            )
        if not traits.is_readable:
            yield ReportEntry(
                "table",
                name,
                Outcome.LOST,
                "this role may not read its rows",
                f"In PostgreSQL: GRANT SELECT ON {name} TO the role.",
            )

    def _statistics(
        self, table: TableDefinition, columns: list[NewColumn]
    ) -> Iterator[StatisticsDefinition]:
        changed = {each.column.name for each in columns if not each.is_alike}
        for each in table.statistics:
            used = first_word_of(each.definition.rpartition(" FROM ")[0], changed)
            if used is None:
                self._carry("statistics", each.key.sql)
                yield replace(each, definition=self._scope.expression(each.definition))
            else:
                reason = f"it uses the column {quoted(used)}, whose type is another one"
                self._lose("statistics", each.key.sql, reason, "", each.definition)

    def _report_lost_relations(self) -> None:
        for name, relation in sorted(self._source.relations.items()):
            if name in self._members:
                continue
            if relation.kind == "m":
                self._lose(
                    "materialized view",
                    qualified(name),
                    "materialized views are not supported",
                    "Create a view of its query, or a table that the application fills.",
                    relation.query,
                )
            elif relation.kind == "f":
                action = "Copy its rows into a table, or read the other database."
                reason = "foreign tables are not supported"
                self._lose("foreign table", qualified(name), reason, action)
            elif name in self._scope.lost and relation.kind in {"r", "p"}:
                reason = f"a table has {COLUMNS_MAX} columns at most"
                action = "Divide it into two tables with the same key."
                self._lose("table", qualified(name), reason, action)

    def _carry(self, kind: str, name: str) -> None:
        self._entries.append(ReportEntry(kind, name, Outcome.CARRIED))

    def _rewrite(self, kind: str, name: str, reason: str, action: str = "") -> None:
        self._entries.append(ReportEntry(kind, name, Outcome.REWRITTEN, reason, action))

    def _lose(
        self, kind: str, name: str, reason: str, action: str = "", definition: str = ""
    ) -> None:
        self._entries.append(ReportEntry(kind, name, Outcome.LOST, reason, action, definition))
