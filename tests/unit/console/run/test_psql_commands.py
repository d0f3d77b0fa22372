"""Commands of psql in the editor: what runs, what is shown, what is only a sentence."""

from __future__ import annotations

import pytest

from dsql_tui.console.run.parameters import ParametersDialog
from dsql_tui.console.run.psql_commands import NO_STATEMENT, PsqlCommands
from dsql_tui.errors import StatementError
from dsql_tui.sql.lexing.split import split
from dsql_tui.sql.psql.steps import Side, steps_of
from tests.support.fakes import FakeServices
from tests.support.lone_tab import LoneTab


class Editor:
    """A tab that is connected, with the commands of its editor."""

    def __init__(self, services: FakeServices | None = None) -> None:
        self.lone = LoneTab(services)
        self.done: list[str] = []
        self.commands = PsqlCommands(
            self.lone.ui,
            lambda: self.lone.tab,
            self.lone.options,
            open_file=self._open,
            edit=lambda: self.done.append("edit"),
            show_record=self._show_record,
        )

    async def _open(self, path: str) -> None:
        self.done.append(path)

    async def _show_record(self) -> None:
        self.done.append("record")

    async def run(self, text: str) -> None:
        await self.lone.connect()
        await self.lone.do(self.commands.run(tuple(split(text))))


@pytest.mark.parametrize(
    ("text", "ran", "done"),
    [
        ("select 1; select 2", ["select 1", "select 2"], []),
        ("select 1 \\g", ["select 1"], []),
        ("select 1 \\gx", ["select 1"], ["record"]),
        ("select 1;\n\\gx", ["select 1", "select 1"], ["record"]),
        ("\\i 'a b.sql'", [], ["a b.sql"]),
        ("\\e", [], ["edit"]),
    ],
)
async def test_what_a_command_does(text: str, ran: list[str], done: list[str]) -> None:
    editor = Editor()
    await editor.run(text)
    assert (editor.lone.ran, editor.done, editor.lone.ui.notices) == (ran, done, [])


async def test_a_listing_is_run_as_its_query_and_not_kept_in_the_history() -> None:
    editor = Editor()
    await editor.run("select 1;\n\\d orders")
    queries = [step.sql for step in steps_of("\\d orders", Side.CONSOLE)]
    assert editor.lone.ran == ["select 1", *queries]
    assert [each.statement for each in editor.lone.services.history] == ["select 1"]


@pytest.mark.parametrize(
    ("text", "notice"),
    [
        ("\\foo", "\\foo is not a command of psql."),
        ("select 1;\n\\gexec", "\\gexec: The rows of one statement cannot become the next"),
        ("delete from t \\d t", "\\d is inside a statement. End the statement with ; first."),
        ("\\!", "\\!: Programs are not started from SQL; run them in a shell."),
        ("\\copy t from 'x'", "\\copy: Run the query and export its result with e;"),
        ("\\i", "\\i: the path of a file is missing."),
        ("\\timing", "\\timing: The status line of a result shows its times."),
        ("\\o x", "\\o: Export writes a result to a file: e."),
        ("\\q", "\\q: Quit with ctrl+q."),
        ("\\echo a 'b c'", "a b c"),
        ("\\set", "Variables: none."),
        ("\\conninfo", 'You are connected to database "postgres" as user "admin" on host'),
    ],
)
async def test_what_is_said_and_nothing_is_sent(text: str, notice: str) -> None:
    editor = Editor()
    await editor.run(text)
    assert len(editor.lone.ui.notices) == 1
    assert editor.lone.ui.notices[0].startswith(notice)
    assert editor.lone.ran == []


async def test_variables_are_proposed_for_parameters() -> None:
    editor = Editor()
    await editor.run("\\set id 42\n\\set other x\n\\unset other\nselect :id")
    (dialog,) = editor.lone.ui.asked
    assert isinstance(dialog, ParametersDialog)
    assert editor.lone.options.values == {":id": "42"}


async def test_a_failed_statement_shows_no_record() -> None:
    services = FakeServices()
    services.answers["select 1"] = StatementError("no", sqlstate="42703")
    editor = Editor(services)
    await editor.run("select 1 \\gx")
    assert editor.done == []


async def test_explain_leaves_the_command_out() -> None:
    editor = Editor()
    await editor.lone.connect()
    await editor.lone.do(editor.commands.explain(tuple(split("select 1 \\gx\n\\d")), analyze=False))
    assert [each for each in editor.lone.ran if "select 1" in each] == ["EXPLAIN select 1"]
    await editor.lone.do(editor.commands.explain(tuple(split("\\d")), analyze=False))
    assert editor.lone.ui.notices[-1] == NO_STATEMENT


def test_only_sql_is_left_for_what_takes_sql() -> None:
    statements = tuple(split("select 1 \\gx\n\\d\nselect 2;\nselect 3 \\foo\n"))
    kept = Editor().commands.without_commands(statements)
    assert [each.text for each in kept] == ["select 1", "select 2"]


async def test_a_statement_is_watched_after_the_others_have_run() -> None:
    editor = Editor()
    await editor.run("select 1;\nselect 2 \\watch 3 c=1")
    assert editor.lone.ran[:2] == ["select 1", "select 2"]
    assert editor.lone.state.watch is None
    await editor.run("select 3 \\watch x")
    assert editor.lone.ui.notices == ["\\watch: give seconds, and c=COUNT: \\watch 2 c=10."]
