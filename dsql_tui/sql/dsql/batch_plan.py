"""Turning one large UPDATE, DELETE or INSERT … SELECT into commits of at most 3,000 rows.

The batches follow a key of the table, usually its primary key: for each batch, `boundary` finds the
key of its last row, and `batch` changes the rows between two keys. A row that is inserted meanwhile
after the last key processed is still changed, one inserted before it is not: the change as a whole
is not atomic, and callers show that. A statement that cannot be split without changing its meaning
is refused with the reason.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from dsql_tui.errors import InputError
from dsql_tui.sql.dsql.limits import TRANSACTION_ROWS
from dsql_tui.sql.lexing.keywords import words
from dsql_tui.sql.lexing.names import folded, name_at, pieces_of, qualified, quoted
from dsql_tui.sql.statements.params import untyped
from dsql_tui.sql.statements.scope import RowSource

DEFAULT_ROWS = 1_000
"""Rows a batch: cascades of foreign keys count too, so the limit is not used up."""
Key = tuple[str, ...]
"""Values of the key columns as text, in order."""
NOT_ATOMIC = (
    "Not atomic: each batch is committed separately, and committed batches are kept when the run"
    " stops."
)
_GROUPING = words("GROUP HAVING DISTINCT LIMIT OFFSET FETCH UNION INTERSECT EXCEPT WINDOW ORDER")
_AGGREGATES = words(
    "COUNT SUM MIN MAX AVG STRING_AGG ARRAY_AGG JSON_AGG JSONB_AGG BOOL_AND BOOL_OR OVER"
)
_JOINING = words("JOIN CROSS NATURAL LEFT RIGHT FULL INNER LATERAL")
_NEW_EACH_TIME = words("SELECT RANDOM GEN_RANDOM_UUID")
"""Words of a condition that can hold for other rows once some of them are deleted."""


@dataclass(frozen=True, slots=True)
class BatchPlan:
    """How a statement is run in batches.

    Attributes:
        verb: UPDATE, DELETE or INSERT.
        table: The table whose key orders the batches, as written in SQL.
        key: Its key columns, unquoted.
        rows: The most rows of a batch.
        lead: The statement up to its condition.
        condition: The text after WHERE, or empty.
        tail: The text after the condition.
        source: The table with its alias, as written in the statement.
        qualifier: The name that qualifies its columns, quoted for SQL.
    """

    verb: str
    table: str
    key: tuple[str, ...]
    rows: int
    lead: str
    condition: str
    tail: str
    source: str
    qualifier: str

    def boundary(self, after: Key | None) -> str:
        """Return the query for the last key of the next batch; no row means the rest fits."""
        columns = ", ".join(f"{column}::text" for column in self._columns)
        order = ", ".join(self._columns)
        where = self._where(after, None)
        parts = ["SELECT", columns, "FROM", self.source + where, "ORDER BY", order]
        return " ".join([*parts, f"LIMIT 1 OFFSET {self.rows - 1}"])

    def estimate(self, after: Key | None) -> str:
        """Return the EXPLAIN that estimates how many rows follow `after`; it reads no rows."""
        return " ".join(["EXPLAIN SELECT 1 FROM", self.source + self._where(after, None)])

    def batch(self, after: Key | None, upto: Key | None) -> str:
        """Return the statement that changes the rows after `after` up to and including `upto`."""
        return f"{self.lead}{self._where(after, upto)}{self.tail}"

    @property
    def digest(self) -> str:
        """The digest that identifies the statement and its key in a checkpoint."""
        parts = (self.lead, self.condition, self.tail, *self.key)
        return hashlib.sha256("\0".join(parts).encode(errors="replace")).hexdigest()

    @property
    def is_repeatable(self) -> bool:
        """Whether a batch that may have completed can be run again without changing more.

        A DELETE finds no rows the second time, unless its condition depends on the deleted rows.
        """
        condition = {piece.word for piece in pieces_of(self.condition)}
        return self.verb == "DELETE" and not condition & _NEW_EACH_TIME

    @property
    def _columns(self) -> list[str]:
        return [f"{self.qualifier}.{quoted(column)}" for column in self.key]

    def _where(self, after: Key | None, upto: Key | None) -> str:
        conditions = [f"({self.condition})"] if self.condition else []
        columns = ", ".join(self._columns)
        for sign, values in ((">", after), ("<=", upto)):
            if values is not None:
                shown = ", ".join(map(untyped, values))
                conditions.append(f"({columns}) {sign} ({shown})")
        return f" WHERE {' AND '.join(conditions)}" if conditions else ""


@dataclass(frozen=True, slots=True)
class BatchCheckpoint:
    """The progress of a run in batches.

    Attributes:
        digest: The digest of the plan.
        cluster: The host of the endpoint on which it was run.
        after: The last committed key; `None` before the first batch.
        under_way: Whether the next batch had been sent when this was written.
        upto: The last key of that batch; `None` for the last batch, and if none had been sent.
    """

    digest: str
    cluster: str
    after: Key | None = None
    under_way: bool = False
    upto: Key | None = None

    def begun(self, upto: Key | None) -> BatchCheckpoint:
        """Return the checkpoint to write before a batch is sent."""
        return replace(self, under_way=True, upto=upto)

    def ended(self) -> BatchCheckpoint:
        """Return the checkpoint to write when a batch that is not the last is committed."""
        return replace(self, after=self.upto, under_way=False, upto=None)

    def failed(self) -> BatchCheckpoint:
        """Return the checkpoint to write when no row of a batch is stored."""
        return replace(self, under_way=False, upto=None)


@dataclass(frozen=True, slots=True)
class BatchTarget:
    """The table of a batch statement: look up its key, then call `plan_batches`.

    Attributes:
        verb: UPDATE, DELETE or INSERT.
        relation: The table's name, folded, with its schema if the statement names one.
    """

    verb: str
    relation: tuple[str, ...]


def batch_target(statement: str) -> BatchTarget:
    """Return the table whose key is needed to run `statement` in batches.

    Raises:
        InputError: It cannot be run in batches.
    """
    reading = _Reading(statement)
    return BatchTarget(reading.verb, reading.relation)


def plan_batches(statement: str, key: Sequence[str], *, rows: int = DEFAULT_ROWS) -> BatchPlan:
    """Plan a statement's batches.

    Args:
        statement: `UPDATE t SET … [WHERE]`, `DELETE FROM t [WHERE]`, `INSERT INTO … SELECT … FROM t
            [WHERE]`.
        key: Columns that together are unique in the table and never NULL, such as its primary key.
        rows: The rows of a batch.

    Raises:
        InputError: It cannot be run in batches, and why.
    """
    if not key:
        raise InputError("The table has no primary key.")
    if not 1 <= rows <= TRANSACTION_ROWS:
        raise InputError(f"A batch has 1 to {TRANSACTION_ROWS:,} rows, not {rows:,}.")
    reading = _Reading(statement)
    changed = sorted(set(key) & reading.assigned)
    if changed:
        raise InputError(f"It changes the key ({', '.join(changed)}) that orders the batches.")
    return BatchPlan(
        reading.verb,
        qualified(reading.relation),
        tuple(key),
        rows,
        statement[: reading.lead_end],
        reading.condition,
        reading.tail,
        reading.source_text,
        quoted(reading.qualifier),
    )


class _Reading:
    """Finds the parts of a statement, or refuses it."""

    def __init__(self, statement: str) -> None:
        self._pieces = [piece for piece in pieces_of(statement) if piece.word != ";"]
        if not self._pieces:
            raise InputError("There is no statement to run in batches.")
        self.end = self._pieces[-1].end
        self.verb = self._pieces[0].word
        self._own = [index for index, piece in enumerate(self._pieces) if piece.depth == 0]
        self._text = statement
        self._refuse()
        self.assigned: frozenset[str] = frozenset()
        start = self._source_start()
        self.relation, behind = name_at(self._pieces, start)
        if not self.relation or self._word(behind) == "(":
            raise InputError("The table to change cannot be determined from the statement.")
        if self.verb == "INSERT" and name_at(self._pieces, 2)[0][-1:] == self.relation[-1:]:
            raise InputError(
                "The statement reads the table it inserts into: the batches would never end."
            )
        source, behind = self._alias(behind)
        self.qualifier = source.name
        self.source_text = statement[self._pieces[start].start : self._pieces[behind - 1].end]
        self._check_behind(behind)
        self._find_condition(behind)

    def _word(self, index: int) -> str:
        return self._pieces[index].word if index < len(self._pieces) else ""

    def _has(self, wanted: frozenset[str]) -> str:
        return next((p.word for i in self._own if (p := self._pieces[i]).word in wanted), "")

    def _refuse(self) -> None:
        if self.verb not in {"UPDATE", "DELETE", "INSERT"}:
            raise InputError("Only UPDATE, DELETE and INSERT … SELECT can be run in batches.")
        if self._has(frozenset({"RETURNING"})):
            raise InputError("A statement with RETURNING cannot be run in batches.")
        if word := self._has(_GROUPING):
            raise InputError(f"With {word} it cannot be cut: each batch would see only its part.")
        if self.verb == "INSERT" and not self._has(frozenset({"SELECT"})):
            raise InputError("INSERT … VALUES needs no batches by key: run it as a script.")

    def _source_start(self) -> int:
        """Return the position of the name of the table whose key orders the batches."""
        if self.verb == "INSERT":
            return self._select_source()
        start = 1 if self.verb == "UPDATE" else 2
        return start + (self._word(start) == "ONLY")

    def _select_source(self) -> int:
        select = next(i for i in self._own if self._pieces[i].word == "SELECT")
        sources = [i for i in self._own if i > select and self._pieces[i].word == "FROM"]
        if not sources:
            raise InputError("Its SELECT reads no table that could be split into batches.")
        aggregates = [p for p in self._pieces[select : sources[0]] if p.word in _AGGREGATES]
        if aggregates:
            raise InputError(
                f"With {aggregates[0].text} it cannot be cut: each batch would see only its part."
            )
        return sources[0] + 1 + (self._word(sources[0] + 1) == "ONLY")

    def _alias(self, behind: int) -> tuple[RowSource, int]:
        if self._word(behind) == "AS":
            behind += 1
        elif not self._is_alias(behind):
            return RowSource(self.relation[-1]), behind
        return RowSource(folded(self._pieces[behind].text)), behind + 1

    def _is_alias(self, index: int) -> bool:
        if index >= len(self._pieces) or not self._pieces[index].is_name:
            return False
        return self._word(index) not in {"SET", "WHERE", "USING", "FROM", "ON", *_JOINING}

    def _check_behind(self, behind: int) -> None:
        word = self._word(behind)
        joined = self._has(_JOINING) or (word == "," and ",")
        if self.verb == "DELETE" and word == "USING":
            joined = word
        if self.verb == "UPDATE":
            later = [i for i in self._own if i > behind and self._pieces[i].word == "FROM"]
            joined = joined or ("FROM" if later else "")
        if joined:
            raise InputError(
                "It joins other tables: write the condition as WHERE EXISTS (…) to run it in"
                " batches."
            )
        if self.verb == "UPDATE":
            self.assigned = self._assigned(behind)

    def _assigned(self, behind: int) -> frozenset[str]:
        """Return the columns on the left sides of SET."""
        assigned: set[str] = set()
        expects = True
        for piece in self._pieces[behind + 1 :]:
            if piece.word == "WHERE" and piece.depth == 0:
                break
            if piece.word == "=" and piece.depth == 0:
                expects = False
            elif piece.word == "," and piece.depth == 0:
                expects = True
            elif expects and piece.is_name:
                assigned.add(folded(piece.text))
        return frozenset(assigned)

    def _find_condition(self, behind: int) -> None:
        """Find the condition without comments at its edges, or the position for a new one."""
        later = [index for index in self._own if index >= behind]
        conflict = [i for i in later if self._word(i) == "ON" and self.verb == "INSERT"]
        stop = conflict[0] if conflict else len(self._pieces)
        where = [i for i in later if self._word(i) == "WHERE" and i < stop]
        self.lead_end = self._pieces[(where[0] if where else stop) - 1].end
        self.condition = ""
        if where and where[0] + 1 < stop:
            start, end = self._pieces[where[0] + 1].start, self._pieces[stop - 1].end
            self.condition = self._text[start:end]
        self.tail = f" {self._text[self._pieces[stop].start : self.end]}" if conflict else ""
