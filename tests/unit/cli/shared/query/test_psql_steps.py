"""What `query` sends and prints for commands of psql among its statements."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from dsql_tui.cli.shared.exit_codes import ExitCode
from dsql_tui.cli.shared.query.psql_steps import (
    DEPTH_MAX,
    QueryStep,
    SourceReader,
    plan_steps,
    statements_in,
    watch_steps,
)
from dsql_tui.cli.shared.query.results import ResultWriter
from dsql_tui.errors import InputError, StatementError
from dsql_tui.export.formats import ExportOptions, Format
from dsql_tui.model.result import StatementEvent
from dsql_tui.sql.dsql.explain import explain_of
from dsql_tui.sql.psql.steps import Side, steps_of
from dsql_tui.sql.psql.watch import Watch
from dsql_tui.sql.statements.sources import SqlSource
from tests.support.fakes import Answer, FakeSession, answer
from tests.unit.cli.shared.query.test_statements import READ, Ran, run

NOTHING = answer([], a="text")
TWO = answer([["x", None], ["y", "2"]], a="text", b="integer")


def ran(monkeypatch: pytest.MonkeyPatch, *texts: str, quiet: bool = True) -> Ran:
    return run(
        monkeypatch,
        *texts,
        answers={"select 2": TWO, "select 0": NOTHING},
        file_format=Format.TABLE,
        quiet=quiet,
    )


@pytest.mark.parametrize(
    ("texts", "stdout"),
    [
        (["\\echo a 'b  c'\n\\echo -n d\n\\qecho e"], "a b  c\nde\n"),
        ([f"{READ} \\gx\n{READ}"], "─[ RECORD 1 ]\na │ x\na\n─\nx\n"),
        ([f"\\x\n{READ};\\x off\n{READ}"], "─[ RECORD 1 ]\na │ x\na\n─\nx\n"),
        (["\\x on", "select 2"], "─[ RECORD 1 ]\na │ x\nb │ NULL\n─[ RECORD 2 ]\na │ y\nb │ 2\n"),
        (["\\x \\t \\\\ select 2"], "a │ x\nb │ NULL\n\na │ y\nb │ 2\n"),
        (["\\x", "select 0"], "(0 rows)\n"),
        ([f"\\t\n{READ}"], "x\n"),
        ([f"\\a\n{READ};\\a\n{READ}"], "a\nx\n(1 row)\na\n─\nx\n"),
        ([f"\\pset format csv\n{READ}"], "a\nx\n"),
        ([f"\\pset tuples_only on\n{READ}"], "x\n"),
        ([f"\\pset format unaligned \\pset t \\\\ {READ}"], "x\n"),
        ([f"{READ};\n\\g\n\\q\nselect 2"], "a\n─\nx\na\n─\nx\n"),
        (["\\conninfo"], 'to database "postgres" as user "admin" on host "h" at port "5432".\n'),
    ],
)
def test_what_is_printed(
    monkeypatch: pytest.MonkeyPatch, texts: Sequence[str], stdout: str
) -> None:
    done = ran(monkeypatch, *texts)
    assert (done.code, done.stderr) == (ExitCode.OK, "")
    assert done.stdout.endswith(stdout)
    assert stdout.endswith(done.stdout) or texts == ["\\conninfo"]


def test_notes_and_warnings_are_on_standard_error(monkeypatch: pytest.MonkeyPatch) -> None:
    done = ran(monkeypatch, "\\timing\n\\pset border 2\n\\warn it", quiet=False)
    assert (done.code, done.stdout, done.sent) == (ExitCode.OK, "", [])
    assert done.stderr.splitlines() == [
        "\\timing: Times are on standard error, unless -q is given.",
        "\\pset border: has no effect here.",
        "it",
    ]


def test_nothing_runs_after_quit_and_an_open_transaction_is_reported(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done = ran(monkeypatch, "begin; \\q\nselect 2")
    assert done.code == ExitCode.TRANSACTION_OPEN
    assert done.sent == ["begin", "ROLLBACK"]


def test_what_cannot_be_done_is_refused_before_anything_is_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(InputError) as caught:
        ran(monkeypatch, f"{READ};\n  \\gexec")
    assert caught.value.message.startswith("-c 1:2:3: \\gexec: ")
    assert caught.value.remedy == "Nothing was sent."


def test_a_description_of_nothing_is_an_error_without_a_heading(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    columns, details = steps_of("\\d nope", Side.HEADLESS)
    answers: dict[str, Answer] = {columns.sql: NOTHING, details.sql: NOTHING}
    done = run(monkeypatch, "\\d nope", answers=answers, file_format=Format.TABLE)
    assert (done.code, done.stdout, done.sent) == (ExitCode.BAD_INPUT, "", [columns.sql])
    assert done.stderr == "Error: -c 1:1:1: Did not find any relation named nope.\n"


def test_a_part_of_a_description_without_rows_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    columns, details = steps_of("\\d t", Side.HEADLESS)
    answers: dict[str, Answer] = {columns.sql: TWO, details.sql: NOTHING, "select 0": NOTHING}
    done = run(monkeypatch, "\\d t", "select 0", answers=answers, file_format=Format.CSV)
    assert (done.code, done.stdout) == (ExitCode.OK, "a,b\nx,\ny,2\na\n")
    assert done.sent == [columns.sql, details.sql, "select 0"]


def read(values: dict[str, str], text: str, folder: Path = Path()) -> str:
    return SourceReader(values).read(SqlSource("s", text), folder).source.text


def test_variables_apply_to_what_follows() -> None:
    values = {"a": "1"}
    text = "select :a;\n\\set a 2 3\nselect :a;\n\\unset a\nselect :a; \\set b 'x''y'\nselect :'b'"
    assert read(values, text).splitlines()[::2] == [
        "select 1;",
        "select 23;",
        "select :a; \\set b 'x''y'",
    ]
    assert read(values, text).endswith("select 'x''y'")
    assert values == {"b": "x'y"}


def test_variables_are_replaced_in_arguments() -> None:
    assert read({"t": "orders"}, "\\d :t\n\\echo :'t'") == "\\d orders\n\\echo 'orders'"


@pytest.mark.parametrize("name", ["ON_ERROR_STOP", "AUTOCOMMIT", "ON_ERROR_ROLLBACK", "SINGLESTEP"])
def test_variables_that_would_change_how_statements_run_keep_their_value(name: str) -> None:
    default = "on" if name in {"ON_ERROR_STOP", "AUTOCOMMIT"} else "off"
    other = {"on": "0", "off": "1"}[default]
    read({}, f"\\set {name} {default}")
    with pytest.raises(InputError, match=f"^s:2:1: .set: {name} is always {default} here"):
        read({}, f"select 1;\n\\set {name} {other}")


def test_files_are_included_where_they_stand(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "a.sql").write_text("\\set x 2\n\\ir in/b.sql\n\\echo after\n")
    (tmp_path / "in" / "b.sql").write_text("\\ir c.sql\n")
    (tmp_path / "in" / "c.sql").write_text("\\echo c\nselect :x;\n")
    done = ran(monkeypatch, f"\\echo before\n\\i {tmp_path}/a.sql\n\\echo :x")
    assert done.stdout == "before\nc\na │    b\n──┼─────\nx │ NULL\ny │    2\nafter\n2\n"
    assert done.sent == ["select 2"]


def test_an_error_in_an_included_file_has_its_place_there(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "a.sql"
    path.write_text("select 1;\n\\gexec")
    with pytest.raises(InputError) as caught:
        ran(monkeypatch, f"\\i {path}")
    assert caught.value.message.startswith(f"{path}:2:1: \\gexec: ")


def test_files_that_include_each_other_end(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_text("\\ir a.sql\n")
    with pytest.raises(InputError, match=rf"more than {DEPTH_MAX} files include each other"):
        read({}, "\\ir a.sql", tmp_path)


PLAN = [
    "Full Scan on t",
    "Statement DPU Estimate:",
    "  Compute: 0.00100 DPU",
    "  Total: 0.00200 DPU",
]


def test_a_watched_statement_runs_as_often_as_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Watch, "pause_s", lambda *_: 0.0)
    done = run(monkeypatch, f"{READ} \\watch 1 c=3\n{READ}")
    assert (done.code, done.sent) == (ExitCode.OK, [READ] * 4)
    assert done.stdout == "a\nx\n" * 4


def test_a_watch_ends_at_the_first_error(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [TWO, TWO, None]

    def next_answer(_session: FakeSession) -> Iterator[StatementEvent]:
        chosen = answers.pop(0)
        if chosen is None:
            raise StatementError("gone", sqlstate="42P01")
        yield from chosen

    monkeypatch.setattr(Watch, "pause_s", lambda *_: 0.0)
    done = run(monkeypatch, "select 2 \\watch 1", answers={"select 2": next_answer})
    assert (done.code, len(done.sent)) == (ExitCode.STATEMENT_FAILED, 3)
    assert done.stdout == "a,b\nx,\ny,2\n" * 2


def test_the_cost_of_the_runs_is_measured_once_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    (command,) = explain_of(READ, analyze=True)
    plan = answer([[line] for line in PLAN], plan="text")
    monkeypatch.setattr(Watch, "pause_s", lambda *_: 0.0)
    done = run(monkeypatch, f"{READ} \\watch c=2", answers={command: plan}, quiet=False)
    assert done.sent == [READ, command, READ]
    assert [line for line in done.stderr.splitlines() if line.startswith("Run")] == [
        "Run 1 · every 2 s · ~0.002 DPU, $0.000000",
        "Run 2 · every 2 s · ~0.004 DPU, $0.000000",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "delete from t \\watch",
            "-c 1:1:1: DELETE writes; only statements that read are watched.",
        ),
        ("select 1 \\watch x", "-c 1:1:10: \\watch: give seconds, and c=COUNT: \\watch 2 c=10."),
        ("\\watch", "-c 1:1:1: \\watch needs a statement before it."),
    ],
)
def test_what_cannot_be_watched(monkeypatch: pytest.MonkeyPatch, text: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        ran(monkeypatch, text)
    assert caught.value.message == message


def planned(text: str) -> list[QueryStep]:
    writer = ResultWriter(Format.CSV, ExportOptions())
    return plan_steps([SourceReader({}).read(SqlSource("s", text))], writer)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("select 1; update t set a = 1", "s:1:11: UPDATE writes; only statements that read are"),
        ("select 1 \\watch 2", "s:1:1: \\watch and --watch exclude each other."),
        ("\\echo a", "There is no statement to watch."),
    ],
)
def test_everything_that_is_watched_only_reads(text: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        watch_steps(planned(text), Watch())
    assert caught.value.message.startswith(message)


def test_a_whole_run_is_watched() -> None:
    step = watch_steps(planned("\\x\nselect 1; show timezone"), Watch(3.0))
    assert [each.text for each in statements_in([step])] == ["select 1", "show timezone"]
    assert (len(step.steps), step.statement.text) == (3, "select 1")
