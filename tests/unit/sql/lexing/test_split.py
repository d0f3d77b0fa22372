"""Scripts are cut where PostgreSQL ends a statement, for a whole text and line by line."""

from __future__ import annotations

import re
import time

import pytest
import sqlparse
from hypothesis import given, settings
from hypothesis import strategies as st

from dsql_tui.sql.lexing import scan as scanning
from dsql_tui.sql.lexing.lexer import PLAIN, Inside, LineState, Token, TokenKind, tokenize
from dsql_tui.sql.lexing.scan import scan
from dsql_tui.sql.lexing.split import Statement, StatementIndex, split, statement_at
from tests.unit.sql.sql_texts import SQL_TEXTS

SCRIPTS = [
    ("", []),
    (" ;; -- nothing\n ; /* nor here */ ", []),
    ("select 1", ["select 1"]),
    ("select 1;", ["select 1"]),
    ("select 1; select 2", ["select 1", "select 2"]),
    ("select ';'; select 2", ["select ';'", "select 2"]),
    ("select 'it''s;'; select 2", ["select 'it''s;'", "select 2"]),
    ("select E'\\';'; select 2", ["select E'\\';'", "select 2"]),
    ("select '\\'; select 2", ["select '\\'", "select 2"]),
    ('select ";"; select 2', ['select ";"', "select 2"]),
    ("select $$;$$; select $a$;$$;$a$", ["select $$;$$", "select $a$;$$;$a$"]),
    ("select a$b$c; select 2 as x$b$", ["select a$b$c", "select 2 as x$b$"]),
    ("select $1; select $2", ["select $1", "select $2"]),
    ("select 1 -- ;\n; select 2", ["select 1", "select 2"]),
    ("select /* ; /* ; */ ; */ 1; select 2", ["select /* ; /* ; */ ; */ 1", "select 2"]),
    ("-- first\nselect 1; -- done\n/* next */ select 2", ["select 1", "select 2"]),
    ("select (1; select 2", ["select (1", "select 2"]),
    ("select 'open; select 2", ["select 'open; select 2"]),
    ("select größe; select '名前;'", ["select größe", "select '名前;'"]),
    (
        "create function f() returns int begin atomic select case when true then 1 end; end; x",
        ["create function f() returns int begin atomic select case when true then 1 end; end", "x"],
    ),
    ("select atomic from t; select 2", ["select atomic from t", "select 2"]),
    ("begin; select 1; end; select 2", ["begin", "select 1", "end", "select 2"]),
    ("select $a$x;\n$a$; -- c", ["select $a$x;\n$a$"]),
    ("\\d orders; \nselect 1", ["\\d orders;", "select 1"]),
    ("select 1 \\gx\nselect 2", ["select 1 \\gx", "select 2"]),
    ("\\x \\d a\\b \\\\ select 1; \\q", ["\\x", "\\d a\\b", "select 1", "\\q"]),
    ("\\echo 'a \\n ; b' ;\r\nselect 1", ["\\echo 'a \\n ; b' ;", "select 1"]),
    ("\\echo it's\nselect '\\d'", ["\\echo it's", "select '\\d'"]),
    ("\\copy t from 'a \\d;'\n\\! ls \\x", ["\\copy t from 'a \\d;'", "\\! ls \\x"]),
    ("select E'\\d', $$\n\\d\n$$ -- \\d\n/*\n\\d */;", ["select E'\\d', $$\n\\d\n$$"]),
    (
        "create function f() begin atomic select 1;\n\\q\nselect 2;",
        ["create function f() begin atomic select 1;\n\\q", "select 2"],
    ),
]


@pytest.mark.parametrize(("script", "expected"), SCRIPTS, ids=[repr(s) for s, _ in SCRIPTS])
def test_a_script_is_cut_at_its_semicolons(script: str, expected: list[str]) -> None:
    statements = split(script)
    assert [statement.text for statement in statements] == expected
    assert [script[s.start : s.end] for s in statements] == expected


@given(SQL_TEXTS)
def test_scanning_agrees_with_the_lexer_on_every_text(text: str) -> None:
    tokens = list(tokenize(text))
    found = scan(text)
    open_at_end = bool(tokens) and tokens[-1].kind is TokenKind.UNTERMINATED
    assert (found.after.inside is not Inside.NOTHING) == open_at_end
    comments = [(t.start, t.end) for t in tokens if t.kind is TokenKind.COMMENT]
    if found.after.inside is Inside.COMMENT:
        comments.append((tokens[-1].start, tokens[-1].end))
    assert list(found.comments) == comments
    if "atomic" not in text:
        assert list(found.semicolons) == [end for t in tokens for end in ends_of(text, t)]


