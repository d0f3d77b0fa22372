"""Tables are read in ranges: each row once, whatever fails meanwhile."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from threading import Event
from typing import cast

import pytest

from dsql_tui.dump.ranges import Block, RangePolicy, RangeReader, RowSelection
from dsql_tui.errors import OccConflict, SessionLost, StatementError
from dsql_tui.pg.session_pool import SessionPool

KEYED = RowSelection("public", "t", ("id", "v"), ("id",))
POLICY = RangePolicy(rows=4, rows_max=16, target_s=1_000)


class Impatient(Event):
    """An event for which nobody waits."""

    def wait(self, timeout: float | None = None) -> bool:
        return self.is_set()


class Table:
    """A table of numbered rows whose reads fail as told: after some rows, once each."""

    def __init__(self, rows: int, failures: list[tuple[int, Exception]]) -> None:
        self.rows = rows
        self.failures = failures
        self.limits: list[int] = []

    def copy_out(self, statement: str) -> Generator[bytes, None, None]:
        after = re.search(r"id > \'(\d+)\'", statement)
        limit = int(cast("re.Match[str]", re.search(r"LIMIT (\d+)", statement))[1])
        self.limits.append(limit)
        first = int(after[1]) + 1 if after else 0
        failure = self.failures.pop(0) if self.failures else None
        for sent, number in enumerate(range(first, min(first + limit, self.rows))):
            if failure and sent == failure[0]:
                raise failure[1]
            yield b"%d\tx\n" % number
        if failure:
            raise failure[1]

    def fit(self) -> Table:
        return self

    @contextmanager
    def session(self) -> Iterator[Table]:
        yield self


def read(table: Table, *, after: tuple[str, ...] = ()) -> list[int]:
    """Return the numbers of the rows that ranges hold."""
    numbers: list[int] = []

    def consume(blocks: Iterator[Block]) -> list[int]:
        return [int(row.partition(b"\t")[0]) for block in blocks for row in block]

    reader = RangeReader(cast("SessionPool", table), KEYED, consume, POLICY, Impatient())
    for each in reader.ranges(after):
        assert each.rows == len(each.result)
        assert each.last == ((str(each.result[-1]),) if each.result else ())
        numbers += each.result
    return numbers


@pytest.mark.parametrize("rows", range(25))
def test_each_row_is_read_once(rows: int) -> None:
    table = Table(rows, [])
    assert read(table) == list(range(rows))
    assert table.limits[:3] == [4, 16, 16][: len(table.limits)]


def test_reading_begins_after_a_key() -> None:
    assert read(Table(10, []), after=("6",)) == [7, 8, 9]


FAILURES: dict[str, Callable[[], Exception]] = {
    "a conflict": lambda: OccConflict("change conflicts (OC001)", sqlstate="40001"),
    "a lost session": lambda: SessionLost("gone", outcome_unknown=False),
    "a range that takes too long": lambda: StatementError("age limit", sqlstate="54000"),
}


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("after", [0, 2, 3, 4])
def test_a_range_that_failed_is_read_again(failure: str, after: int) -> None:
    table = Table(9, [(after, FAILURES[failure]()), (1, FAILURES["a conflict"]())])
    assert read(table) == list(range(9))


def test_a_range_that_takes_too_long_is_made_shorter() -> None:
    table = Table(9, [(0, FAILURES["a range that takes too long"]())])
    read(table)
    assert table.limits[:2] == [4, 1]


def test_other_refusals_are_raised() -> None:
    denied = StatementError("permission denied for table t", sqlstate="42501")
    with pytest.raises(StatementError, match="permission denied"):
        read(Table(9, [(0, denied)]))


def test_a_single_row_that_takes_too_long_is_raised() -> None:
    too_long = FAILURES["a range that takes too long"]
    with pytest.raises(StatementError, match="age limit"):
        read(Table(9, [(0, too_long()), (0, too_long()), (0, too_long())]))


def test_nothing_begins_after_a_stop() -> None:
    stop = Event()
    table = Table(100, [])

    def consume(blocks: Iterator[Block]) -> int:
        stop.set()
        return sum(map(len, blocks))

    reader = RangeReader(cast("SessionPool", table), KEYED, consume, POLICY, stop)
    assert [each.rows for each in reader.ranges()] == [4]


def test_the_statement_continues_after_a_key_in_its_order() -> None:
    table = RowSelection("app", 'o"t', ("a", "b", "n"), ("n", "a"))
    assert table.statement(7, ("3", "it's")) == (
        'COPY (SELECT a, b, n FROM app."o""t" WHERE n >= \'3\''
        " AND (n, a) > ('3', 'it''s') ORDER BY n, a LIMIT 7) TO STDOUT"
    )
    assert table.key_of(b"x\\ty\t\\N\t12\n") == ("12", "x\ty")


def test_a_table_without_a_key_is_read_by_one_statement() -> None:
    table = RowSelection("public", "t", ("v",))
    assert table.statement(5) == "COPY (SELECT v FROM public.t) TO STDOUT"


@pytest.mark.parametrize(
    ("rows", "elapsed_s", "expected"),
    [(100, 1, 400), (100, 15, 100), (100, 30, 50), (100, 0, 400), (1, 100, 1), (900_000, 1, 10**6)],
)
def test_the_next_range_is_as_long_as_time_allows(
    rows: int, elapsed_s: float, expected: int
) -> None:
    assert RangePolicy().next(rows, elapsed_s) == expected
