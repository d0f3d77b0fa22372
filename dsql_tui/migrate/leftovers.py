"""Objects that DSQL has no such objects for, each with what to do instead."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from dsql_tui.migrate.report import Outcome, ReportEntry
from dsql_tui.migrate.source import SourceDatabase
from dsql_tui.sql.dsql.limits import SCHEMAS, TABLES
from dsql_tui.sql.lexing.names import qualified, quoted

_EXTENSIONS: Final[Mapping[str, str]] = {
    "uuid-ossp": "gen_random_uuid() is built in, and is written for uuid_generate_v4().",
    "pgcrypto": "gen_random_uuid(), sha256() and md5() are built in; encrypt in the application.",
    "citext": "Its columns become text: compare lower(column).",
    "hstore": "Its columns become jsonb.",
    "pg_trgm": "LIKE 'prefix%' can use an index; search for substrings in a search service.",
    "postgis": "Store coordinates as numbers, or shapes as text, and compute in the application.",
    "vector": "Search for neighbours in another service.",
    "pg_stat_statements": "Enable the metric group STATEMENT_STATISTICS of the cluster.",
    "pg_cron": "Schedule statements with Amazon EventBridge.",
    "btree_gin": "Index the columns one by one.",
    "btree_gist": "Index the columns one by one.",
    "unaccent": "Remove accents in the application, into a separate column.",
    "postgres_fdw": "Copy the rows, or read the other database in the application.",
    "dblink": "Read the other database in the application.",
}
_REASONS: Final[Mapping[str, tuple[str, str]]] = {
    "rule": ("rules are not supported", "Write to the tables in the application."),
    "policy": (
        "row-level security is not supported",
        "Give roles views of their rows, and no privileges on the table.",
    ),
    "event trigger": ("triggers are not supported", "Check definitions with dsql-tui lint."),
    "publication": (
        "logical replication is not supported",
        "Use a change stream: dsql-tui clusters stream create.",
    ),
    "foreign server": (
        "foreign tables are not supported",
        "Read the other database in the application.",
    ),
    "collation": ("C is the only collation", "Sort for people in the application."),
    "text search configuration": (
        "simple is the only configuration",
        "Search in a search service.",
    ),
    "operator": ("operators cannot be created", "Call the function instead."),
}
_TIMESTAMPS: Final = "Set the value in the application, or in the statement: updated_at = now()."
_SETS_TIME: Final = re.compile(r"\bnew\.\w+\s*:?=\s*(now\(\)|current_timestamp)", re.IGNORECASE)
_LOGIC: Final = "Move what the function does into the application's transactions."


def leftovers(source: SourceDatabase) -> Iterator[ReportEntry]:
    """Yield what is reported about everything but tables, views, functions and sequences."""
    yield from _database(source)
    for extension in sorted(source.extensions):
        action = _EXTENSIONS.get(extension, "Do what it does in the application.")
        yield _lost("extension", quoted(extension), "extensions are not supported", action)
    yield from _types(source)
    stamps = {
        name
        for (_, name, _), each in source.functions.items()
        if re.search(
            r"\bnew\.\w+\s*:?=\s*(now\(\)|current_timestamp)", each.definition, re.IGNORECASE
        )
    }
    for trigger in source.triggers:
        is_stamp = trigger.function in stamps
        yield _lost(
            "trigger",
            f"{quoted(trigger.name)} on {qualified(trigger.table)}",
            "triggers are not supported",
            f"{_TIMESTAMPS if is_stamp else _LOGIC} It calls {trigger.function}().",
            trigger.definition,
        )
    for (schema, table, name), key in sorted(source.constraints.items()):
        if key.kind == "x":
            yield _lost(
                "exclusion constraint",
                f"{quoted(name)} on {qualified((schema, table))}",
                "exclusion constraints are not supported",
                "Read for an overlap FOR UPDATE in the transaction that writes.",
                key.definition,
            )
    for other in source.others:
        reason, action = _REASONS[other.kind]
        yield _lost(other.kind, other.name, reason, action, other.definition)


def _database(source: SourceDatabase) -> Iterator[ReportEntry]:
    database = quoted(source.name)
    if source.collation not in {"C", "POSIX", "C.UTF-8", "C.utf8"}:
        yield ReportEntry(
            "database",
            database,
            Outcome.REWRITTEN,
            f"its collation {source.collation} becomes C: text is in the order of its bytes",
            "Sort for people in the application.",
        )
    if source.large_objects:
        reason = f"its {source.large_objects:,} large objects are not supported"
        yield _lost("database", database, reason, "Store them in Amazon S3.")
    granted = [name for name, each in source.relations.items() if each.has_privileges]
    if granted:
        yield _lost(
            "database",
            database,
            f"roles, owners and privileges (on {len(granted):,} tables and views) are not copied",
            "Create roles and map them to IAM: dsql-tui roles, and AWS IAM GRANT.",
        )
    if source.has_sys_schema:
        action = "Rename it in PostgreSQL and run this again."
        yield _lost("schema", "sys", "DSQL has a schema of this name for itself", action)
    schemas = {schema for schema, _ in source.relations} - {"public", "sys"}
    if len(schemas) > SCHEMAS:
        reason = f"a cluster has {SCHEMAS} schemas at most besides public, this one {len(schemas)}"
        yield _lost("database", database, reason, "Choose some with --schema.")
    tables = sum(
        each.kind in {"r", "p"} and not each.is_partition for each in source.relations.values()
    )
    if tables > TABLES:
        reason = f"a cluster has {TABLES:,} tables at most, this database {tables:,}"
        yield _lost("database", database, reason, "Choose schemas with --schema.")


def _types(source: SourceDatabase) -> Iterator[ReportEntry]:
    for name, each in sorted(source.types.items()):
        if each.kind == "e":
            yield ReportEntry(
                "type",
                qualified(name),
                Outcome.REWRITTEN,
                "an enum becomes text with a check; labels compare by their letters",
                "Sort by CASE, or by a table of the labels, where their order matters.",
            )
        elif each.kind == "c":
            action = "Its columns become jsonb, with the same names in the document."
            yield _lost(
                "type", qualified(name), "composite types are not supported", action, each.columns
            )
        elif each.kind == "r":
            action = "Its columns become text."
            yield _lost("type", qualified(name), "range types are not supported", action)
        else:
            action = "Its columns become text."
            yield _lost("type", qualified(name), "base types cannot be created", action)


def _lost(kind: str, name: str, reason: str, action: str, definition: str = "") -> ReportEntry:
    return ReportEntry(kind, name, Outcome.LOST, reason, action, definition)
