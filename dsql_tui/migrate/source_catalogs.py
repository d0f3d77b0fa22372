"""The catalog reads of a PostgreSQL server beside those of `schema/catalogs.py`.

They read what DSQL has not: enums, triggers, partitions and so on, of PostgreSQL 12 to 18. A column
that only some versions have is read through `to_jsonb` of its row. `$1` is a JSON list of schemas,
or NULL for all.
"""

from __future__ import annotations

from dataclasses import dataclass

_CHOSEN = r"""
n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'
  AND ($1::json IS NULL OR n.nspname IN (SELECT json_array_elements_text($1::json)))
"""
_NOT_OF_EXTENSION = """
NOT EXISTS (SELECT FROM pg_catalog.pg_depend owner
            WHERE owner.classid = '{catalog}'::regclass AND owner.objid = {oid}
              AND (owner.deptype = 'e' OR (owner.deptype = 'i'
                   AND owner.classid = 'pg_catalog.pg_proc'::regclass)))
"""


# The constructors of a range type are functions that belong to the type.


def _own(catalog: str, oid: str) -> str:
    return _CHOSEN + " AND " + _NOT_OF_EXTENSION.format(catalog=catalog, oid=oid)


@dataclass(frozen=True, slots=True)
class SourceCatalog:
    """One read: what it reads, as the start of a sentence, and the statement."""

    subject: str
    sql: str


