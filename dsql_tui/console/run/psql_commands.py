r"""Runs statements of the editor with commands of psql among them: `\dt`, `select 1 \gx`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from dsql_tui.console.run.connection import NO_CLUSTER
from dsql_tui.console.run.parts import RunOptions
from dsql_tui.console.run.tab import Tab
from dsql_tui.console.shared.keys import with_keys
from dsql_tui.console.shared.ui import Flow, Ui
from dsql_tui.errors import InputError
from dsql_tui.model.endpoint import DATABASE
from dsql_tui.sql.lexing.split import Statement
from dsql_tui.sql.psql.commands import PsqlAction
from dsql_tui.sql.psql.read import read_command
from dsql_tui.sql.psql.steps import Side, Step, steps_of
from dsql_tui.sql.psql.watch import Watch, read_watch

NO_STATEMENT = "Put the cursor on a statement to explain it."


@dataclass(slots=True)
class _Plan:
    """What a run does: notes and settings first, then the statements, then the rest."""

    statements: list[Statement] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    shows_record: bool = False
    watched: tuple[Statement, Watch] | None = None


class PsqlCommands:
    r"""Runs statements that may end in a command of psql, or be one.

    Args:
        ui: Shows notifications.
        front: Returns the active tab.
        options: Has the values that `\set` sets.
        open_file: Opens a file in a tab.
        edit: Opens the tab in the external editor.
        show_record: Shows the first row of the tab's result as a record.
    """

    def __init__(
        self,
        ui: Ui,
        front: Callable[[], Tab],
        options: RunOptions,
        *,
        open_file: Callable[[str], Flow],
        edit: Callable[[], object],
        show_record: Callable[[], Flow],
    ) -> None:
        self._ui = ui
        self._front = front
        self._options = options
        self._open_file = open_file
        self._edit = edit
        self._show_record = show_record

    async def run(self, statements: tuple[Statement, ...]) -> None:
        """Run statements; nothing is sent if a command among them cannot be used."""
        await self._front().watcher.end()
        if not any("\\" in each.text for each in statements):
            await self._front().runner.run(statements)
            return
        try:
            plan = _plan(statements)
        except InputError as error:
            self._ui.warn(error.message)
            return
        for step in plan.steps:
            await self._perform(step)
        if plan.statements:
            tab = self._front()
            await tab.runner.run(tuple(plan.statements))
            if plan.shows_record and not tab.state.failed:
                await self._show_record()
        if plan.watched is not None:
            await self._front().watcher.watch(*plan.watched)

    async def watch(self, statements: tuple[Statement, ...]) -> None:
        """Ask for an interval and run a statement again and again, or stop that."""
        await self._front().watcher.ask(self.without_commands(statements))

    async def explain(self, statements: tuple[Statement, ...], *, analyze: bool) -> None:
        """Show the plan of the first statement; a command that ends it is left out."""
        first = self.without_commands(statements[:1])
        if not first:
            self._ui.warn(NO_STATEMENT)
            return
        await self._front().explainer.explain(first[0], analyze=analyze)

    def without_commands(self, statements: tuple[Statement, ...]) -> tuple[Statement, ...]:
        """Return the statements as SQL alone; those that are only a command are left out."""
        sql = [_sql_of(each) for each in statements]
        return tuple(each for each in sql if each is not None)

    async def _perform(self, step: Step) -> None:
        """Perform a step that is no statement."""
        match step.action:
            case None:
                self._ui.notify(step.note)
            case PsqlAction.ECHO | PsqlAction.WARN:
                self._ui.notify(" ".join(step.arguments) or " ")
            case PsqlAction.WHERE:
                self._ui.notify(self._connection_words())
            case PsqlAction.SET:
                self._set(step.arguments)
            case PsqlAction.UNSET:
                for name in step.arguments:
                    self._options.values.pop(f":{name}", None)
            case PsqlAction.INCLUDE:
                await self._include(step.arguments)
            case PsqlAction.EDIT:
                self._edit()

    def _connection_words(self) -> str:
        endpoint = self._front().state.session.endpoint
        if endpoint is None:
            return with_keys(NO_CLUSTER)
        return (
            f'You are connected to database "{DATABASE}" as user "{endpoint.role}" on host'
            f' "{endpoint.host}" at port "{endpoint.port}".'
        )

    def _set(self, arguments: tuple[str, ...]) -> None:
        if not arguments:
            named = [name.removeprefix(":") for name in self._options.values if name[0] == ":"]
            self._ui.notify(f"Variables: {', '.join(named) or 'none'}.")
            return
        name, *parts = arguments
        self._options.values[f":{name}"] = "".join(parts)

    async def _include(self, arguments: tuple[str, ...]) -> None:
        if not arguments:
            self._ui.warn("\\i: the path of a file is missing.")
            return
        await self._open_file(arguments[0].strip('"'))


def _plan(statements: tuple[Statement, ...]) -> _Plan:
    """Return what a run does.

    Raises:
        InputError: A command is unknown or cannot be used; one sentence.
    """
    plan, previous = _Plan(), ""
    for statement in statements:
        for step in steps_of(statement.text, Side.CONSOLE, previous, with_keys):
            if not step.sql:
                plan.steps.append(step)
                continue
            previous = step.sql
            if step.action is PsqlAction.WATCH:
                plan.watched = _as_sent(statement, step.sql), read_watch(step.arguments)
                continue
            plan.shows_record = step.action is PsqlAction.SEND_EXPANDED
            plan.statements.append(_as_sent(statement, step.sql))
    return plan


def _as_sent(statement: Statement, sql: str) -> Statement:
    """Return a statement with the SQL that is sent; a catalog query is not kept in the history."""
    if statement.text.startswith(sql):
        return replace(statement, text=sql, end=statement.start + len(sql))
    return replace(statement, text=sql, is_private=True)


def _sql_of(statement: Statement) -> Statement | None:
    try:
        sql, command = read_command(statement.text)
    except InputError:
        return None
    if command is None:
        return statement
    return _as_sent(statement, sql) if sql else None
