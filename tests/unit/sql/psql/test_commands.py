"""Every command of psql 16 asks the catalogs, does something here, or says what to use instead."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from dsql_tui.errors import InputError
from dsql_tui.sql.lexing.split import split
from dsql_tui.sql.psql.catalog import ListingRequest
from dsql_tui.sql.psql.commands import COMMANDS, QUERIES, Note, NotPossible, PsqlAction
from dsql_tui.sql.psql.patterns import read_pattern
from dsql_tui.sql.psql.read import read_command
from dsql_tui.sql.psql.steps import Side, Step, steps_of
from dsql_tui.sql.statements.classify import classify

HELP = Path(__file__).parents[3] / "recorded" / "psql-commands.txt"
"""`psql --help=commands` of psql 16.14."""
LISTED = re.compile(r"^  \\([A-Za-z_]+|[?!])((?:\[[A-Za-z+]+\])*)")
NAMES_OF_OBJECTS = ("", " orders", " app.*", ' "My Table"', " o?d*.it$m")


def names() -> Iterator[str]:
    """Yield each name that psql lists, with and without its optional letters."""
    for line in HELP.read_text(encoding="utf-8").splitlines():
        if match := LISTED.match(line):
            name, optional = match.groups()
            yield name
            for letters in re.findall(r"\[([A-Za-z+]+)\]", optional):
                if letters == "onnect":
                    yield name + letters
                else:
                    yield from (name + letter for letter in letters)
                    yield name + letters


NAMES = sorted({*names(), "dtvs", "dti+", "dfnw+", "dPin+", "quit", "include", "list", "z"})


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("side", Side)
def test_every_command_that_psql_lists_is_known(name: str, side: Side) -> None:
    sql = "select 1 " if name in {"g", "gx", "watch"} else ""
    argument = " x" if name.startswith(("sf", "sv")) else ""
    assert_answered(f"{sql}\\{name}{argument}", name, side)


def assert_answered(text: str, name: str, side: Side) -> None:
    try:
        steps = steps_of(text, side)
    except InputError as error:
        said = error.message
    else:
        assert all(step.sql or step.note or step.action for step in steps)
        said = next((step.note for step in steps if step.note), f"\\{name}: ")
    assert said.startswith(f"\\{name}: ")


def test_psql_lists_as_many_commands_as_it_did() -> None:
    assert len(NAMES) > 150
    assert {"d", "dS+", "watch", "!", "?", "connect", "lo_list", "dfa", "restrict"} <= {*NAMES}


@pytest.mark.parametrize("pattern", NAMES_OF_OBJECTS)
@pytest.mark.parametrize("ending", ["", "+", "S", "S+"])
def test_every_query_is_one_statement_that_only_reads(pattern: str, ending: str) -> None:
    for command in QUERIES:
        for name in command.names:
            if name.startswith(("sf", "sv")) and not pattern:
                continue
            for step in steps_of(f"\\{name}{ending}{pattern}", Side.HEADLESS):
                assert bool(step.sql) != bool(step.note)
                if step.sql:
                    assert [each.text for each in split(step.sql)] == [step.sql]
                    assert classify(step.sql).only_reads, step.sql


def test_every_sentence_is_one() -> None:
    sentences = [
        meaning.sentence
        for command in COMMANDS
        for meaning in (command.console, command.headless)
        if isinstance(meaning, Note | NotPossible)
    ]
    for sentence in sentences:
        assert sentence[0].isupper() or sentence.startswith("psql")
        assert sentence.endswith((".", "/", "--format."))
        assert "\n" not in sentence
        assert len(sentence) <= 110, sentence


def test_no_name_has_two_meanings() -> None:
    listed = [name for command in COMMANDS for name in command.names]
    assert len(listed) == len({*listed})


@pytest.mark.parametrize(
    ("text", "schema", "name"),
    [
        ("orders", "", "orders"),
        ("Orders", "", "orders"),
        ('"Orders"', "", "Orders"),
        ("o*", "", "o.*"),
        ("o?d", "", "o.d"),
        ("app.orders", "app", "orders"),
        ("app.*", "app", ".*"),
        ("app.", "app", ".*"),
        ("*.orders", ".*", "orders"),
        ("postgres.app.orders", "app", "orders"),
        ('"a.b".c', r"a\.b", "c"),
        ('"a""b"', "", 'a"b'),
        ('"*"', "", r"\*"),
        ("a$1", "", r"a\$1"),
        ("t[0-9]|x", "", "t[0-9]|x"),
        ('"x$"y*', "", r"x\$y.*"),
        ("größe", "", "größe"),
        ("it's", "", "it's"),
    ],
)
def test_a_pattern_is_read_as_psql_reads_it(text: str, schema: str, name: str) -> None:
    pattern = read_pattern(text)
    assert (pattern.schema, pattern.name) == (schema, name)


def test_a_pattern_is_a_condition_with_quoted_text() -> None:
    ordered = read_pattern("it's").conditions("n.nspname", "c.relname", "visible")
    assert ordered == ["c.relname OPERATOR(pg_catalog.~) '^(it''s)$'", "visible"]
    everything = read_pattern("app.*").conditions("n.nspname", "c.relname", "visible")
    assert everything == ["n.nspname OPERATOR(pg_catalog.~) '^(app)$'"]


@pytest.mark.parametrize("text", ["a.b.c", "a.b.c.d"])
def test_other_databases_are_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"not implemented|too many dotted names"):
        read_pattern(text)


@pytest.mark.parametrize(
    ("text", "request_"),
    [
        ("\\dt", ListingRequest(read_pattern(""), kinds="t")),
        ("\\dS", ListingRequest(read_pattern(""), system=True)),
        ("\\dtS+ a.b;", ListingRequest(read_pattern("a.b"), True, True, "t")),
        ("\\dtvi+", ListingRequest(read_pattern(""), verbose=True, kinds="tvi")),
        ("\\dfaw X", ListingRequest(read_pattern("X"), kinds="aw")),
        ("\\d 'a b'", ListingRequest(read_pattern("a b"))),
        ('\\d "My Table" other', ListingRequest(read_pattern('"My Table"'))),
        ("\\dt;", ListingRequest(read_pattern(""), kinds="t")),
    ],
)
def test_what_a_command_asks_for(text: str, request_: ListingRequest) -> None:
    _, command = read_command(text)
    assert command is not None
    assert command.request == request_


@pytest.mark.parametrize(
    ("text", "sql", "action", "arguments"),
    [
        ("select 1", "select 1", None, ()),
        ("select '\\x'", "select '\\x'", None, ()),
        ("select 1 \\g", "select 1", PsqlAction.SEND, ()),
        ("select 1\n\\gx", "select 1", PsqlAction.SEND_EXPANDED, ()),
        ("select 1 \\watch 2 c=3", "select 1", PsqlAction.WATCH, ("2", "c=3")),
        ("\\gx", "before", PsqlAction.SEND_EXPANDED, ()),
        ("\\echo 'a\\tb''c' \"d e\" f'g'h", "", PsqlAction.ECHO, ("a\tb'c", '"d e"', "fgh")),
        ("\\set n 'a b'", "", PsqlAction.SET, ("n", "a b")),
        ("\\x on", "", PsqlAction.EXPANDED, ("on",)),
    ],
)
def test_actions_have_their_statement_and_arguments(
    text: str, sql: str, action: PsqlAction | None, arguments: tuple[str, ...]
) -> None:
    (step,) = steps_of(text, Side.HEADLESS, "before")
    assert step == Step(sql, action, arguments)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("\\foo", "\\foo is not a command of psql."),
        ("\\", "\\ is not a command of psql."),
        ("\\D", "\\D is not a command of psql."),
        ("delete from t \\d t", "\\d is inside a statement. End the statement with ; first."),
        ("select 1 \\q", "\\q is inside a statement. End the statement with ; first."),
        ("\\gx", "\\gx needs a statement before it."),
        ("select 1 \\g /tmp/x", "\\g: files, programs and options after it are not supported."),
        ("select 1 \\g |sh", "\\g: files, programs and options after it are not supported."),
        ("\\echo `date`", "\\echo: programs in `backquotes` are not started from SQL."),
        ("\\! ls", "\\!: Programs are not started from SQL; run them in a shell."),
        ("\\sv", "\\sv: the name of a view is missing."),
        ("\\d x.y.z", "\\d: cross-database references are not implemented: x.y.z"),
        (
            "\\copy orders (a, b) from 'my file.csv' csv",
            "\\copy: use dsql-tui load CLUSTER 'my file.csv' --table orders",
        ),
        (
            "\\copy (select 1 from a) to x.csv with (format csv)",
            "\\copy: use dsql-tui query CLUSTER -c 'select 1 from a' --csv -o x.csv",
        ),
        (
            "\\copy app.t to 'x'",
            "\\copy: use dsql-tui query CLUSTER -c 'table app.t' --format tsv -o x",
        ),
        (
            "\\copy",
            "\\copy: use dsql-tui load to read a file, and dsql-tui query -o FILE to write one.",
        ),
    ],
)
def test_what_cannot_be_done_is_one_sentence(text: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        steps_of(text, Side.HEADLESS)
    assert caught.value.message == message


def test_a_description_needs_a_relation_and_leaves_out_empty_parts() -> None:
    columns, details = steps_of("\\d orders", Side.HEADLESS)
    assert columns.expects == "Did not find any relation named orders."
    assert columns.omits_empty
    assert details.omits_empty
    assert details.expects == ""
    (listing,) = steps_of("\\dt orders", Side.HEADLESS)
    assert not listing.omits_empty
    (all_relations,) = steps_of("\\d", Side.HEADLESS)
    assert all_relations == steps_of("\\dtvs", Side.HEADLESS)[0]


def test_the_console_puts_its_keys_into_sentences() -> None:
    (step,) = steps_of("\\o x", Side.CONSOLE, shown=lambda text: text.replace("{", "<"))
    assert step.note == "\\o: Export writes a result to a file: <results.export}."
