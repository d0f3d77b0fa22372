"""What is known about SQL without a server agrees with what a server says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from dsql_tui.aws.clusters import find_cluster
from dsql_tui.aws.session import AwsSession
from dsql_tui.aws.tokens import generate_token
from dsql_tui.local.process.server_info import ServerInfo
from dsql_tui.pg.session import Session
from dsql_tui.sql.dsql.explain import explain_of, read_plan
from dsql_tui.sql.editing.format import format_statement
from dsql_tui.sql.lexing.keywords import COLUMN_NAME_KEYWORDS, RESERVED, words
from dsql_tui.sql.lexing.lexer import TokenKind, tokenize
from dsql_tui.sql.lexing.names import quoted
from dsql_tui.sql.lexing.string_constants import content
from dsql_tui.sql.statements.builtin_functions import BUILT_IN
from dsql_tui.sql.statements.params import bind, untyped
from tests.support.local_dsql import profile_of

SPELLED_WITHOUT_PG_PROC = words("coalesce greatest least nullif trim user localtime localtimestamp")


@pytest.fixture(scope="module")
def session(local_dsql: ServerInfo) -> Iterator[Session]:
    aws = AwsSession(profile_of(local_dsql))
    endpoint = find_cluster(aws, aws.regions, "shop@us-east-1").endpoint(aws.profile)
    with closing(Session.open(endpoint, generate_token(aws, endpoint))) as opened:
        yield opened


def test_keywords_are_those_of_the_server(session: Session) -> None:
    rows = session.fetch("SELECT word, catcode FROM pg_get_keywords() WHERE catcode <> 'U'")
    assert {word for word, code in rows if code in {"R", "T"}} == set(RESERVED)
    assert {word for word, code in rows if code == "C"} == set(COLUMN_NAME_KEYWORDS)


NAMES = ["a", "A", "a b", 'a"b', "1a", "a$", "größe", "select", "left", "int", "name", "", "_x"]


@pytest.mark.parametrize("name", NAMES)
def test_names_are_quoted_as_the_server_quotes_them(session: Session, name: str) -> None:
    assert session.fetch("SELECT quote_ident($1)", [name]) == [(quoted(name),)]


@pytest.mark.parametrize("value", ["", "it's", "\\", "a\nb", "$$", "'; drop table x --", "größe"])
def test_a_bound_value_arrives_as_it_is(session: Session, value: str) -> None:
    bound = bind("select :value, upper(:value)", {":value": value})
    assert session.fetch(bound.text) == [(value, value.upper() if value.isascii() else "GRößE")]
    assert session.fetch(f"SELECT {untyped(value)}") == [(value,)]


@pytest.mark.parametrize(
    "spelled",
    [
        "'it''s'",
        r"'\n'",
        r"E'\x5f\137\u005f\U0000005f\n\'''\q\\'",
        r"E'\xc3\xa4\303\244'",
        r"U&'\0061\+000062\\'''",
        r"U&'\d83d\de00'",
        "$x$a$$b'$x$",
    ],
)
def test_a_string_holds_what_the_server_reads(session: Session, spelled: str) -> None:
    code_points = "SELECT string_agg(ascii(c)::text, ' ') FROM regexp_split_to_table({}, '') AS c"
    ((found,),) = session.fetch(code_points.format(spelled))
    assert found == " ".join(str(ord(character)) for character in content(spelled))


def test_the_functions_offered_exist(session: Session) -> None:
    known = {name for (name,) in session.fetch("SELECT DISTINCT proname FROM pg_catalog.pg_proc")}
    missing = {name for name in BUILT_IN - known if not name.startswith("current_")}
    assert missing == SPELLED_WITHOUT_PG_PROC


@pytest.mark.parametrize(
    "statement",
    [
        "select c.name, count(*) from orders o join customers c on c.id = o.customer_id group by 1",
        "select * from products where price > 5 order by price desc limit 3",
        "with x as (select id from orders limit 5) select * from x",
        "update products set price = price + 1 where id in (select product_id from order_items)",
    ],
)
def test_what_explain_answers_is_read_as_a_tree(session: Session, statement: str) -> None:
    for analyze in (False, True):
        lines: list[str] = []
        for sent in explain_of(statement, analyze=analyze):
            lines += [row[0] or "" for row in session.fetch(sent) if row]
        plan = read_plan(lines)
        assert plan.root is not None
        assert plan.root.estimate is not None
        assert (plan.root.actual is not None) is analyze
        assert (plan.execution_ms is not None) is analyze
        assert all(node.title for _, node in plan.root.walk())


def test_explaining_a_change_changes_nothing(session: Session) -> None:
    total = "SELECT sum(price) FROM products"
    before = session.fetch(total)
    for sent in explain_of("update products set price = price + 1", analyze=True):
        session.fetch(sent)
    assert session.fetch(total) == before


def test_a_formatted_statement_answers_the_same(session: Session) -> None:
    statement = (
        "SELECT c.name, count(*) AS n FROM orders o JOIN customers c ON c.id=o.customer_id"
        " WHERE c.name<>'x''y' GROUP BY 1 HAVING count(*)>1 ORDER BY n DESC, 1 LIMIT 3"
    )
    assert session.fetch(format_statement(statement)) == session.fetch(statement)


@pytest.mark.parametrize(
    "number", ["1e5", ".5", "1.", "0x1F", "0o17", "0b101", "1_000", "1.5e-3", "5."]
)
def test_numbers_are_what_the_server_takes_for_numbers(session: Session, number: str) -> None:
    (row,) = session.fetch(f"SELECT {number}")
    assert len(row) == 1
    assert [(token.kind, token.of(number)) for token in tokenize(number)] == [
        (TokenKind.NUMBER, number)
    ]
