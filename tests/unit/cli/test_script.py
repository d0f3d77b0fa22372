"""Where in the file a step of a script was refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from dsql_tui.cli.root import group
from dsql_tui.cli.shared.exit_codes import ExitCode
from dsql_tui.cli.shared.script_run import _follow, _hazards, _shown
from dsql_tui.errors import InputError, StatementError
from dsql_tui.scripts.events import RunEvent, StepBegun
from dsql_tui.sql.dsql.script_plan import plan_script
from dsql_tui.sql.statements.sources import SqlSource

ROWS = ", ".join(f"({number})" for number in range(3_001))
SCRIPT = f"""create table t (id int);
begin;
insert into t values (1);
  insert into t values (é);
commit;
insert into t values {ROWS};
"""
PLAN = plan_script(SCRIPT)


def refused(number: int, error: StatementError) -> Iterator[RunEvent]:
    yield StepBegun(number, 4, "x")
    raise error


@pytest.mark.parametrize(
    ("number", "index", "position", "message"),
    [
        (1, 0, 14, ["m.sql:1:14: 42601 no", "    1 | create table t (id int);", " " * 13]),
        (2, 0, None, ["m.sql:3:1: 42601 no"]),
        (2, 1, 23, ["m.sql:4:25: 42601 no", "    4 |   insert into t values (é);", " " * 24]),
        (3, 0, 23, ["m.sql:6:23: 42601 no", "    6 | insert into t values (0)"]),
        (4, 0, 23, ["m.sql:6:1: 42601 no"]),  # the second part of the INSERT
    ],
)
def test_the_statement_that_was_refused_is_named(
    capsys: pytest.CaptureFixture[str],
    number: int,
    index: int,
    position: int | None,
    message: list[str],
) -> None:
    error = StatementError("no", sqlstate="42601", position=position)
    error.index = index
    assert len(PLAN.steps) == 4
    code = _follow(refused(number, error), PLAN, SqlSource("m.sql", SCRIPT), Path("m.kept"))
    assert code == ExitCode.STATEMENT_FAILED
    lines = capsys.readouterr().err.splitlines()[1:]
    assert lines[-1] == "Run the same command to resume (saved in m.kept)."
    assert lines[0] == f"Error: {message[0]}"
    if len(message) > 1:
        assert lines[1].startswith(message[1])
    if len(message) > 2:
        assert lines[2] == f"      | {message[2]}^"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("select 1;\nselect 'a", ":2:8: the string that begins here is not closed."),
        ("select 1;\n\\d", ":2:1: \\d is a command of psql, not SQL."),
        ("select 1;\nbegin;\nselect 1", ": The transaction of line 2 is never committed."),
        ("select 1;\nrollback", ": Line 2: ROLLBACK cannot be planned."),
    ],
)
def test_a_script_that_cannot_be_planned_is_refused_with_its_file(
    tmp_path: Path, text: str, message: str
) -> None:
    path = tmp_path / "m.sql"
    path.write_text(text)
    result = CliRunner().invoke(
        group, ["script", "shop", "--plan", "-f", str(path)], standalone_mode=False
    )
    assert isinstance(result.exception, InputError)
    assert result.exception.message == f"{path}{message}"


DESTRUCTIVE = f"""create table t (id int);
begin;
insert into t values (1);
  delete from t;
commit;
update t set id = 2 where id = 1;
insert into t values {ROWS};
drop table
  t;
"""


@pytest.mark.parametrize("done", [0, 1, 2, 5])
def test_destructive_statements_are_named_with_their_lines_unless_they_ran(done: int) -> None:
    plan = plan_script(DESTRUCTIVE)
    hazards = ["line 4: Delete every row of t", "line 8: Drop table t"]
    assert _hazards(plan, done, SqlSource("m.sql", DESTRUCTIVE)) == hazards[done > 1 :]


def test_a_script_without_them_has_none() -> None:
    assert _hazards(PLAN, 0, SqlSource("m.sql", SCRIPT)) == []


def test_a_question_lists_the_first_ones_and_counts_the_others() -> None:
    hazards = [f"line {number}: Drop table t" for number in range(1, 1_022)]
    assert _shown(hazards[:20]) == hazards[:20]
    assert _shown(hazards) == [*hazards[:20], "and 1,001 more"]


def test_a_file_of_pg_dump_is_planned_with_its_inline_data(tmp_path: Path) -> None:
    path = tmp_path / "dump.sql"
    path.write_text(
        "create table t (id int primary key);\nCOPY t (id) FROM stdin;\n1\n2\n\\.\nselect 1;\n"
    )
    result = CliRunner().invoke(group, ["script", "shop", "-f", str(path), "--plan"])
    assert (result.exit_code, result.exception) == (ExitCode.OK, None), result.output


def test_a_copy_without_its_data_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    path = tmp_path / "copy.sql"
    path.write_text("create table t (id int primary key);\nCOPY t (id) FROM stdin;\n")
    result = CliRunner().invoke(group, ["script", "shop", "-f", str(path), "--plan"])
    assert isinstance(result.exception, InputError)
