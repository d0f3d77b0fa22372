from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dsql_tui.errors import InputError
from dsql_tui.load.manifest import Header, open_manifest

HEADER = Header("a.csv", 10, 1, "c" * 26, "items", ("id",), 2_000, 4_096)


def test_a_load_is_taken_up_where_it_was_stopped(tmp_path: Path) -> None:
    path = tmp_path / "m"
    first = open_manifest(path, HEADER, restart=False)
    for number in (1, 2, 3):
        first.begin(number)
    first.done(1, 2_000, 0)
    first.done(3, 1_990, 10)
    again = open_manifest(path, HEADER, restart=False).state
    assert (again.done, again.in_doubt) == ({1, 3}, {2})
    assert (again.rows, again.bad, again.finished) == (3_990, 10, False)


def test_a_line_that_was_cut_off_by_a_kill_is_not_believed(tmp_path: Path) -> None:
    path = tmp_path / "m"
    kept = open_manifest(path, HEADER, restart=False)
    kept.begin(1)
    with path.open("a") as stream:
        stream.write('{"done": 1, "ro')
    assert open_manifest(path, HEADER, restart=False).state.in_doubt == {1}


@pytest.mark.parametrize(
    "other", [{"size_bytes": 11}, {"table": "orders"}, {"cluster": "d" * 26}, {"rows_max": 1}]
)
def test_the_manifest_of_another_load_is_refused(tmp_path: Path, other: dict[str, object]) -> None:
    path = tmp_path / "m"
    open_manifest(path, HEADER, restart=False)
    changed = replace(HEADER, **other)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=next(iter(other))):
        open_manifest(path, changed, restart=False)
    assert open_manifest(path, changed, restart=True).state.done == set()


def test_a_finished_load_says_so(tmp_path: Path) -> None:
    path = tmp_path / "m"
    kept = open_manifest(path, HEADER, restart=False)
    kept.finish()
    assert open_manifest(path, HEADER, restart=False).state.finished
