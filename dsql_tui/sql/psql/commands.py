r"""Every backslash command of psql 16, and what it does in the console and in `dsql-tui query`.

A side (console or headless) either asks the catalogs, performs a `PsqlAction`, or says in one
sentence what to use. A `Note` does not stop a run, because the command asks for nothing or for what
is so anyway; a `NotPossible` does. In sentences of the console, `{run.cancel}` stands for the keys
of an action.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from dsql_tui.sql.psql import catalog
from dsql_tui.sql.psql.catalog import Query


class PsqlAction(Enum):
    """What the console or the command line does itself."""

    SEND = "\\g"
    SEND_EXPANDED = "\\gx"
    WATCH = "\\watch"
    EXPANDED = "\\x"
    TUPLES_ONLY = "\\t"
    UNALIGNED = "\\a"
    FORMAT = "\\pset"
    ECHO = "\\echo"
    WARN = "\\warn"
    WHERE = "\\conninfo"
    QUIT = "\\q"
    INCLUDE = "\\i"
    INCLUDE_RELATIVE = "\\ir"
    SET = "\\set"
    UNSET = "\\unset"
    COPY = "\\copy"
    EDIT = "\\e"
    HELP = "\\?"


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence that explains; other statements still run."""

    sentence: str


@dataclass(frozen=True, slots=True)
class NotPossible:
    """A sentence; nothing is sent."""

    sentence: str


Meaning = Query | PsqlAction | Note | NotPossible


@dataclass(frozen=True, slots=True)
class KnownCommand:
    """A command of psql.

    Attributes:
        names: Its name and other names of it, without the backslash.
        help: What it does, as in the manual of psql.
        console: What it does in the editor of the console.
        headless: What it does in `dsql-tui query`.
    """

    names: tuple[str, ...]
    help: str
    console: Meaning
    headless: Meaning


def _both(names: str, help_text: str, meaning: Meaning) -> KnownCommand:
    return KnownCommand(tuple(names.split()), help_text, meaning, meaning)


def _each(names: str, help_text: str, console: Meaning, headless: Meaning) -> KnownCommand:
    return KnownCommand(tuple(names.split()), help_text, console, headless)


def _absent(names: str, things: str) -> KnownCommand:
    return _both(names, f"list {things}", Note(f"Aurora DSQL has no {things}."))


def _hidden(names: str, things: str) -> KnownCommand:
    sentence = (
        f"{things[0].upper()}{things[1:]} are not listed here; connect with psql to see them."
    )
    return _both(names, f"list {things}", Note(sentence))


_NO_PROGRAMS = NotPossible("Programs are not started from SQL; run them in a shell.")
_NO_BRANCHES = NotPossible(
    "Conditions are not supported; choose the statements in a shell or program."
)
_NO_RESULTS = NotPossible(
    "The rows of one statement cannot become the next; use one SQL statement."
)
_LAYOUT = "The layout of tables is fixed; choose another format for other programs to read"

QUERIES = (
    _both("d", "list or describe relations", catalog.describe),
    _both("dt dv di ds dm dE", "list tables, views, indexes, sequences", catalog.relations),
    _both("dn", "list schemas", catalog.schemas),
    _both("df", "list functions", catalog.functions),
    _both("du dg", "list roles", catalog.roles),
    _both("drg", "list role grants", catalog.role_grants),
    _both("dp z", "list access privileges", catalog.privileges),
    _both("ddp", "list default privileges", catalog.default_privileges),
    _both("l list", "list databases", catalog.databases),
    _both("dT", "list data types", catalog.types),
    _both("dD", "list domains", catalog.domains),
    _both("dconfig", "list configuration parameters", catalog.configuration),
    _both("dX", "list extended statistics", catalog.statistics),
    _both("dO", "list collations", catalog.collations),
    _both("dA", "list access methods", catalog.access_methods),
    _both("dC", "list casts", catalog.casts),
    _both("sf", "show a function's definition", catalog.function_source),
    _both("sv", "show a view's definition", catalog.view_source),
    _absent("dx", "extensions"),
    _absent("dy", "event triggers"),
    _absent("db", "tablespaces"),
    _absent("dP", "partitioned relations"),
    _absent("dRp dRs", "publications and subscriptions"),
    _absent("des det deu dew", "foreign data wrappers"),
    _absent("dl lo_list", "large objects"),
    _hidden("da", "aggregates"),
    _hidden("dAc dAf dAo dAp", "operator classes and families"),
    _hidden("dc", "conversions"),
    _hidden("dd", "comments of other objects"),
    _hidden("dF dFd dFp dFt", "text search objects"),
    _hidden("dL", "procedural languages"),
    _hidden("do", "operators"),
    _hidden("drds", "settings per role"),
)

RUNS = (
    _each("g", "run the statement", PsqlAction.SEND, PsqlAction.SEND),
    _each("gx", "run, one line per column", PsqlAction.SEND_EXPANDED, PsqlAction.SEND_EXPANDED),
    _both("watch", "run again every few seconds", PsqlAction.WATCH),
    _both("gdesc", "describe the columns of a statement", _NO_RESULTS),
    _both("gexec", "run each value of the result", _NO_RESULTS),
    _both("gset", "store a row in variables", _NO_RESULTS),
    _both("crosstabview", "run and pivot", _NO_RESULTS),
    _each(
        "bind",
        "set the values of $1, $2 …",
        NotPossible("The console asks for the values of $1, $2 … when the statement runs."),
        NotPossible("Give values with -v NAME=VALUE and write :'NAME' in the SQL."),
    ),
    _each(
        "errverbose",
        "repeat the last error in detail",
        Note("Messages show each error with its details: {results.messages}."),
        Note("Each error is printed with its details."),
    ),
    _both(
        "restrict unrestrict",
        "allow no commands of psql",
        Note("No command of psql starts a program here."),
    ),
)