def ends_of(text: str, token: Token) -> list[int]:
    """Where a token ends a statement."""
    if token.kind is TokenKind.SEMICOLON:
        return [token.start]
    if token.kind is not TokenKind.COMMAND:
        return []
    if token.of(text) == "\\\\":
        return [token.start, token.start + 1]
    return [token.end - text.startswith("\\", token.end)]


@given(SQL_TEXTS)
def test_statements_are_parts_of_the_text_in_order_without_space_around_them(text: str) -> None:
    position = 0
    for statement in split(text):
        assert position <= statement.start < statement.end
        assert text[statement.start : statement.end] == statement.text
        assert statement.text == statement.text.strip(" \t\n\r\f\v")
        position = statement.end


SHARED_STATEMENTS = [
    "select 1",
    "select ';'",
    'select ";" from "a;b"',
    "select $q$ ; $q$",
    "select /* ; */ 2",
    "insert into t values ('a;b', $$x;y$$)",
    "update t set a = 1",
    "delete from t -- all; of it\n where a = 'it''s'",
    "with x as (select 1) select * from x",
    "create table t (a int)",
    "drop table t",
    "grant select on t to r",
    "commit",
    "rollback",
]
SHARED_GROUND = st.lists(st.sampled_from(SHARED_STATEMENTS), max_size=12)


@given(SHARED_GROUND)
def test_sqlparse_cuts_the_same_statements_on_shared_ground(statements: list[str]) -> None:
    script = ";\n".join(statements)
    theirs = [piece.rstrip(";") for piece in sqlparse.split(script)]
    assert [statement.text for statement in split(script)] == theirs


CURSORS = [
    ("sel|ect 1; select 2", "select 1"),
    ("select 1|; select 2", "select 1"),
    ("select 1;| select 2", "select 1"),
    ("select 1; | select 2", "select 1"),
    ("select 1; s|elect 2", "select 2"),
    ("select 1;\n|select 2", "select 2"),
    ("select 1;\n|\n-- two\nselect 2", "select 2"),
    ("select 1;\n-- t|wo\nselect 2", "select 2"),
    ("select 1;\n\n|", "select 1"),
    ("select 1 -- c\n;|", "select 1"),
    ("select 1;\n;;\n -- end |", "select 1"),
    ("|", None),
    ("-- only |this", None),
    ("select 1;;|", "select 1"),
    ("select ';|' ; select 2", "select ';'"),
    ("\\d orders|\nselect 2", "\\d orders"),
    ("\\d orders\n|select 2", "select 2"),
    ("\\d| orders\nselect 2", "\\d orders"),
    ("select 1 \\gx|\nselect 2", "select 1 \\gx"),
    ("select 1;\n\\x|", "\\x"),
    ("select 1;\n\\x\n|", "\\x"),
]


@pytest.mark.parametrize(("marked", "expected"), CURSORS, ids=[repr(m) for m, _ in CURSORS])
def test_the_cursor_means_the_statement_a_person_expects(marked: str, expected: str | None) -> None:
    offset = marked.index("|")
    script = marked.replace("|", "", 1)
    statement = statement_at(script, offset)
    assert (statement.text if statement else None) == expected
    row, column = script.count("\n", 0, offset), offset - (script.rfind("\n", 0, offset) + 1)
    ranged = StatementIndex(script.split("\n")).statement_at(row, column)
    assert (ranged.text if ranged else None) == expected


@pytest.mark.parametrize(
    ("marked", "around"),
    [
        ("select 1; select |", " select |"),
        ("a;\nselect *\n  from | -- c\n;b", "\nselect *\n  from | -- c\n"),
        ("|", "|"),
        ("a;b|;c", "b|"),
        ("a;|", "|"),
    ],
)
def test_completion_reads_the_statement_between_the_semicolons(marked: str, around: str) -> None:
    offset = marked.index("|")
    script = marked.replace("|", "", 1)
    row, column = script.count("\n", 0, offset), offset - (script.rfind("\n", 0, offset) + 1)
    text, cursor = StatementIndex(script.split("\n")).around(row, column)
    assert text[:cursor] + "|" + text[cursor:] == around


LINES = st.lists(SQL_TEXTS.map(lambda text: text.replace("\n", " ").replace("\r", " ")), max_size=8)


@given(LINES, st.data())
def test_an_index_finds_what_the_whole_text_says(lines: list[str], data: st.DataObject) -> None:
    text = "\n".join(lines)
    if "atomic" in text:
        return  # both words must be on one line, which a text without lines cannot show
    index = StatementIndex(lines or [""])
    offset = data.draw(st.integers(0, len(text)))
    row, column = text.count("\n", 0, offset), offset - (text.rfind("\n", 0, offset) + 1)
    whole = statement_at(text, offset)
    ranged = index.statement_at(row, column)
    assert (ranged.text if ranged else None) == (whole.text if whole else None)
    if ranged and whole:
        starts = [0]
        for line in lines:
            starts.append(starts[-1] + len(line) + 1)
        assert starts[ranged.start[0]] + ranged.start[1] == whole.start
        assert starts[ranged.end[0]] + ranged.end[1] == whole.end