RELATIONS = SourceCatalog(
    "Properties of tables",
    f"""
SELECT n.nspname, c.relname, c.relkind, c.relpersistence, c.relispartition,
       CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END,
       (SELECT json_agg(json_build_array(pn.nspname, p.relname) ORDER BY i.inhseqno)
        FROM pg_catalog.pg_inherits i
        JOIN pg_catalog.pg_class p ON p.oid = i.inhparent
        JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
        WHERE i.inhrelid = c.oid)::text,
       c.relrowsecurity, c.relacl IS NOT NULL,
       c.relkind NOT IN ('r', 'p') OR has_table_privilege(c.oid, 'SELECT'),
       greatest(c.reltuples, 0)::bigint,
       CASE WHEN c.relkind = 'm' THEN pg_get_viewdef(c.oid) END
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND {_own("pg_class", "c.oid")}
""",  # noqa: S608 - constants
)
INDEXES = SourceCatalog(
    "Indexes",
    f"""
SELECT n.nspname, t.relname, x.relname, i.indisunique, i.indisvalid, m.amname,
       (SELECT json_agg(json_build_object(
            'sql', pg_get_indexdef(i.indexrelid, k.place::int, false),
            'column', k.number <> 0,
            'option', CASE WHEN k.place <= i.indnkeyatts THEN i.indoption[k.place - 1] ELSE 0 END,
            'opclass', CASE WHEN k.place <= i.indnkeyatts AND NOT o.opcdefault THEN o.opcname END,
            'type', format_type(a.atttypid, a.atttypmod)) ORDER BY k.place)
        FROM unnest(i.indkey) WITH ORDINALITY AS k(number, place)
        LEFT JOIN pg_catalog.pg_opclass o ON o.oid = i.indclass[k.place - 1]
        LEFT JOIN pg_catalog.pg_attribute a
          ON a.attrelid = i.indexrelid AND a.attnum = k.place)::text,
       i.indnkeyatts, pg_get_expr(i.indpred, i.indrelid),
       to_jsonb(i) ->> 'indnullsnotdistinct', pg_get_indexdef(i.indexrelid),
       obj_description(i.indexrelid, 'pg_class')
FROM pg_catalog.pg_index i
JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
JOIN pg_catalog.pg_am m ON m.oid = x.relam
JOIN pg_catalog.pg_class t ON t.oid = i.indrelid
JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace
WHERE t.relkind IN ('r', 'p', 'm') AND NOT t.relispartition AND NOT i.indisprimary
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k
                  WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
  AND {_own("pg_class", "t.oid")}
ORDER BY 1, 2, 3
""",  # noqa: S608 - constants
)
CONSTRAINTS = SourceCatalog(
    "Properties of constraints",
    f"""
SELECT n.nspname, c.relname, k.conname, k.contype, k.condeferrable, pg_get_constraintdef(k.oid)
FROM pg_catalog.pg_constraint k
JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE k.contype IN ('p', 'u', 'x') AND NOT c.relispartition AND {_own("pg_class", "c.oid")}
""",  # noqa: S608 - constants
)
COLUMNS = SourceCatalog(
    "Virtual generated columns",
    f"""
SELECT n.nspname, c.relname, a.attname
FROM pg_catalog.pg_attribute a
JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE a.attgenerated = 'v' AND a.attnum > 0 AND NOT a.attisdropped AND {_CHOSEN}
""",  # noqa: S608 - constants
)
VIEW_COLUMNS = SourceCatalog(
    "Columns that views use",
    f"""
SELECT DISTINCT n.nspname, v.relname, tn.nspname, t.relname, a.attname
FROM pg_catalog.pg_rewrite r
JOIN pg_catalog.pg_class v ON v.oid = r.ev_class
JOIN pg_catalog.pg_namespace n ON n.oid = v.relnamespace
JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.objid = r.oid
  AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjsubid > 0
JOIN pg_catalog.pg_class t ON t.oid = d.refobjid
JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace
JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
WHERE v.relkind = 'v' AND {_CHOSEN}
""",  # noqa: S608 - constants
)
TYPES = SourceCatalog(
    "Types",
    f"""
SELECT n.nspname, t.typname, t.typtype,
       (SELECT json_agg(e.enumlabel ORDER BY e.enumsortorder)
        FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid)::text,
       (SELECT string_agg(quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod),
                          ', ' ORDER BY a.attnum)
        FROM pg_catalog.pg_attribute a
        WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped)
FROM pg_catalog.pg_type t
JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid
WHERE (t.typtype IN ('e', 'r') OR (t.typtype = 'c' AND c.relkind = 'c')
       OR (t.typtype = 'b' AND t.typelem = 0))
  AND {_own("pg_type", "t.oid")}
""",  # noqa: S608 - constants
)
FUNCTIONS = SourceCatalog(
    "Properties of functions",
    f"""
SELECT n.nspname, p.proname,
       (SELECT string_agg(format_type(argument, NULL), ', ' ORDER BY place)
        FROM unnest(p.proargtypes) WITH ORDINALITY AS listed(argument, place)),
       l.lanname, p.prokind,
       CASE WHEN p.prokind <> 'a' THEN pg_get_functiondef(p.oid) END
FROM pg_catalog.pg_proc p
JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
JOIN pg_catalog.pg_language l ON l.oid = p.prolang
WHERE {_own("pg_proc", "p.oid")}
""",  # noqa: S608 - constants
)
TRIGGERS = SourceCatalog(
    "Triggers",
    f"""
SELECT n.nspname, c.relname, t.tgname, p.proname, pg_get_triggerdef(t.oid)
FROM pg_catalog.pg_trigger t
JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid
WHERE NOT t.tgisinternal AND NOT c.relispartition AND {_own("pg_class", "c.oid")}
""",  # noqa: S608 - constants
)
EXTENSIONS = SourceCatalog(
    "Extensions",
    "SELECT extname, extversion FROM pg_catalog.pg_extension WHERE extname <> 'plpgsql'",
)
MEMBERS = SourceCatalog(
    "Objects of extensions",
    """
SELECT x.extname, i.type, i.schema, coalesce(i.name, split_part(split_part(i.identity, '(', 1),
                                                                '.', 2))
FROM pg_catalog.pg_depend d
JOIN pg_catalog.pg_extension x ON x.oid = d.refobjid
CROSS JOIN LATERAL pg_catalog.pg_identify_object(d.classid, d.objid, 0) i
WHERE d.refclassid = 'pg_catalog.pg_extension'::regclass AND d.deptype = 'e'
  AND d.classid IN ('pg_catalog.pg_proc'::regclass, 'pg_catalog.pg_type'::regclass,
                    'pg_catalog.pg_class'::regclass)
  AND x.extname <> 'plpgsql'
""",
)
SEQUENCE_VALUES = SourceCatalog(
    "Values of sequences",
    """
SELECT schemaname, sequencename, last_value + increment_by
FROM pg_catalog.pg_sequences WHERE last_value IS NOT NULL
""",
)
OTHERS = SourceCatalog(
    "Rules, policies and other objects",
    rf"""
SELECT 'rule', quote_ident(r.rulename) || ' on ' || format('%I.%I', n.nspname, c.relname),
       pg_get_ruledef(r.oid)
FROM pg_catalog.pg_rewrite r
JOIN pg_catalog.pg_class c ON c.oid = r.ev_class
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE r.rulename <> '_RETURN' AND {_own("pg_class", "c.oid")}
UNION ALL
SELECT 'policy', quote_ident(p.polname) || ' on ' || format('%I.%I', n.nspname, c.relname),
       concat_ws(E'\n', 'USING (' || pg_get_expr(p.polqual, p.polrelid) || ')',
                 'WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')')
FROM pg_catalog.pg_policy p
JOIN pg_catalog.pg_class c ON c.oid = p.polrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE {_own("pg_class", "c.oid")}
UNION ALL
SELECT 'event trigger', quote_ident(evtname), '' FROM pg_catalog.pg_event_trigger e
WHERE {_NOT_OF_EXTENSION.format(catalog="pg_event_trigger", oid="e.oid")}
UNION ALL
SELECT 'publication', quote_ident(pubname), '' FROM pg_catalog.pg_publication
UNION ALL
SELECT 'foreign server', quote_ident(srvname), '' FROM pg_catalog.pg_foreign_server
UNION ALL
SELECT 'collation', format('%I.%I', n.nspname, l.collname), ''
FROM pg_catalog.pg_collation l JOIN pg_catalog.pg_namespace n ON n.oid = l.collnamespace
WHERE {_own("pg_collation", "l.oid")}
UNION ALL
SELECT 'text search configuration', format('%I.%I', n.nspname, t.cfgname), ''
FROM pg_catalog.pg_ts_config t JOIN pg_catalog.pg_namespace n ON n.oid = t.cfgnamespace
WHERE {_own("pg_ts_config", "t.oid")}
UNION ALL
SELECT 'operator', format('%I.%s', n.nspname, o.oprname), ''
FROM pg_catalog.pg_operator o JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace
WHERE {_own("pg_operator", "o.oid")}
""",  # noqa: S608 - constants
)
DATABASE = SourceCatalog(
    "Properties of the database",
    """
SELECT d.datname, current_setting('server_version'), d.datcollate, pg_encoding_to_char(d.encoding),
       (SELECT count(*) FROM pg_catalog.pg_largeobject_metadata),
       EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = 'sys')
FROM pg_catalog.pg_database d WHERE d.datname = current_database()
""",
)