INPUT = (
    _each("i include", "run a file", PsqlAction.INCLUDE, PsqlAction.INCLUDE),
    _each(
        "ir include_relative",
        "run a file beside this one",
        PsqlAction.INCLUDE,
        PsqlAction.INCLUDE_RELATIVE,
    ),
    _both("copy", "copy rows to or from a file", PsqlAction.COPY),
    _both("echo qecho", "print text", PsqlAction.ECHO),
    _both("warn", "print text to standard error", PsqlAction.WARN),
    _each(
        "o out",
        "write results to a file",
        Note("Export writes a result to a file: {results.export}."),
        NotPossible("Write all results to a file with the option -o FILE."),
    ),
    _each(
        "e edit",
        "edit in $EDITOR",
        PsqlAction.EDIT,
        NotPossible("Edit a file, and run it with -f FILE."),
    ),
    _both(
        "ef ev",
        "edit a function or a view",
        NotPossible("Show its definition with \\sf or \\sv, change it and run it."),
    ),
    _each(
        "p print r reset",
        "show or clear the query buffer",
        Note("The editor shows the text."),
        NotPossible("Statements are read as a whole; there is no query buffer."),
    ),
    _each(
        "w write",
        "write the query buffer to a file",
        Note("Save writes the tab to a file: {file.save}."),
        NotPossible("Statements are read as a whole; there is no query buffer."),
    ),
    _each(
        "s",
        "show the history",
        Note("The history is searched with {history.show}."),
        Note("The history is kept by the console: dsql-tui, then F8."),
    ),
    _both("! shell", "run a program", _NO_PROGRAMS),
    _both("if elif else endif", "choose statements by a condition", _NO_BRANCHES),
    _both(
        "lo_export lo_import lo_unlink",
        "copy large objects",
        NotPossible("Aurora DSQL has no large objects."),
    ),
)

SETTINGS = (
    _each(
        "x",
        "one line per column",
        Note("A row is shown as a record with {results.record}."),
        PsqlAction.EXPANDED,
    ),
    _each("t", "rows only", Note("Export and copy ask about the header."), PsqlAction.TUPLES_ONLY),
    _each("a", "toggle aligned output", Note("The grid aligns columns."), PsqlAction.UNALIGNED),
    _each(
        "pset",
        "set an output option",
        Note("The settings of the grid are in the configuration: dsql-tui config edit."),
        PsqlAction.FORMAT,
    ),
    _each(
        "C f H T",
        "set a title, a separator, or HTML",
        Note("The settings of the grid are in the configuration: dsql-tui config edit."),
        NotPossible(f"{_LAYOUT}: --format."),
    ),
    _each(
        "timing",
        "show times",
        Note("The status line of a result shows its times."),
        Note("Times are on standard error, unless -q is given."),
    ),
    _both("set", "set a variable", PsqlAction.SET),
    _both("unset", "unset a variable", PsqlAction.UNSET),
    _both(
        "prompt getenv",
        "read a variable",
        NotPossible(
            "Give the value with -v NAME=VALUE on the command line; the console asks for it."
        ),
    ),
    _both("setenv", "set an environment variable", _NO_PROGRAMS),
    _both(
        "cd",
        "change the folder",
        NotPossible("Write the path to the file, or start in the folder."),
    ),
    _both(
        "encoding",
        "show or set the client encoding",
        Note("The encoding is UTF8."),
    ),
    _each(
        "c connect",
        "connect to another database",
        Note("Clusters are opened with {session.open}, and another role with {tab.connect_as}."),
        NotPossible(
            "A run has one session: name the cluster as CLUSTER, and the role with --role."
        ),
    ),
    _both("conninfo", "show the connection", PsqlAction.WHERE),
    _both(
        "password",
        "change a password",
        NotPossible("There are no passwords: you connect with a short-lived IAM token."),
    ),
    _each("q quit", "quit", Note("Quit with {app.quit}."), PsqlAction.QUIT),
    _both("?", "list these commands", PsqlAction.HELP),
    _both(
        "h help",
        "help on SQL commands",
        Note("SQL commands: https://docs.aws.amazon.com/aurora-dsql/latest/userguide/"),
    ),
    _both(
        "copyright",
        "show the terms of psql",
        Note("psql is not used here; its terms are those of PostgreSQL."),
    ),
    _both(
        ".",
        "end the data of COPY",
        NotPossible("Rows of a file are loaded with dsql-tui load."),
    ),
    _both(
        "N",
        "NULL in the data of COPY",
        NotPossible("Rows of a file are loaded with dsql-tui load."),
    ),
)

COMMANDS = (*QUERIES, *RUNS, *INPUT, *SETTINGS)
BY_NAME = {name: command for command in COMMANDS for name in command.names}
ENDS_STATEMENT = frozenset(
    {"g", "gx", "watch", "gdesc", "gexec", "gset", "crosstabview", "bind", "p", "print", "r"}
    | {"reset", "e", "edit", "w", "write"}
)
"""The commands that are about the statement before them; others may not stand in one."""


def listed(*, console: bool) -> Iterator[tuple[str, str, str]]:
    """Yield each command, what it does, and `works` or what to use instead.

    Args:
        console: Of the console; else of `dsql-tui query`.
    """
    for command in COMMANDS:
        names = ", ".join(f"\\{name}" for name in command.names)
        meaning = command.console if console else command.headless
        here = meaning.sentence if isinstance(meaning, Note | NotPossible) else "works"
        yield names, command.help, here
