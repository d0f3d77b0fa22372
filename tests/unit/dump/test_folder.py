"""The folder of a dump: only a dump of the same is resumed, only a complete one is restored."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dsql_tui.dump.folder import begin_dump, digests_of, open_dump, sequences_of, tables_of
from dsql_tui.dump.manifest import DumpedSequence, DumpedTable, DumpHeader
from dsql_tui.dump.restore_state import RestoreState, RestoreStep, hold_restore
from dsql_tui.errors import FileInUse, InputError
from dsql_tui.schema.definitions import (
    ColumnDefinition,
    ConstraintDefinition,
    ConstraintKind,
    Database,
    SequenceDefinition,
    SequenceOptions,
    TableDefinition,
)

FILES = {"1-before-rows.sql": "CREATE TABLE t (id int);\n"}
HEADER = DumpHeader("arn", "2026-12-01", "all", False, digests_of(FILES), (), ())


def complete(folder: Path, header: DumpHeader = HEADER) -> None:
    manifest = begin_dump(folder, FILES, header)
    manifest.finish([])
    manifest.close()


def test_a_dump_that_was_begun_is_resumed(tmp_path: Path) -> None:
    folder = tmp_path / "dump"
    begin_dump(folder, FILES, HEADER).close()
    begin_dump(folder, FILES, replace(HEADER, began_at="later")).close()
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


CHANGES = {
    "cluster": replace(HEADER, cluster="other"),
    "options": replace(HEADER, choices="some"),
    "definitions": replace(HEADER, files=digests_of({"1-before-rows.sql": "CREATE"})),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_dump_of_something_else_is_not_resumed(tmp_path: Path, change: str) -> None:
    begin_dump(tmp_path, FILES, HEADER).close()
    with pytest.raises(InputError, match=f"begun with other {change}"):
        begin_dump(tmp_path, FILES, CHANGES[change])


def test_a_dump_of_one_snapshot_is_begun_again(tmp_path: Path) -> None:
    tables = (DumpedTable(1, "public", "t", ("id",)),)
    header = replace(HEADER, is_snapshot=True, tables=tables)
    begun = begin_dump(tmp_path, FILES, header)
    begun.complete(1)
    begun.close()
    again = begin_dump(tmp_path, FILES, header)
    assert not again.tables[1].is_complete
    again.close()


def test_a_complete_dump_is_not_written_over(tmp_path: Path) -> None:
    complete(tmp_path)
    with pytest.raises(InputError, match="has a dump that is complete"):
        begin_dump(tmp_path, FILES, HEADER)


def test_a_folder_with_other_files_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(InputError, match="is not empty and has no dump"):
        begin_dump(tmp_path, FILES, HEADER)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_a_dump_that_ended_before_its_manifest_is_begun_again(tmp_path: Path) -> None:
    (tmp_path / "1-before-rows.sql").write_text("half")
    complete(tmp_path)
    open_dump(tmp_path).close()


def test_only_a_complete_and_unchanged_dump_is_restored(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has no dump"):
        open_dump(tmp_path)
    begun = begin_dump(tmp_path, FILES, HEADER)
    with pytest.raises(InputError, match="is incomplete"):
        open_dump(tmp_path)
    begun.finish([])
    begun.close()
    open_dump(tmp_path).close()
    (tmp_path / "1-before-rows.sql").write_text("DROP TABLE t;\n")
    with pytest.raises(InputError, match="is not as it was dumped"):
        open_dump(tmp_path)
    (tmp_path / "1-before-rows.sql").unlink()
    with pytest.raises(InputError, match="cannot be read"):
        open_dump(tmp_path)


def test_generated_columns_are_left_out_and_a_key_over_them_is_not_used() -> None:
    columns = (
        ColumnDefinition("id", "bigint", identity="ALWAYS", sequence=SequenceOptions(1, 1, -2)),
        ColumnDefinition("twice", "bigint", default="id * 2", is_generated=True),
    )

    def table(name: str, *key: str) -> TableDefinition:
        primary = ConstraintDefinition("k", ConstraintKind.PRIMARY_KEY, "", columns=key)
        return TableDefinition("public", name, columns, (primary,) if key else ())

    only_generated = TableDefinition("public", "none", columns[1:])
    tables = tables_of(
        Database((table("a", "id"), only_generated, table("b", "twice"), table("c")))
    )
    assert [(each.number, each.name, each.columns, each.key) for each in tables] == [
        (1, "a", ("id",), ("id",)),
        (2, "b", ("id",), ()),
        (3, "c", ("id",), ()),
    ]
    assert tables[0].identities == {"id": -2}


def test_sequences_keep_their_owner() -> None:
    sequence = SequenceDefinition("app", "s", SequenceOptions(1, 1, 5), ("app", "t", "n"))
    assert sequences_of(Database((sequence,))) == (
        DumpedSequence("app", "s", 5, ("app", "t", "n")),
    )


def test_two_restores_of_a_dump_into_a_cluster_exclude_each_other(tmp_path: Path) -> None:
    with (
        hold_restore(tmp_path, "a") as folder,
        hold_restore(tmp_path, "b"),
        pytest.raises(FileInUse, match="dsql-tui restore"),
        hold_restore(tmp_path, "a"),
    ):
        pass
    assert not folder.exists()


def test_a_restore_resumes_with_what_it_was_begun_with(tmp_path: Path) -> None:
    with hold_restore(tmp_path, "a") as folder:
        state = RestoreState(folder, "digest", "all")
        assert not state.resumed
        state.begin()
        state.add(RestoreStep.ROWS)
        again = RestoreState(folder, "digest", "all")
        assert again.resumed
        assert again.has_done(RestoreStep.ROWS)
        assert not again.has_done(RestoreStep.NUMBERS)
        with pytest.raises(InputError, match="begun with other options"):
            RestoreState(folder, "digest", "some")
        with pytest.raises(InputError, match="begun with another dump"):
            RestoreState(folder, "other", "all")
        again.remove()
