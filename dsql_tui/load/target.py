"""The table to load, and how rows are stored: with COPY, or INSERT where needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from dsql_tui.errors import InputError, SessionLost, StatementError
from dsql_tui.load.batches import Row
from dsql_tui.pg.session import Session
from dsql_tui.sql.lexing.lexer import TokenKind, significant
from dsql_tui.sql.lexing.names import folded, qualified, quoted

PARAMETERS_MAX = 65_535
"""Parameters of one statement, a 16-bit number in the protocol."""
FEATURE_NOT_SUPPORTED = "0A000"

_COLUMNS = """
SELECT a.attname, a.attgenerated <> '', a.attidentity = 'a', EXISTS (
         SELECT FROM pg_catalog.pg_index i
         WHERE i.indrelid = a.attrelid AND i.indisprimary AND a.attnum = ANY (i.indkey)), (
         WITH RECURSIVE based (oid, base) AS (
           SELECT t.oid, t.typbasetype FROM pg_catalog.pg_type t WHERE t.oid = a.atttypid
           UNION ALL
           SELECT t.oid, t.typbasetype FROM pg_catalog.pg_type t JOIN based ON t.oid = based.base)
         SELECT based.oid IN (114, 3802) FROM based WHERE based.base = 0)
FROM pg_catalog.pg_attribute a
JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind = 'r' AND a.attnum > 0
  AND NOT a.attisdropped
ORDER BY a.attnum
"""


@dataclass(frozen=True, slots=True)
class LoadTarget:
    """A table and the columns to fill.

    Attributes:
        schema: Its schema, unquoted.
        table: Its name, unquoted.
        columns: The columns filled, in the order of the values, unquoted.
        has_key: Whether all columns of its primary key are among them.
        documents: The columns of type json or jsonb, or of a domain over one.
        has_identity: A column that is GENERATED ALWAYS AS IDENTITY is among them.
    """

    schema: str
    table: str
    columns: tuple[str, ...]
    has_key: bool
    documents: frozenset[str] = frozenset()
    has_identity: bool = False

    def store(self, session: Session, rows: tuple[Row, ...], *, skip_present: bool) -> int:
        """Store rows in one transaction and return how many were new.

        Raises:
            StatementError: Nothing was stored (also `OccConflict`).
            SessionLost: Whether the rows are stored is unknown.
        """
        if not skip_present:
            try:
                return session.copy_in(self._copy(), b"".join(row.data for row in rows))
            except StatementError as error:
                # The server refused COPY itself, not a row: it does not support COPY.
                if error.sqlstate != FEATURE_NOT_SUPPORTED:
                    raise
        return self._insert(session, rows, skip_present=skip_present)

    def _copy(self) -> str:
        columns = ", ".join(map(quoted, self.columns))
        return f"COPY {qualified((self.schema, self.table))} ({columns}) FROM STDIN"

    def _insert(self, session: Session, rows: tuple[Row, ...], *, skip_present: bool) -> int:
        """Insert in as few statements as the protocol allows, in one transaction."""
        step = max(PARAMETERS_MAX // len(self.columns), 1)
        parts = [rows[start : start + step] for start in range(0, len(rows), step)]
        tail = " ON CONFLICT DO NOTHING" if skip_present else ""
        stored = 0
        session.fetch("BEGIN")
        try:
            for part in parts:
                stored += self._insert_part(session, part, tail)
            _commit(session)
        except StatementError:
            if session.is_open:
                session.fetch("ROLLBACK")
            raise
        return stored

    def _insert_part(self, session: Session, rows: tuple[Row, ...], tail: str) -> int:
        width = len(self.columns)
        places = ", ".join(
            "(" + ", ".join(f"${row * width + column + 1}" for column in range(width)) + ")"
            for row in range(len(rows))
        )
        columns = ", ".join(map(quoted, self.columns))
        name = qualified((self.schema, self.table))
        # COPY stores values of such a column without a word.
        values = "OVERRIDING SYSTEM VALUE VALUES" if self.has_identity else "VALUES"
        return len(
            session.fetch(
                f"INSERT INTO {name} ({columns}) {values} {places}{tail} RETURNING 1",
                [value for row in rows for value in row.values],
            )
        )


def _commit(session: Session) -> None:
    try:
        session.fetch("COMMIT")
    except SessionLost as lost:
        raise SessionLost(lost.message, outcome_unknown=True, remedy=lost.remedy) from None


def find_target(
    session: Session,
    table: str,
    columns: tuple[str, ...],
    *,
    may_lack: frozenset[str] = frozenset(),
) -> LoadTarget:
    """Return the table with a name as in SQL, and the columns of a file.

    Spaces around a name are part of it, unless the table has only a column without them.

    Args:
        session: The session to read the catalog with.
        table: The name of the table.
        columns: The columns of the file.
        may_lack: Columns that are left out if the table does not have them.

    Raises:
        InputError: There is no such table, or it lacks a column, or one is generated.
        StatementError: The catalog cannot be read.
    """
    schema, name = parse_name(table)
    rows = session.fetch(_COLUMNS, [schema, name])
    if not rows:
        raise InputError(f"There is no table {qualified((schema, name))}.")
    known = {row[0]: _Known(*(value == "t" for value in row[1:])) for row in rows if row[0]}
    named = [column if column in known else column.strip() for column in columns]
    present = tuple(column for column in named if column in known or column not in may_lack)
    if missing := [repr(column) for column in present if column not in known]:
        raise InputError(
            f"{qualified((schema, name))} has no column {', '.join(missing)}.",
            remedy=f"It has: {', '.join(known)}. Name the file's columns with --columns.",
        )
    if generated := [column for column in present if known[column].is_generated]:
        raise InputError(f"The column {generated[0]} is generated and cannot be filled.")
    key = {column for column, about in known.items() if about.is_key}
    documents = frozenset(column for column in present if known[column].is_document)
    has_identity = any(known[column].is_identity for column in present)
    has_key = bool(key) and key <= set(present)
    return LoadTarget(schema, name, present, has_key, documents, has_identity)


class _Known(NamedTuple):
    is_generated: bool
    is_identity: bool
    is_key: bool
    is_document: bool


def parse_name(table: str) -> tuple[str, str]:
    """Return schema and name of a table as written in SQL; the default schema is `public`.

    Raises:
        InputError: It is not a name.
    """
    tokens = list(significant(table))
    kinds = {TokenKind.WORD, TokenKind.QUOTED_IDENTIFIER}
    names = [folded(table[token.start : token.end]) for token in tokens[::2]]
    dots = [table[token.start : token.end] for token in tokens[1::2]]
    sound = all(token.kind in kinds for token in tokens[::2]) and set(dots) <= {"."}
    if not sound or len(names) not in {1, 2} or len(dots) != len(names) - 1:
        raise InputError(f"{table!r} is not the name of a table.", remedy="Write schema.table.")
    return (names[0], names[1]) if len(names) == 2 else ("public", names[0])
