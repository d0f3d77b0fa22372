"""The keyword classes of PostgreSQL 16, from its `pg_get_keywords()`, in lower case."""

from __future__ import annotations


def words(table: str) -> frozenset[str]:
    """Return the words of a table in text form."""
    return frozenset(table.split())


RESERVED = words(
    """
    all analyse analyze and any array as asc asymmetric authorization binary both case cast check
    collate collation column concurrently constraint create cross current_catalog current_date
    current_role current_schema current_time current_timestamp current_user default deferrable desc
    distinct do else end except false fetch for foreign freeze from full grant group having ilike in
    initially inner intersect into is isnull join lateral leading left like limit localtime
    localtimestamp natural not notnull null offset on only or order outer overlaps placing primary
    references returning right select session_user similar some symmetric system_user table
    tablesample then to trailing true union unique user using variadic verbose when where window
    with
    """
)
"""Keywords that cannot name a table without quotes (catcode R and T)."""
COLUMN_NAME_KEYWORDS = words(
    """
    between bigint bit boolean char character coalesce dec decimal exists extract float greatest
    grouping inout int integer interval json_array json_arrayagg json_object json_objectagg least
    national nchar none normalize nullif numeric out overlay position precision real row setof
    smallint substring time timestamp treat trim values varchar xmlattributes xmlconcat xmlelement
    xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable
    """
)
"""Keywords that cannot name a function without quotes (catcode C)."""
