"""Explanations of Aurora DSQL's error messages, with the alternative, in one line.

This is the only module that explains refusals: the console and every command show its texts. The
server's messages are from recorded runs and the user guide (October and November 2026); the
alternatives are from PostgreSQL's documentation or the user guide. A message that is clear by
itself has no explanation here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from dsql_tui.sql.dsql.rules import objections
from dsql_tui.sql.lexing.lexer import TokenKind
from dsql_tui.sql.lexing.names import pieces_of

HEAD = 4_000
"""Code points of a statement that are looked at."""


@dataclass(frozen=True, slots=True)
class _Row:
    sqlstate: str
    message: re.Pattern[str]
    text: str
    statement: re.Pattern[str]


def _row(sqlstate: str, message: str, text: str, statement: str = "") -> _Row:
    return _Row(
        sqlstate,
        re.compile(message, re.IGNORECASE),
        text,
        re.compile(statement, re.IGNORECASE | re.DOTALL),
    )


_SEE_LIMITS = "Ask AWS Support where the quota can be raised."
_NO_NOTIFICATIONS = "DSQL has no LISTEN and NOTIFY: poll a table, or stream changes to Kinesis."
_NO_CURSORS = "DSQL has no cursors in SQL: run the query itself, or page with a key and LIMIT."
_NO_PREPARE = "DSQL has no PREPARE in SQL: use the prepared statements of your driver."
_VALIDATED = (
    "ADD CONSTRAINT … CHECK or FOREIGN KEY … NOT VALID, then ALTER TABLE ASYNC …"
    " VALIDATE CONSTRAINT"
)
_ROWS = "A transaction changes at most 3,000 rows, cascades included."
_TABLE = (
    # Limits
    _row(
        "54000",
        r"^transaction row limit",
        f"{_ROWS} Run this statement with dsql-tui batch, which cuts it into transactions.",
        r"^\s*(?:with\b.*)?(?:update|delete)\b",
    ),
    _row(
        "54000",
        r"^transaction row limit",
        f"{_ROWS} Load rows of a file with dsql-tui load; of one INSERT … SELECT, select a part"
        " at a time.",
        r"^\s*(?:insert|copy)\b",
    ),
    _row(
        "54000",
        r"^transaction row limit",
        f"{_ROWS} Run a file of statements with dsql-tui query --script, which commits in between.",
    ),
    _row(
        "54000",
        r"^transaction size limit",
        "A transaction writes at most 10 MiB, index entries included: commit more often"
        " (dsql-tui batch, load, or query --script).",
    ),
    _row(
        "54000",
        r"^transaction age limit",
        "A transaction lasts at most 300 s: commit more often (dsql-tui batch, load, or"
        " query --script).",
    ),
    _row(
        "54000",
        r"temp space",
        "A query has 128 MiB of temporary space: sort, group or join fewer rows, or use an index.",
    ),
    _row(
        "53200",
        r"temp space",
        "A query has 128 MiB of temporary space: sort, group or join fewer rows, or use an index.",
    ),
    _row("54000", r"^key size", "The columns of a key hold about 1 KiB together: use fewer."),
    _row("54000", r"^maximum row size", "A row holds at most 2 MiB."),
    _row("54000", r"^maximum column size", "A column's value holds at most 1 MiB."),
    _row(
        "54000",
        r"datatype limit greater than (\d+) bytes not supported for (\w+)",
        "A {1} holds at most {0} bytes: use text for up to 1 MiB, or store the value elsewhere.",
    ),
    _row(
        "54000",
        r"more than 24 indexes",
        "A table has at most 24 indexes, INVALID ones included: drop those that failed or are not"
        " used.",
    ),
    _row(
        "54000",
        r"more than 10 schemas",
        "A cluster has at most 10 schemas besides public: drop one, or use another cluster.",
    ),
    _row("54000", r"more than (\d+) tables", "A cluster has at most {0} tables."),
    _row("54000", r"more than (\d+) views", "A cluster has at most {0} views."),
    _row("54000", r"more than (\d+) sequences", "A cluster has at most {0} sequences."),
    _row("54000", r"view definition too large", "A view's definition holds at most 2 MiB."),
    _row("54000", r"extended statistics", "A table has at most 5 extended statistics: drop one."),
    _row("54011", r"column keys", "An index or a primary key has at most 8 key columns."),
    _row("54011", r"columns", "A table has at most 255 columns."),
    _row("53100", r"cluster size", f"The cluster's storage is full. {_SEE_LIMITS}"),
    # Conflicts
    _row(
        "40001",
        r"OC000",
        "Another transaction changed the same rows and committed first."
        " This transaction was rolled back; run it again.",
    ),
    _row(
        "40001",
        r"OC001",
        "The schema has changed since this session last read it."
        " The transaction was rolled back; run it again.",
    ),
    _row(
        "23505",
        r'unique constraint "(?!\w+_pkey")([^"]+)"',
        "If the build of a unique index {0} has failed, it may still refuse rows: check"
        " indisvalid in pg_index, then drop it and create it again.",
    ),
    _row(
        "55000",
        r'index "([^"]+)" is not valid',
        "Wait for the index's job (CALL sys.wait_for_job); if it has failed, drop {0} and create it"
        " again.",
    ),
    _row(
        "25P02", r"", "An earlier statement of this transaction failed: ROLLBACK, then start over."
    ),
    # Transactions
    _row(
        "0A000",
        r"^multiple ddl|^ddl and dml",
        "A transaction holds one DDL statement or rows, not both: commit in between, or run the"
        " file with dsql-tui query --script.",
    ),
    _row(
        "0A000",
        r"transaction statement: (SAVEPOINT|RELEASE|ROLLBACK TO)",
        "DSQL has no savepoints: commit in smaller transactions, and retry the one that fails.",
    ),
    _row("0A000", r"transaction statement: .*AND CHAIN", "Leave AND CHAIN out and send BEGIN."),
    _row("0A000", r"transaction statement: .*PREPARE", "DSQL has no two-phase commit."),
    _row(
        "0A000",
        r"^unsupported isolation level",
        "Every transaction is REPEATABLE READ: leave the level out. For reads that must not"
        " change use SELECT … FOR UPDATE.",
    ),
    _row(
        "0A000",
        r'parameter "(statement_timeout|lock_timeout|idle_\w+_timeout)"',
        "DSQL has no timeout settings: set a timeout in the client. A transaction ends "
        "after 300 s.",
    ),
    _row(
        "0A000",
        r'parameter "(?:default_)?transaction(?:_read_only|_isolation)?"',
        "Write it in BEGIN: BEGIN READ ONLY. The isolation is always REPEATABLE READ.",
    ),
    _row(
        "0A000",
        r'parameter "role"',
        "Only SET LOCAL ROLE inside a transaction is supported: connect as the role instead.",
    ),
    _row(
        "0A000",
        r"^setting configuration parameter",
        "DSQL does not support this setting: leave it out.",
    ),
    _row(
        "0A000",
        r"^locking clauses",
        "Use FOR UPDATE or FOR KEY SHARE: DSQL waits for no locks, it checks at COMMIT.",
    ),
    _row(
        "0A000",
        r"statement: Lock\b",
        "DSQL has no table locks: read what must not change with SELECT … FOR UPDATE.",
    ),
    # Indexes and constraints
    _row(
        "0A000",
        r"CREATE INDEX ASYNC",
        "Write CREATE INDEX ASYNC: it returns a job id; wait for it with CALL "
        "sys.wait_for_job('…').",
    ),
    _row(
        "0A000",
        r"^CONCURRENTLY not supported for CREATE",
        "Write CREATE INDEX ASYNC, which does not lock the table either.",
    ),
    _row("0A000", r"^CONCURRENTLY not supported for DROP", "Leave CONCURRENTLY out."),
    _row("0A000", r"^USING not supported", "Leave USING out: every index is a B-tree."),
    _row("0A000", r"sort order not supported", "Leave ASC and DESC out; NULLS FIRST may stay."),
    _row("0A000", r"^opclass not supported", "Leave the operator class out."),
    _row(
        "0A000",
        r"^datatype (.+) is not supported in a key",
        "A {0} cannot be a key: use another type, or an index on an expression of it.",
    ),
    _row("0A000", r"^DEFERRABLE constraint", "Only foreign keys can be deferrable."),
    _row("0A000", r"statement: Reindex", "DROP INDEX it, then CREATE INDEX ASYNC it again."),
    _row(
        "0A000",
        r"ADD COLUMN with constraint",
        "Add the column alone; then SET DEFAULT, fill it with dsql-tui batch, and"
        " ADD CONSTRAINT … CHECK (… IS NOT NULL) NOT VALID.",
    ),
    _row(
        "0A000",
        r"ADD CONSTRAINT",
        "Write CREATE UNIQUE INDEX ASYNC, then ADD CONSTRAINT … UNIQUE USING INDEX.",
        r"\badd\b.*\bunique\b",
    ),
    _row(
        "0A000",
        r"ADD CONSTRAINT",
        "A primary key is declared with the table: create a new table and copy the rows.",
        r"\bprimary\s+key\b",
    ),
    _row("0A000", r"ADD CONSTRAINT", f"Write {_VALIDATED}."),
    _row("0A000", r"cannot be marked NOT VALID", "Write ADD CONSTRAINT … UNIQUE USING INDEX."),
    _row("0A000", r"VALIDATE CONSTRAINT", "Write ALTER TABLE ASYNC … VALIDATE CONSTRAINT."),
    _row(
        "0A000",
        r"SET NOT NULL",
        "Write ADD CONSTRAINT … CHECK (… IS NOT NULL) NOT VALID, then ALTER TABLE ASYNC …"
        " VALIDATE CONSTRAINT.",
    ),
    _row(
        "0A000",
        r"SET DATA TYPE",
        "A column's type cannot be changed: add a column, copy the values with dsql-tui batch, drop"
        " the old one.",
    ),
    _row("0A000", r"ROW SECURITY|CreatePolicy", "DSQL has no row security: grant on views."),
    # Kinds of objects
    _row(
        "42704",
        r'type "(?:small|big)?serial\d?" does not exist',
        "Write bigint GENERATED BY DEFAULT AS IDENTITY (CACHE 65536), or uuid DEFAULT"
        " gen_random_uuid().",
    ),
    _row(
        "0A000",
        r"without an explicit cache size",
        "Write CACHE 65536, or CACHE 1 for numbers without gaps at the price of conflicts.",
    ),
    _row("22023", r"^CACHE \(\d+\) must be", "Write CACHE 1 or a CACHE of at least 65536."),
    _row("0A000", r"identity column type must be bigint", "Declare the column as bigint."),
    _row(
        "0A000",
        r"^datatype (.+) not supported",
        "A column cannot be of type {0}: store it as text, or a list as jsonb or in a separate"
        " table.",
    ),
    _row(
        "0A000",
        r"^CREATE TYPE not supported|CompositeType|CreateRange|statement: Define",
        "DSQL has no user-defined types: use text with CHECK (… IN (…)), or CREATE DOMAIN.",
        r"^\s*create\s+type\b",
    ),
    _row(
        "0A000",
        r"^CREATE TRIGGER",
        "DSQL has no triggers: do it in the application, or with a default or a generated column.",
    ),
    _row(
        "0A000",
        r"with language (\w+) not supported",
        "Functions are written in SQL (LANGUAGE sql): move the logic there or to the application.",
    ),
    _row("0A000", r"statement: Do\b", "DSQL has no DO: run the statements one by one."),
    _row("0A000", r"^PROCEDURE is not", "Write a function in SQL, or separate statements."),
    _row(
        "0A000",
        r"CreateTableAs",
        "DSQL has no materialized views: use a view, or a table that you fill.",
        r"^\s*create\s+materialized\b",
    ),
    _row("0A000", r"CreateTableAs", "Use CREATE TABLE, then INSERT INTO … SELECT."),
    _row(
        "0A000",
        r"^TEMPORARY or TEMP",
        "DSQL has no temporary tables: use WITH … AS (…), or a table that you drop.",
    ),
    _row("0A000", r"^UNLOGGED", "Leave UNLOGGED out."),
    _row(
        "0A000",
        r"PARTITION (?:BY|OF)",
        "Leave the partitioning out: DSQL spreads a table by its primary key.",
    ),
    _row("0A000", r"^COLLATE clause", "Leave COLLATE out: the collation is C everywhere."),
    _row("0A000", r"^TABLESAMPLE", "Write WHERE random() < 0.1, which reads the whole table."),
    _row("0A000", r"CreateExtension", "DSQL has no extensions; gen_random_uuid() is built in."),
    _row(
        "0A000",
        r"statement: Createdb|statement: Dropdb",
        "A cluster has one database, postgres: use a schema, or another cluster.",
    ),
    _row("0A000", r"TableSpace", "Leave tablespaces out: DSQL stores everything itself."),
    _row("0A000", r"^DROP DOMAIN with", "Drop what uses the domain first."),
    _row(
        "0A000",
        r"system entity",
        "DSQL does not allow changing privileges on public or system schemas: grant on the tables,"
        " or use another schema.",
    ),
    # Statements
    _row(
        "0A000",
        r"statement: Truncate",
        "Run DELETE FROM in parts with dsql-tui batch, or DROP TABLE and create it again.",
    ),
    _row("0A000", r"type: MERGE", "Write INSERT … ON CONFLICT … DO UPDATE, or UPDATE and DELETE."),
    _row("0A000", r"VACUUM", "DSQL needs no VACUUM: leave it out. ANALYZE t updates statistics."),
    _row("0A000", r"unsupported ANALYZE", "ANALYZE takes the name of one table and no options."),
    _row("0A000", r"statement: Cluster\b", "Tables are stored by primary key: leave it out."),
    _row("0A000", r"statement: Discard", "Open a new session, or RESET ALL."),
    _row("0A000", r"statement: (?:Listen|Notify|Unlisten)", _NO_NOTIFICATIONS),
    _row("0A000", r"DeclareCursor|Fetch|ClosePortal", _NO_CURSORS),
    _row("0A000", r"statement: (?:Prepare|Execute)\b", _NO_PREPARE),
    _row("0A000", r"AlterSystem|AlterDatabase", "The service has no settings to change."),
    _row(
        "0A000",
        r"unsupported COPY",
        "The server reads no files: dsql-tui load loads one, dsql-tui query --format csv writes"
        " one.",
    ),
    _row("42601", r"", "GROUP BY ALL is not supported: list the columns.", r"\bgroup\s+by\s+all\b"),
    # Functions and catalogs
    _row(
        "0A000",
        r"^function pg_(?:try_)?advisory",
        "DSQL has no locks: keep the lock as a row, read with SELECT … FOR UPDATE.",
    ),
    _row(
        "0A000",
        r"^function pg_backend_pid",
        "Write sys.current_session_id(); another session cannot be cancelled in SQL.",
    ),
    _row(
        "0A000",
        r"^function (?:pg_(?:cancel|terminate)_backend)",
        "Another session cannot be cancelled in SQL: close its connection, or end the client.",
    ),
    _row(
        "0A000",
        r"^function (pg_\w*size\w*)",
        "DSQL does not report relation sizes: sys.cluster_size() returns the cluster's size,"
        " pg_class.reltuples an estimate of the rows.",
    ),
    _row(
        "0A000",
        r"^function (?:inet_\w+)",
        "The server's address is not available in SQL: use the endpoint's name.",
    ),
    _row(
        "42P01",
        r'"(?:pg_catalog\.)?(?:pg_stat_activity|pg_locks|pg_stat_\w+|pg_statio_\w+)"',
        "DSQL has no statistics of sessions, locks or tables in SQL: see CloudWatch (dsql-tui"
        " metrics) and Database Insights; sys.jobs has the asynchronous jobs.",
    ),
    _row(
        "42P01",
        r'"(?:pg_catalog\.)?(?:pg_prepared_xacts|pg_replication\w*|pg_publication\w*|'
        r'pg_subscription\w*|pg_cursors|pg_config|pg_hba_file_rules|pg_file_settings)"',
        "DSQL does not offer this catalog.",
    ),
    _row("42501", r"pg_authid", "Read pg_roles: pg_authid cannot be read."),
    _row(
        "42704",
        r'text search configuration "(?!simple")',
        "There is only the configuration 'simple': write it as the first argument.",
    ),
    _row(
        "42809",
        r"wait_for_job\(.*\) is a procedure",
        "Write CALL sys.wait_for_job('…').",
    ),
)
_QUOTED = frozenset({TokenKind.STRING, TokenKind.DOLLAR_STRING, TokenKind.UNTERMINATED})
_LINTED = frozenset({"0A000", "42601", "42704", "42883"})
"""Refusals of the words themselves: what the rules of `lint` find is why."""


def advice_on_refusal(sqlstate: str, message: str, statement: str) -> str:
    """Return an explanation and an alternative for an error in one line, or an empty string.

    Args:
        sqlstate: The SQLSTATE of the error.
        message: The server's primary message.
        statement: The statement that was sent, if known.
    """
    head = statement[:HEAD]
    bare = " ".join(piece.text for piece in pieces_of(head) if piece.kind not in _QUOTED)
    for row in _TABLE:
        if row.sqlstate != sqlstate:
            continue
        match = row.message.search(message)
        if match and row.statement.search(bare):
            return row.text.format(*match.groups()) if match.groups() else row.text
    return _linted(head) if sqlstate in _LINTED else ""


def _linted(statement: str) -> str:
    suggestions = [
        objection.suggestion for objection in objections(statement) if objection.suggestion
    ]
    return f"dsql-tui lint: {suggestions[0]}" if suggestions else ""
