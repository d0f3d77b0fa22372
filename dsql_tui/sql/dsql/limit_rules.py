"""Lint rules for DSQL's limits: declared lengths and keys, inserted rows, missing catalogs.

Limits and texts: user guide (CHAP_quotas, supported data types, system tables) and recorded runs,
November 2026.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from dsql_tui.sql.dsql.limits import COLUMN_BYTES, KEY_BYTES, KEY_COLUMNS, TRANSACTION_ROWS
from dsql_tui.sql.dsql.objection import Objection
from dsql_tui.sql.lexing.names import Piece
from dsql_tui.sql.statements.block import Block
from dsql_tui.sql.statements.blocks import blocks_of

_SPELLINGS = re.compile(
    r"(?:(?P<varchar>VARCHAR|(?:NATIONAL )?CHAR(?:ACTER)? VARYING|NCHAR VARYING)"
    r"|(?P<char>BPCHAR|NCHAR|(?:NATIONAL )?CHAR(?:ACTER)?)) \( (?P<length>\d{1,9}) \)"
)
_ABSENT = re.compile(
    r"(?P<seen>pg_locks|pg_stat_(?!ssl$)\w+|pg_statio_\w+|pg_authid)"
    r"|pg_cursors|pg_prepared_xacts|pg_config|pg_file_settings|pg_hba_file_rules|pg_matviews"
    r"|pg_replication_\w+|pg_publication\w*|pg_subscription\w*"
)
"""Documented as not available; of those that were not seen to fail it is no more than a hint, for
the service has answered for some that the page excludes."""
INSTEAD = {
    "pg_stat_activity": "See Database Insights and CloudWatch (dsql-tui metrics).",
    "pg_locks": "DSQL uses no locks: conflicts are reported at COMMIT, and in CloudWatch as "
    "OccConflicts.",
    "pg_authid": "Use pg_roles.",
}


def declared_length(item: Sequence[Piece]) -> Iterator[Objection]:
    """Yield problems with the length of a column's type; `item` begins at the type."""
    spelled = " ".join(piece.word for piece in item[:7])
    match = _SPELLINGS.match(spelled)
    if match is None:
        return
    name = "varchar" if match["varchar"] else "char"
    most = COLUMN_BYTES[name]
    if int(match["length"]) > most:
        message = f"Datatype limit greater than {most} bytes not supported for {name}"
        suggestion = f"Declare {name}({most}) at most, or text, which holds 1 MiB."
        last = item[spelled[: match.end()].count(" ")]
        yield Objection("column_length", message, suggestion, item[0].start, last.end)


def key_columns(items: Sequence[Sequence[Piece]]) -> Iterator[Objection]:
    """Yield problems with the number of a key's columns."""
    if len(items) > KEY_COLUMNS:
        message = f"more than {KEY_COLUMNS} column keys in an index are not supported"
        suggestion = f"Leave columns out until {KEY_COLUMNS} remain, or INCLUDE them."
        start, end = items[KEY_COLUMNS][0].start, items[-1][-1].end
        yield Objection("key_columns", message, suggestion, start, end)


def key_size(
    items: Iterable[Sequence[Piece]], lengths: dict[str, int], start: int, end: int
) -> Iterator[Objection]:
    """Yield a hint if the declared lengths of a key's columns exceed the limit of a key."""
    size = sum(lengths.get(item[0].text.lower(), 0) for item in items if item)
    if size > KEY_BYTES:
        message = f"key size too large: its columns may hold {size:,} bytes"
        suggestion = "A key holds about 1 KiB: longer values are refused when they are stored."
        yield Objection("key_size", message, suggestion, start, end, unsure=True)


def length_of(item: Sequence[Piece]) -> int:
    """Return the declared length of a column's type; 0 without one."""
    match = _SPELLINGS.match(" ".join(piece.word for piece in item[:7]))
    return int(match["length"]) if match else 0


def rows_and_catalogs(pieces: Sequence[Piece], _behind: int) -> Iterator[Objection]:
    """Check the relations a query reads, and the rows of an INSERT from generate_series."""
    spelled = {piece.text.lower() for piece in pieces if piece.is_name}
    is_absent = any(_ABSENT.fullmatch(name) for name in spelled)
    if not is_absent and "generate_series" not in spelled:
        return
    begins = {"SELECT", "WITH", "INSERT", "UPDATE", "DELETE", "TABLE", "VALUES"}
    start = next((at for at, piece in enumerate(pieces) if piece.word in begins), 0)
    for block in blocks_of(pieces[start:]):
        yield from _catalogs(block, pieces)
        if block.verb == "INSERT" and block.query is not None:
            yield from _series(block.query)


def _catalogs(block: Block, pieces: Sequence[Piece]) -> Iterator[Objection]:
    for source in block.sources:
        schema, name = source.parts[-2:-1], source.parts[-1:]
        absent = _ABSENT.fullmatch(name[0]) if name else None
        if absent is None or schema not in {(), ("pg_catalog",)}:
            continue
        if any(name[0] in each.head.ctes for each in _around(block)):
            continue
        at = next((p for p in pieces if p.text.lower() == name[0]), pieces[0])
        message = f'relation "{name[0]}" does not exist'
        suggestion = INSTEAD.get(name[0], "DSQL does not offer this catalog.")
        unsure = absent["seen"] is None
        yield Objection("missing_catalog", message, suggestion, at.start, at.end, unsure)


def _around(block: Block | None) -> Iterator[Block]:
    while block is not None:
        yield block
        block = block.head.parent


_SERIES = re.compile(
    r"(?:SELECT (?:(?!\b(?:WHERE|LIMIT|FETCH|GROUP|DISTINCT|HAVING|JOIN)\b).)*? FROM |SELECT )"
    r"GENERATE_SERIES \( (-?) ?(\d{1,12}) , (-?) ?(\d{1,12})(?: , (\d{1,9}))? \)"
    r"(?: (?:AS )?[\w\"]+(?: \( \w+ \))?)?"
)


def _series(query: Block) -> Iterator[Objection]:
    """Yield an objection if the rows come from one series and are too many."""
    if any(isinstance(item, Block) for item in query.items) or query.arms:
        return
    pieces = [item for item in query.items if isinstance(item, Piece)]
    match = _SERIES.fullmatch(" ".join(piece.word for piece in _upper(pieces)))
    if match is None:
        return
    first, last = int(match[1] + match[2]), int(match[3] + match[4])
    rows = (last - first) // max(int(match[5] or 1), 1) + 1
    if rows > TRANSACTION_ROWS:
        message = f"transaction row limit exceeded: the series has {rows:,} rows"
        suggestion = f"Insert at most {TRANSACTION_ROWS:,} rows a transaction: cut the series."
        at = next(piece for piece in pieces if piece.text.lower() == "generate_series")
        yield Objection("row_limit", message, suggestion, at.start, at.end)


def _upper(pieces: Sequence[Piece]) -> list[Piece]:
    return [piece._replace(word=piece.word.upper()) for piece in pieces]
