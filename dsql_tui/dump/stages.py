"""The definitions of a database as the scripts of a dump, each for its place around the rows.

Checks that are NOT VALID come after the rows, because they would refuse the rows that violate them;
indexes and foreign keys come after the rows, because loading is faster without them and rows may
then be loaded in any order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from dsql_tui.schema.definitions import (
    ConstraintDefinition,
    ConstraintKind,
    Database,
    Definition,
    DomainDefinition,
    SequenceDefinition,
    TableDefinition,
)
from dsql_tui.schema.dump import access_sql
from dsql_tui.schema.order import creation_order
from dsql_tui.schema.print import add_constraint, constraint_comments, object_sql, owned_by, script

ROLES = "0-roles.sql"
BEFORE_ROWS = "1-before-rows.sql"
AFTER_ROWS = "2-after-rows.sql"
FOREIGN_KEYS = "3-foreign-keys.sql"
PRIVILEGES = "4-privileges.sql"
SCRIPTS = (ROLES, BEFORE_ROWS, AFTER_ROWS, FOREIGN_KEYS, PRIVILEGES)
"""The SQL files of a dump, in the order in which they run."""
_TITLES = {
    ROLES: "Roles and the IAM principals that may use them.",
    BEFORE_ROWS: "Schemas, tables, views and functions. Rows are loaded after this.",
    AFTER_ROWS: "Indexes, statistics, unvalidated checks, owners of sequences.",
    FOREIGN_KEYS: "Foreign keys. One that rows of the dump violate stays NOT VALID.",
    PRIVILEGES: "Owners and privileges.",
}


def scripts_of(database: Database) -> dict[str, str]:
    """Return file name → SQL of all of `SCRIPTS`; the same database gives the same text."""
    access = access_sql(database)
    ordered = creation_order(database)
    early = [object_sql(_without_open_checks(each)) for each in ordered]
    groups: dict[str, Iterable[Iterable[str]]] = {
        ROLES: [access.roles],
        BEFORE_ROWS: [each.create for each in early],
        AFTER_ROWS: [
            *(each.add for each in early),
            *(_open_checks(each) for each in ordered),
            *(owned_by(each) for each in ordered if isinstance(each, SequenceDefinition)),
        ],
        FOREIGN_KEYS: [
            _foreign_keys(each) for each in ordered if isinstance(each, TableDefinition)
        ],
        PRIVILEGES: [access.privileges],
    }
    return {
        name: "\n".join(
            [f"-- {_TITLES[name]}\n", *(text for each in parts if (text := script(each)))]
        )
        for name, parts in groups.items()
    }


def _is_open_check(constraint: ConstraintDefinition) -> bool:
    return constraint.kind is ConstraintKind.CHECK and not constraint.is_valid


def _without_open_checks(definition: Definition) -> Definition:
    if isinstance(definition, TableDefinition | DomainDefinition):
        kept = tuple(each for each in definition.constraints if not _is_open_check(each))
        return replace(definition, constraints=kept)
    return definition


def _open_checks(definition: Definition) -> Iterator[str]:
    if isinstance(definition, TableDefinition):
        for constraint in filter(_is_open_check, definition.constraints):
            yield from add_constraint(definition.key, constraint)
            yield from constraint_comments(definition, constraint)
    elif isinstance(definition, DomainDefinition):
        yield from _open_domain_checks(definition)


def _open_domain_checks(domain: DomainDefinition) -> Iterator[str]:
    """Yield the statements that a domain has more with its unvalidated checks than without."""
    early = set(object_sql(_without_open_checks(domain)).create)
    yield from (each for each in object_sql(domain).create if each not in early)


def _foreign_keys(table: TableDefinition) -> Iterator[str]:
    for constraint in table.constraints:
        if constraint.kind is ConstraintKind.FOREIGN_KEY:
            yield from add_constraint(table.key, constraint)
            yield from constraint_comments(table, constraint)
