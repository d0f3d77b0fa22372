"""Rows of an import: read into files, compared by checksums, resumed by a file of state."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from dsql_tui.errors import InputError, SessionLost, WriteFailed
from dsql_tui.migrate.checksum import RowChecksum
from dsql_tui.migrate.conversion import ColumnMove, TableMove
from dsql_tui.migrate.spool import read_statement, spool, spool_name, tables_digest
from dsql_tui.migrate.state import (
    FILE,
    ImportState,
    ImportStep,
    TableRows,
    check_same,
    read_state,
)


def checksum(*lines: bytes, numbers: Sequence[int] = ()) -> tuple[int, str]:
    made = RowChecksum(numbers)
    for line in lines:
        made.add(line)
    return made.rows, made.text


def test_a_checksum_is_that_of_the_rows_in_any_order() -> None:
    assert checksum(b"1\ta\n", b"2\tb\n") == checksum(b"2\tb\n", b"1\ta\n")
    assert checksum(b"1\ta\n", b"2\tb\n") != checksum(b"1\tb\n", b"2\ta\n")
    assert checksum(b"1\n", b"1\n") != checksum(b"1\n")
    assert checksum() == (0, "0" * 16)


def test_equal_rows_do_not_cancel_each_other() -> None:
    assert checksum(b"1\n", b"1\n", b"2\n")[1] != checksum(b"2\n", b"2\n", b"2\n")[1]


def test_zeros_after_the_point_count_only_where_the_scale_is_the_same() -> None:
    assert checksum(b"1.50\t1.50\n", numbers=[0]) == checksum(b"1.5\t1.50\n", numbers=[0])
    assert checksum(b"1.50\t1.50\n", numbers=[0]) != checksum(b"1.50\t1.5\n", numbers=[0])
    assert checksum(b"3.000\n", numbers=[0]) == checksum(b"3\n", numbers=[0])
    assert checksum(b"300\n", numbers=[0]) != checksum(b"3\n", numbers=[0])
    assert checksum(b"\\N\n", numbers=[0]) != checksum(b"0\n", numbers=[0])
    assert checksum(b"1.5\n", numbers=[0]) != checksum(b"1.51\n", numbers=[0])


MOVE = TableMove(
    'S"x', "t", (ColumnMove("id", "id", "bigint"), ColumnMove("m", '"M"::text', "text"))
)


def test_a_table_is_read_with_the_casts_of_its_columns() -> None:
    assert read_statement(MOVE) == 'COPY (SELECT id, "M"::text FROM "S""x".t) TO STDOUT'


def test_rows_of_children_are_not_read_with_their_parent() -> None:
    parent = TableMove("app", "t", MOVE.columns, has_children=True)
    assert " FROM ONLY app.t)" in read_statement(parent)


class Server:
    """A session that answers COPY with rows, and may be cut."""

    is_open = True
    is_running = False

    def __init__(self, rows: Sequence[bytes], *, cut_after: int | None = None) -> None:
        self.statements: list[str] = []
        self._rows = rows
        self._cut_after = cut_after

    def fetch(self, statement: str) -> list[tuple[str | None, ...]]:
        self.statements.append(statement)
        return []

    def copy_out(self, statement: str) -> Iterator[bytes]:
        self.statements.append(statement)
        for number, row in enumerate(self._rows):
            if number == self._cut_after:
                self.is_open = False
                raise SessionLost("The connection was lost.", outcome_unknown=False)
            yield row


def test_rows_are_read_into_private_files_in_one_transaction(tmp_path: Path) -> None:
    server = Server([b"1\ta\n", b"2\t\\N\n"])
    steps = list(spool(server, [MOVE, MOVE], tmp_path))  # type: ignore[arg-type]
    assert [(step.table, step.rows) for step in steps] == [(1, 2), (2, 2)]
    assert steps[0].checksum == checksum(b"1\ta\n", b"2\t\\N\n")[1]
    path = tmp_path / spool_name(1)
    assert gzip.decompress(path.read_bytes()) == b"1\ta\n2\t\\N\n"
    assert path.stat().st_mode & 0o777 == 0o600
    assert server.statements[0] == "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
    assert server.statements[-1] == "ROLLBACK"


def test_a_server_that_is_cut_ends_the_reading(tmp_path: Path) -> None:
    server = Server([b"1\ta\n", b"2\tb\n"], cut_after=1)
    with pytest.raises(SessionLost):
        list(spool(server, [MOVE], tmp_path))  # type: ignore[arg-type]
    assert "ROLLBACK" not in server.statements


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(WriteFailed, match="cannot be written"):
        list(spool(Server([]), [MOVE], tmp_path / "missing"))  # type: ignore[arg-type]


STATE = ImportState(
    "h:/d", "arn:aws:dsql:…", "identity", "d1", tables={"app.t": TableRows(3, "ab")}
)


def test_the_state_of_an_import_is_read_as_it_was_written(tmp_path: Path) -> None:
    assert read_state(tmp_path) is None
    STATE.save(tmp_path)
    assert read_state(tmp_path) == STATE
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600


def test_steps_are_done_in_order() -> None:
    state = ImportState("s", "c", "i", "d", step=ImportStep.READ)
    assert [state.has_done(step) for step in ImportStep] == [True, True, True, False, False]


@pytest.mark.parametrize(
    "damage",
    [
        {"version": 2},
        {"step": "finished"},
        {"tables": []},
        {"tables": {"app.t": {"rows": -1, "checksum": ""}}},
        {"source": 3},
        {"more": 1},
    ],
)
def test_a_damaged_state_is_refused_with_what_to_do(
    damage: dict[str, object], tmp_path: Path
) -> None:
    STATE.save(tmp_path)
    path = tmp_path / FILE
    path.write_text(json.dumps({**json.loads(path.read_text()), **damage}), encoding="utf-8")
    with pytest.raises(InputError, match="cannot be used") as refused:
        read_state(tmp_path)
    assert refused.value.remedy


@pytest.mark.parametrize("field", ["source", "cluster", "choices"])
def test_an_import_resumes_only_with_what_it_was_begun_with(field: str, tmp_path: Path) -> None:
    check_same(STATE, STATE, tmp_path)
    other = replace(STATE)
    setattr(other, field, "x")
    with pytest.raises(InputError, match=f"with the {field} "):
        check_same(other, STATE, tmp_path)


def test_an_import_does_not_resume_with_other_tables(tmp_path: Path) -> None:
    assert tables_digest([MOVE]) != tables_digest([MOVE, MOVE])
    other = replace(STATE, tables_digest=tables_digest([MOVE]))
    with pytest.raises(InputError, match="have changed since"):
        check_same(other, STATE, tmp_path)
