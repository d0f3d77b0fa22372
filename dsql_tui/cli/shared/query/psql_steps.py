r"""Plans the statements and the psql commands of `dsql-tui query`: files included, options checked.

Everything that can be refused is refused before the first statement is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import click

from dsql_tui.cli.shared import output
from dsql_tui.cli.shared.query.results import ResultWriter
from dsql_tui.cli.shared.terminal import narrate
from dsql_tui.errors import InputError
from dsql_tui.export.formats import Format
from dsql_tui.pg.session import Session
from dsql_tui.sql.psql.commands import PsqlAction
from dsql_tui.sql.psql.read import command_offset, read_command
from dsql_tui.sql.psql.steps import Side, Step, steps_of
from dsql_tui.sql.psql.variables import objection_to
from dsql_tui.sql.psql.watch import Watch, read_watch, reason_not_watched
from dsql_tui.sql.statements.classify import classify
from dsql_tui.sql.statements.sources import SourceStatement, SqlSource
from dsql_tui.sql.statements.variables import interpolate
from dsql_tui.sql.text.sql_files import read_sql

DEPTH_MAX = 16
"""Files that include files."""
_FORMATS = {
    "aligned": Format.TABLE,
    "csv": Format.CSV,
    "unaligned": Format.UNALIGNED,
}
_SWITCHES = {"on": True, "true": True, "1": True, "off": False, "false": False, "0": False}
_NAMES = {PsqlAction.EXPANDED: "x", PsqlAction.TUPLES_ONLY: "t", PsqlAction.UNALIGNED: "a"}
_SENT = "Nothing was sent."


@dataclass(frozen=True, slots=True)
class CommandStep:
    """A command of psql, performed between statements.

    Attributes:
        statement: Where it stands.
        perform: Performs it on the session that is open; returns whether the run continues.
    """

    statement: SourceStatement
    perform: Callable[[Session], bool]


@dataclass(frozen=True, slots=True)
class WatchStep:
    r"""Statements that run again and again: that of `\watch`, or all with `--watch`.

    Attributes:
        statement: Where the first of them stands.
        steps: What runs each time.
        watch: How often.
    """

    statement: SourceStatement
    steps: tuple[SourceStatement | CommandStep, ...]
    watch: Watch


QueryStep = SourceStatement | CommandStep | WatchStep


def watch_steps(steps: Sequence[QueryStep], watch: Watch) -> WatchStep:
    """Return statements and commands as one step that runs again and again.

    Raises:
        InputError: One of them may write, or is watched already; names the place.
    """
    watched: list[SourceStatement | CommandStep] = []
    for step in steps:
        if isinstance(step, WatchStep):
            place = step.statement.place()
            raise InputError(f"{place}: \\watch and --watch exclude each other.", remedy=_SENT)
        if isinstance(step, SourceStatement):
            reason = reason_not_watched(classify(step.text), step.text)
            if reason:
                raise InputError(f"{step.place()}: {reason}", remedy=_SENT)
        watched.append(step)
    first = next((each for each in watched if isinstance(each, SourceStatement)), None)
    if first is None:
        raise InputError("There is no statement to watch.", remedy=_SENT)
    return WatchStep(first, tuple(watched), watch)


def statements_in(steps: Sequence[QueryStep]) -> list[SourceStatement]:
    """Return the statements that are sent, each once."""
    statements: list[SourceStatement] = []
    for step in steps:
        if isinstance(step, WatchStep):
            statements += statements_in(step.steps)
        elif isinstance(step, SourceStatement):
            statements.append(step)
    return statements


@dataclass(frozen=True, slots=True)
class ReadSource:
    """A source with its variables replaced, and the sources it includes, in order."""

    source: SqlSource
    included: list[ReadSource] = field(default_factory=list)


class SourceReader:
    r"""Replaces the variables of sources, and reads the files that they include.

    Args:
        values: The variables by name; `\set` changes them for what follows.
    """

    def __init__(self, values: dict[str, str]) -> None:
        self._values = values

    def read(self, source: SqlSource, folder: Path = Path(), depth: int = 0) -> ReadSource:
        """Return a source as it is run.

        Args:
            source: As written.
            folder: The folder of its file.
            depth: How many files include it.

        Raises:
            InputError: A file cannot be read, or a variable cannot have its value.
        """
        included: list[ReadSource] = []

        def on_command(text: str, offset: int) -> None:
            try:
                self._perform(text, folder, depth, included)
            except InputError as error:
                place = source.place(offset)
                raise InputError(f"{place}: {error.message}", remedy=error.remedy) from None

        text = interpolate(source.text, self._values, on_command)
        return ReadSource(SqlSource(source.name, text), included)

    def _perform(self, text: str, folder: Path, depth: int, included: list[ReadSource]) -> None:
        if text == "\\\\":
            return
        _, command = read_command(text)
        if command is None or not isinstance(action := command.meaning.headless, PsqlAction):
            return
        match action, command.arguments:
            case PsqlAction.SET, (name, *parts):
                if objection := objection_to(name, "".join(parts)):
                    raise InputError(f"\\set: {objection}", remedy=_SENT)
                self._values[name] = "".join(parts)
            case PsqlAction.UNSET, (name, *_):
                self._values.pop(name, None)
            case ((PsqlAction.INCLUDE | PsqlAction.INCLUDE_RELATIVE), arguments):
                base = folder if action is PsqlAction.INCLUDE_RELATIVE else Path()
                included.append(self._included(command.name, arguments, base, depth))

    def _included(
        self, name: str, arguments: tuple[str, ...], base: Path, depth: int
    ) -> ReadSource:
        if not arguments:
            raise InputError(f"{name}: the path of a file is missing.", remedy=_SENT)
        if depth >= DEPTH_MAX:
            raise InputError(f"{name}: more than {DEPTH_MAX} files include each other.")
        path = base / Path(arguments[0].strip('"')).expanduser()
        text = read_sql(path, is_file=True)
        return self.read(SqlSource(str(path), text), path.parent, depth + 1)


def plan_steps(sources: Sequence[ReadSource], writer: ResultWriter) -> list[QueryStep]:
    """Return what a run does, in order.

    Raises:
        InputError: A source ends inside a quote, or a command cannot be used; names the place.
    """
    planned: list[QueryStep] = []
    for source in sources:
        planned += _steps_of_source(source, writer)
    return planned


def _steps_of_source(read: ReadSource, writer: ResultWriter) -> Iterator[QueryStep]:
    included = iter(read.included)
    previous = ""
    for statement in read.source.statements(with_commands=True):
        with _placed(statement):
            steps = steps_of(statement.text, Side.HEADLESS, previous)
        for step in steps:
            if step.action in {PsqlAction.INCLUDE, PsqlAction.INCLUDE_RELATIVE}:
                yield from _steps_of_source(next(included), writer)
                continue
            with _placed(statement):
                planned = list(_steps(step, statement, writer))
            yield from planned
            previous = step.sql or previous


@contextmanager
def _placed(statement: SourceStatement) -> Iterator[None]:
    """Name the place of a command that cannot be used."""
    try:
        yield
    except InputError as error:
        place = statement.place(command_offset(statement.text) + 1)
        is_placed = error.message.startswith(f"{statement.source.name}:")
        message = error.message if is_placed else f"{place}: {error.message}"
        raise InputError(message, remedy=error.remedy or _SENT) from None


def _steps(step: Step, statement: SourceStatement, writer: ResultWriter) -> Iterator[QueryStep]:
    """Yield what one step amounts to: settings of the output around a statement."""
    if not step.sql:
        yield CommandStep(statement, _performed(step, writer))
        return
    sent = SourceStatement(step.sql, statement.start, statement.source)
    if step.action is PsqlAction.WATCH:
        yield watch_steps([sent], read_watch(step.arguments))
        return
    if step.action is PsqlAction.SEND_EXPANDED:
        yield CommandStep(statement, _after(writer.expand_next))
    elif step.omits_empty:
        yield CommandStep(statement, _after(partial(writer.omit_next_if_empty, step.expects)))
    yield sent


def _performed(step: Step, writer: ResultWriter) -> Callable[[Session], bool]:
    """Return what performs a step without a statement.

    Raises:
        InputError: Its arguments cannot be used.
    """
    if step.note:
        return lambda _session: _narrated(step.note)
    match step.action:
        case PsqlAction.ECHO | PsqlAction.WARN:
            return _echo(step)
        case PsqlAction.WHERE:
            return _print_connection
        case PsqlAction.QUIT:
            return lambda _session: False
    return _changed_output(step, writer)


def _echo(step: Step) -> Callable[[Session], bool]:
    words = list(step.arguments)
    end = "\n"
    if words[:1] == ["-n"]:
        end, words = "", words[1:]
    data = (" ".join(words) + end).encode(errors="replace")

    def perform(_session: Session) -> bool:
        if step.action is PsqlAction.WARN:
            click.echo(data.decode(), err=True, nl=False)
        else:
            output.write(data, flush=True)
        return True

    return perform


def _print_connection(session: Session) -> bool:
    endpoint = session.endpoint
    output.write(
        f'You are connected to database "postgres" as user "{endpoint.role}" on host'
        f' "{endpoint.host}" at port "{endpoint.port}".\n'.encode(),
        flush=True,
    )
    return True


def _narrated(note: str) -> bool:
    narrate(note)
    return True


def _changed_output(step: Step, writer: ResultWriter) -> Callable[[Session], bool]:
    """Return what changes how the results after it are written.

    Raises:
        InputError: The value is not one that the option takes.
    """
    option, words = _NAMES.get(step.action or PsqlAction.SET, ""), step.arguments
    if step.action is PsqlAction.FORMAT:
        option, words = (words[0] if words else ""), words[1:]
    if option == "format":
        chosen = _FORMATS.get(words[0] if words else "")
        if chosen is None:
            raise InputError(f"\\pset format: give one of {', '.join(_FORMATS)}.")
        return _after(lambda: writer.use(chosen))
    if option in {"x", "expanded"}:
        return _after(partial(writer.expand, _switch(option, words)))
    if option in {"t", "tuples_only"}:
        return _after(partial(writer.write_only_rows, _switch(option, words)))
    if option == "a":
        return _after(writer.toggle_alignment)
    if step.action is PsqlAction.FORMAT:
        return lambda _session: _narrated(f"\\pset {option}: has no effect here.")
    return lambda _session: True  # variables were set when the source was read


def _switch(option: str, words: Sequence[str]) -> bool | None:
    """Return whether an option is switched on or off; `None` toggles it.

    Raises:
        InputError: It is neither.
    """
    if not words:
        return None
    if (word := words[0].lower()) not in _SWITCHES:
        raise InputError(f"{option}: give on or off.")
    return _SWITCHES[word]


def _after(change: Callable[[], object]) -> Callable[[Session], bool]:
    def perform(_session: Session) -> bool:
        change()
        return True

    return perform
