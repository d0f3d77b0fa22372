"""Suggestions that are not in the catalog: keywords by context, types, parameters.

What DSQL refuses is left out (user guide, supported SQL, October 2026). Keywords that belong
together are one suggestion: `create index async`, `left join`.
"""

from __future__ import annotations

from dsql_tui.sql.dsql.rules import ACCEPTED_PARAMETERS

PARAMETERS = tuple(sorted(ACCEPTED_PARAMETERS))
SHOWN_ONLY = ("all", "server_version", "transaction_isolation")
TYPES = (
    "bigint",
    "boolean",
    "bytea",
    "char",
    "date",
    "double precision",
    "integer",
    "interval",
    "json",
    "jsonb",
    "numeric",
    "real",
    "smallint",
    "text",
    "time",
    "time with time zone",
    "timestamp",
    "timestamp with time zone",
    "timestamptz",
    "timetz",
    "uuid",
    "varchar",
)
"""Types a column may have (user guide, supported data types)."""

SET_RETURNING = (
    "generate_series",
    "unnest",
    "json_array_elements",
    "jsonb_array_elements",
    "jsonb_array_elements_text",
    "jsonb_each",
    "jsonb_each_text",
    "jsonb_to_recordset",
    "regexp_matches",
    "regexp_split_to_table",
    "string_to_table",
)


def _phrases(table: str) -> tuple[str, ...]:
    return tuple(phrase.strip() for phrase in table.split(",") if phrase.strip())


STARTERS = _phrases(
    """
    select, insert into, update, delete from, with, explain, explain analyze verbose, begin,
    begin read only, commit, rollback, create table, create index async, create unique index async,
    create view, create or replace view, create schema, create role, create sequence,
    create function, create domain, create statistics, alter table, alter table async, alter role,
    alter index, alter sequence, alter default privileges, drop table, drop index, drop view,
    drop schema, drop role, drop sequence, drop function, grant, revoke, aws iam grant,
    aws iam revoke, analyze, comment on, set, show, reset all, call sys.wait_for_job(, copy, values
    """
)
_OPERATORS = _phrases(
    """
    and, or, not, in, is null, is not null, like, ilike, between, is distinct from, asc, desc,
    nulls first, nulls last
    """
)
_AFTER_FROM = _phrases(
    """
    where, join, left join, right join, full join, cross join, join lateral, on, using, as,
    group by, order by, having, limit, offset, union, union all, intersect, except, for update,
    for key share, returning, set, values
    """
)
_EXPRESSION = _phrases(
    """
    case when, when, then, else, end, null, true, false, default, not, exists, distinct, interval,
    cast(, array, all, any, row, over, filter, partition by, current_date, current_timestamp
    """
)
EXPRESSION = (*_EXPRESSION, *_OPERATORS, "select", "from", "as", *_AFTER_FROM)
"""Where a value is expected or has just been written."""
AFTER_RELATION = _AFTER_FROM
"""After the name of a table."""

FOLLOWING = {
    word: _phrases(phrases)
    for word, phrases in {
        "GROUP": "by",
        "ORDER": "by",
        "PARTITION": "by",
        "INSERT": "into",
        "DELETE": "from",
        "LEFT": "join, outer join",
        "RIGHT": "join, outer join",
        "FULL": "join, outer join",
        "INNER": "join",
        "OUTER": "join",
        "CROSS": "join",
        "NATURAL": "join",
        "UNION": "all, select",
        "NULLS": "first, last",
        "IS": "null, not null, true, false, distinct from, not distinct from",
        "BEGIN": "read only, read write, isolation level repeatable read",
        "EXPLAIN": "analyze verbose, analyze, verbose, select, insert into, update, delete from",
        "CREATE": """table, table if not exists, index async, unique index async, view,
            or replace view, schema, role, sequence, function, or replace function, domain,
            statistics""",
        "UNIQUE": "index async",
        "INDEX": "async, async if not exists, if exists",
        "ALTER": """table, table async, role, index, sequence, schema, view, function, domain,
            default privileges""",
        "DROP": """table, index, view, schema, role, sequence, function, domain, statistics,
            column, constraint, default, not null, if exists""",
        "IF": "exists, not exists",
        "NOT": "null, exists, in, like, ilike, between, valid",
        "AWS": "iam grant, iam revoke",
        "IAM": "grant, revoke",
        "GRANT": """select, insert, update, delete, all privileges, usage, execute, create""",
        "REVOKE": """select, insert, update, delete, all privileges, usage, execute, create""",
        "FOR": "update, key share",
        "KEY": "share",
        "ON": "conflict, delete cascade, update cascade",
        "CONFLICT": "do nothing, do update set",
        "DO": "nothing, update set",
        "COMMENT": "on table, on column, on view, on schema, on index, on role",
        "WITH": "recursive, login",
        "ADD": "column, constraint, foreign key, check, unique using index",
        "RENAME": "to, column, constraint",
        "VALIDATE": "constraint",
        "OWNER": "to",
        "GENERATED": "always as identity (cache 1), by default as identity (cache 1), always as",
        "PRIMARY": "key",
        "FOREIGN": "key",
        "CACHE": "1, 65536",
        "SET": "local, time zone, default, constraints",
        "COPY": "",
        "VALUES": "",
    }.items()
}
"""What continues a phrase after its first word."""
COLUMN_DEFINITION = _phrases(
    """
    not null, null, default, primary key, unique, references, check, generated always as identity,
    generated by default as identity (cache 1), constraint, primary key, foreign key, on delete,
    on update, cascade, restrict, set null, deferrable initially deferred
    """
)
TABLE_CONSTRAINT = _phrases("constraint, primary key (, unique (, foreign key (, check (")
GRANTED = _phrases("table, schema, all tables in schema, sequence, function")
"""The sorts of objects privileges are granted on."""
ALTERATIONS = _phrases(
    """
    add column, drop column, alter column, rename column, rename to, add constraint,
    add foreign key, drop constraint, validate constraint, owner to, set schema
    """
)
