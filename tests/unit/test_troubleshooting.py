"""The troubleshooting page gives the advice that the console and the commands give."""

from __future__ import annotations

import csv
import re

import pytest

from dsql_tui.model.endpoint import Endpoint
from dsql_tui.pg.translate import connect_error
from dsql_tui.sql.dsql.refusals import advice_on_refusal
from tests.support.pages import PAGES, ROOT

PAGE = PAGES["dsql_tui/manual/troubleshooting.md"]
ADVICE = r"^\| `([^`]+)` \| ([^|]+) \|$"
_, TEXTS, HINTS, *_ = (re.findall(ADVICE, part, re.MULTILINE) for part in PAGE.split("|---|---|\n"))
REFUSALS = re.findall(r"^\| (\w{5}) \| `([^`]+)` \| (.+) \|$", PAGE, re.MULTILINE)
with (ROOT / "tests/recorded/dialect-facts.tsv").open(encoding="utf-8") as recorded:
    RECORDED = [
        (row["sqlstate"], row["message"], row["statement"])
        for row in csv.DictReader(recorded, delimiter="\t")
        if row["sqlstate"]
    ]


ADMIN = Endpoint("abc.dsql.us-east-1.on.aws", "us-east-1")


@pytest.mark.parametrize(("text", "advice"), TEXTS, ids=[text for text, _ in TEXTS])
def test_a_failed_connection_is_answered_as_on_the_page(text: str, advice: str) -> None:
    assert connect_error(f"connection to server failed: {text}", ADMIN).remedy == advice


@pytest.mark.parametrize(("hint", "advice"), HINTS, ids=[hint for hint, _ in HINTS])
def test_a_refused_token_is_answered_as_on_the_page(hint: str, advice: str) -> None:
    answer = f"FATAL:  unable to accept connection, access denied\nHINT:  {hint}: today"
    assert connect_error(answer, ADMIN).remedy == advice


def test_each_refusal_of_the_page_is_answered_as_on_the_page() -> None:
    assert len(REFUSALS) > 30
    for state, message, advice in REFUSALS:
        sent = [""] + [text for s, m, text in RECORDED if (s, m) == (state, message)]
        answers = {advice_on_refusal(state, message, statement) for statement in sent}
        assert advice in answers, message


def test_the_page_has_the_advice_on_every_recorded_refusal() -> None:
    def of_any_type(advice: str) -> str:
        return re.sub("be of type .*?:", "be of type …:", advice)

    given = {of_any_type(advice_on_refusal(*fact)) for fact in RECORDED}
    on_page = {of_any_type(advice) for _, _, advice in REFUSALS}
    assert {
        each for each in given - on_page if each and not each.startswith("dsql-tui lint")
    } == set()