@given(LINES, LINES, st.data())
def test_an_edited_index_is_the_index_of_the_edited_lines(
    lines: list[str], inserted: list[str], data: st.DataObject
) -> None:
    index = StatementIndex(lines)
    first = data.draw(st.integers(0, len(lines)))
    removed = data.draw(st.integers(0, len(lines) - first))
    index.replace(first, removed, inserted)
    edited = lines[:first] + inserted + lines[first + removed :]
    fresh = StatementIndex(edited)
    states = [index.state_before(row) for row in range(len(edited) + 1)]
    assert states == [fresh.state_before(row) for row in range(len(edited) + 1)]
    for row in range(len(edited)):
        assert index.statement_at(row, 0) == fresh.statement_at(row, 0)


def test_an_edit_reads_only_the_lines_that_change_their_meaning() -> None:
    index = StatementIndex(["select 1;"] * 1_000)
    assert index.replace(500, 1, ["select 'a' ;"]) == 1
    assert index.replace(500, 1, ["select 'open"]) == 500
    assert index.replace(500, 1, ["select 1;"]) == 500
    assert index.replace(10, 1, ["select 'open"]) == 990
    assert index.replace(20, 1, ["closed'; select 2"]) == 980
    assert index.state_before(1_000) == PLAIN


SCRIPT_LINE = "insert into orders (id, note) values (1, 'it''s; fine'), (2, $$a;b$$); -- one\n"


def test_splitting_and_indexing_are_linear() -> None:
    def seconds(count: int) -> float:
        text = SCRIPT_LINE * count
        started = time.thread_time()
        split(text)
        StatementIndex(text.split("\n"))
        return time.thread_time() - started

    small = min(seconds(250) for _ in range(3))
    large = min(seconds(2_000) for _ in range(3))
    assert large < 4 * 8 * small + 0.005


def test_a_look_up_does_not_read_the_whole_script() -> None:
    index = StatementIndex((SCRIPT_LINE * 20_000).split("\n"))
    started = time.thread_time()
    for row in range(0, 20_000, 200):
        assert isinstance(index.statement_at(row, 5), object)
    assert (time.thread_time() - started) / 100 < 0.001


def test_a_statement_is_a_value() -> None:
    assert split("a; b")[1] == Statement("b", 3, 4)


def test_exactly_one_space_at_the_start_of_its_line_makes_a_statement_private() -> None:
    statements = split(" select 1; select 2\n;\tselect 3;\n\tselect 4;\nselect 5; -- ;\n  select 6")
    assert [each.is_private for each in statements] == [True, False, False, False, False, False]
    statements = split("select 1;\r\n select 2;\n  \n select 3;\r select 4;\n/* a */ select 5")
    assert [each.is_private for each in statements] == [False, True, True, True, False]


@given(SQL_TEXTS, SQL_TEXTS, SQL_TEXTS, SQL_TEXTS, st.integers(1, 9))
@settings(max_examples=150)
def test_a_long_line_read_again_in_part_is_as_if_read_whole(
    head: str, cut: str, put: str, tail: str, every: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scanning, "RESTART_EVERY", every)
        for state in (PLAIN, LineState(Inside.COMMENT, depth=1), LineState(Inside.STRING)):
            before, after = head + cut + tail, head + put + tail
            known = scanning.scan_flat(before, state)
            again = scanning.rescan(before, known, after, state)
            assert again[:3] == scanning.scan_flat(after, state)[:3]
            twice = scanning.rescan(after, again, before, state)
            assert twice[:3] == known[:3]


def test_few_characters_of_a_long_line_are_read_on_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    line = "insert into t values " + "(1, 'one'), -2, \"three\", $1 " * 50_000
    index = StatementIndex([line, "select 1"])
    read = 0

    def counted(text: str, position: int = 0) -> re.Match[str] | None:
        nonlocal read
        match = stop(text, position)
        read += (match.end() if match else len(text)) - position
        return match

    stop = scanning._STOP
    monkeypatch.setattr(scanning, "_STOP", counted)
    for column in (10, 700_000, len(line) - 3):
        read = 0
        line = line[:column] + "x" + line[column:]
        index.replace(0, 1, [line])
        assert read < 4 * scanning.RESTART_EVERY
    assert index.statement_at(1, 3) == StatementIndex([line, "select 1"]).statement_at(1, 3)
