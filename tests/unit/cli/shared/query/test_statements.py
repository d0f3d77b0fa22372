"""What a run of statements sends, prints and ends with, against a session that answers a table."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple, cast

import click
import pytest

from dsql_tui.cli.shared.exit_codes import ExitCode
from dsql_tui.cli.shared.query.psql_steps import SourceReader, plan_steps
from dsql_tui.cli.shared.query.results import ResultWriter
from dsql_tui.cli.shared.query.statements import StatementRunner
from dsql_tui.cli.shared.terminal import QUIET, ClosedBuffer, DataBuffer
from dsql_tui.errors import InputError, OccConflict, SessionLost, StatementError
from dsql_tui.export.formats import ExportOptions, Format
from dsql_tui.model.endpoint import Endpoint
from dsql_tui.model.result import Column, Described, StatementEvent
from dsql_tui.model.token import AuthToken, TokenAction
from dsql_tui.pg.retry import RetryPolicy
from dsql_tui.pg.session import Session
from dsql_tui.sql.dsql.discipline import Discipline
from dsql_tui.sql.statements.classify import classify
from dsql_tui.sql.statements.sources import SqlSource
from tests.support.fakes import NOW, Answer, FakeSession, answer, conflict_times

READ = "select a from t"
WRITE = "insert into t values (1) returning a"
PLAIN = "insert into t values (2)"
CALL = "call p()"
ROWS = answer([["x"]], a="text")
FULL = OSError(28, "No space left on device")
GONE = BrokenPipeError()
REFUSED = StatementError("no such column", sqlstate="42703", position=8)
LOST = SessionLost("The connection was lost; it may have.", outcome_unknown=True)
ANSWERS: dict[str, Answer] = {READ: ROWS, WRITE: ROWS, CALL: ROWS}


class Stdout:
    """Standard output that raises the given error when it is flushed."""

    def __init__(self, error: OSError | None) -> None:
        self.buffer = DataBuffer(cast("BinaryIO", self))
        self.error = error
        self.written = b""

    def write(self, data: bytes) -> int:
        self.written += data
        return len(data)

    def flush(self) -> None:
        if self.error is not None:
            raise self.error

    def fileno(self) -> int:
        raise OSError("no descriptor")


class Ran(NamedTuple):
    code: int
    sent: list[str]
    is_cancelled: bool
    stdout: str
    stderr: str


def run(
    monkeypatch: pytest.MonkeyPatch,
    *texts: str,
    answers: dict[str, Answer] | None = None,
    error: OSError | None = None,
    read_only: bool = False,
    file_format: Format = Format.CSV,
    options: ExportOptions | None = None,
    quiet: bool = True,
) -> Ran:
    stdout, stderr = Stdout(error), io.StringIO()
    monkeypatch.setattr(sys, "stdout", stdout)
    monkeypatch.setattr(sys, "stderr", stderr)
    endpoint = Endpoint(host="h", region="us-east-1", role="admin")
    token = AuthToken("t", "h", "us-east-1", TokenAction.CONNECT_ADMIN, "AK", NOW, NOW)
    session = FakeSession(endpoint, token, NOW, ANSWERS | (answers or {}))
    writer = ResultWriter(file_format, options or ExportOptions())
    runner = StatementRunner(
        lambda: cast("Session", session),
        writer,
        Discipline(read_only=read_only),
        RetryPolicy(attempts=2, base_ms=0),
    )
    sources = [SqlSource(f"-c {number}", text) for number, text in enumerate(texts, start=1)]
    read = [SourceReader({}).read(source) for source in sources]
    with click.Context(click.Command("query")) as context:
        context.meta[QUIET] = quiet
        code = runner.run(plan_steps(read, writer))
    written = stdout.written.decode(errors="replace")
    return Ran(code, session.ran, session.cancelled.is_set(), written, stderr.getvalue())


@pytest.mark.parametrize(
    ("texts", "sent"),
    [
        ([READ, PLAIN], [READ, PLAIN]),
        ([WRITE], ["BEGIN", WRITE, "COMMIT"]),
        (["begin", WRITE, "commit"], ["begin", WRITE, "commit"]),
        (["select f()"], ["BEGIN", "select f()", "COMMIT"]),
        ([CALL], [CALL]),
        (["create index async i on t (a)"], ["create index async i on t (a)"]),
        (["set timezone = 'UTC'"], ["set timezone = 'UTC'"]),
    ],
)
def test_a_write_that_answers_rows_is_committed_when_they_are_out(
    monkeypatch: pytest.MonkeyPatch, texts: list[str], sent: list[str]
) -> None:
    ran = run(monkeypatch, "; ".join(texts))
    assert (ran.code, ran.sent, ran.stderr) == (ExitCode.OK, sent, "")


@pytest.mark.parametrize(
    ("texts", "sent"),
    [
        ([READ], ["BEGIN READ ONLY", READ, "COMMIT"]),
        (["begin", READ, "commit"], ["BEGIN READ ONLY", READ, "commit"]),
        (["show timezone"], ["show timezone"]),
    ],
)
def test_on_a_protected_cluster_everything_runs_in_transactions_that_only_read(
    monkeypatch: pytest.MonkeyPatch, texts: list[str], sent: list[str]
) -> None:
    ran = run(monkeypatch, *texts, read_only=True)
    assert (ran.code, ran.sent) == (ExitCode.OK, sent)


@pytest.mark.parametrize(
    ("texts", "sent", "message"),
    [
        ([READ, PLAIN], [READ], "The output could not be written: No space left on device."),
        (
            [WRITE, PLAIN],
            ["BEGIN", WRITE, "ROLLBACK"],
            "The statement was rolled back: it has changed nothing.",
        ),
        ([CALL, PLAIN], [CALL], "The statement was executed: SELECT 1."),
        (
            ["begin", WRITE, "commit"],
            ["begin", WRITE, "ROLLBACK"],
            "Error: -c 1:1:1: the transaction that begins here was not committed:"
            " it was rolled back.",
        ),
    ],
)
def test_rows_that_cannot_be_written_end_the_run_and_it_says_what_became_of_the_statement(
    monkeypatch: pytest.MonkeyPatch, texts: list[str], sent: list[str], message: str
) -> None:
    ran = run(monkeypatch, *texts, error=FULL)
    assert (ran.code, ran.sent) == (ExitCode.BAD_INPUT, sent)
    assert message in ran.stderr
    assert f"Error: -c {2 if texts[0] == 'begin' else 1}:1:1: The output" in ran.stderr


@pytest.mark.parametrize(
    ("texts", "is_cancelled"),
    [([READ], True), ([WRITE], True), (["begin", READ], True), ([CALL], False)],
)
def test_the_rest_of_an_answer_that_cannot_be_written_is_not_read(
    monkeypatch: pytest.MonkeyPatch, texts: list[str], is_cancelled: bool
) -> None:
    ran = run(monkeypatch, *texts, answers={}, error=FULL)
    assert ran.code == ExitCode.BAD_INPUT
    assert ran.is_cancelled is is_cancelled


def test_columns_that_a_format_cannot_hold_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    twice = [Described((Column("a", 25), Column("a", 25))), *ROWS[1:]]
    ran = run(monkeypatch, WRITE, answers={WRITE: twice}, file_format=Format.INSERT)
    assert (ran.code, ran.sent, ran.stdout) == (
        ExitCode.BAD_INPUT,
        ["BEGIN", WRITE, "ROLLBACK"],
        "",
    )


def test_a_reader_that_has_gone_stops_no_write(monkeypatch: pytest.MonkeyPatch) -> None:
    ran = run(monkeypatch, READ, WRITE, PLAIN, error=GONE)
    assert (ran.code, ran.stderr) == (ExitCode.OK, "")
    assert ran.sent == [READ, "BEGIN", WRITE, "COMMIT", PLAIN]


@pytest.mark.parametrize(
    ("texts", "answers", "code", "message"),
    [
        (["begin", PLAIN], {}, ExitCode.TRANSACTION_OPEN, "-c 1:1:1: the transaction that begins"),
        (["begin; " + PLAIN], {}, ExitCode.TRANSACTION_OPEN, "-c 1:1:1: the transaction that"),
        (["begin;commit;begin"], {}, ExitCode.TRANSACTION_OPEN, "-c 1:1:14: the transaction"),
        (
            ["begin", "select b"],
            {"select b": REFUSED},
            ExitCode.STATEMENT_FAILED,
            "-c 1:1:1: the transaction that begins here was not committed: it was rolled back.",
        ),
        (
            ["begin", PLAIN, "commit"],
            {"commit": OccConflict("lost (OC000)", sqlstate="40001")},
            ExitCode.STATEMENT_FAILED,
            "Error: -c 3:1:1: 40001 lost (OC000)",
        ),
    ],
)
def test_a_transaction_that_is_left_open_is_rolled_back_and_reported(
    monkeypatch: pytest.MonkeyPatch,
    texts: list[str],
    answers: dict[str, Answer],
    code: ExitCode,
    message: str,
) -> None:
    ran = run(monkeypatch, *texts, answers=answers)
    assert ran.code == code
    assert message in ran.stderr
    assert "it was rolled back" in ran.stderr
    if "commit" not in texts:
        assert ran.sent[-1] == "ROLLBACK"


def test_a_committed_transaction_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    ran = run(monkeypatch, "begin", PLAIN, "commit", "select 1")
    assert (ran.code, ran.stderr) == (ExitCode.OK, "")


def test_an_error_has_its_place_its_line_and_a_caret(monkeypatch: pytest.MonkeyPatch) -> None:
    ran = run(monkeypatch, READ, "select 1;\n  select b", PLAIN, answers={"select b": REFUSED})
    assert ran.code == ExitCode.STATEMENT_FAILED
    assert ran.sent == [READ, "select 1", "select b"]
    assert ran.stderr.splitlines() == [
        "Error: -c 2:2:10: 42703 no such column",
        "    2 |   select b",
        "      |          ^",
    ]


def test_an_error_without_a_position_has_the_statement_s_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    duplicate = StatementError("duplicate\x1b[2J", sqlstate="23505", detail="Key \x07", hint="\x9b")
    ran = run(monkeypatch, f"select 1; {PLAIN}", answers={PLAIN: duplicate})
    assert ran.stderr.splitlines() == [
        "Error: -c 1:1:11: 23505 duplicate\\x1b[2J",
        "Detail: Key \\x07",
        "Hint: \\x9b",
    ]


@pytest.mark.parametrize(
    ("texts", "lost_at", "message"),
    [
        ([READ], READ, "nothing was changed"),
        ([PLAIN], PLAIN, "may or may not have completed"),
        ([WRITE], WRITE, "the open transaction was rolled back"),
        ([WRITE], "COMMIT", "may or may not have completed"),
        (["begin", PLAIN], PLAIN, "the open transaction was rolled back"),
        (["begin", PLAIN, "commit"], "commit", "SELECT count(*) FROM t"),
    ],
)
def test_a_lost_session_says_what_became_of_the_statement(
    monkeypatch: pytest.MonkeyPatch, texts: list[str], lost_at: str, message: str
) -> None:
    ran = run(monkeypatch, *texts, answers={lost_at: LOST})
    unknown = "may or may not" in message or "SELECT count" in message
    assert ran.code == (ExitCode.OUTCOME_UNKNOWN if unknown else ExitCode.SESSION_LOST)
    assert message in ran.stderr
    assert "not committed" not in ran.stderr


BUSY = StatementError("server unavailable", sqlstate="XX000")


@pytest.mark.parametrize(
    ("texts", "failing", "code", "message"),
    [
        ([PLAIN], PLAIN, ExitCode.OUTCOME_UNKNOWN, "may or may not have completed"),
        ([WRITE], "COMMIT", ExitCode.OUTCOME_UNKNOWN, "may or may not have completed"),
        (["begin", PLAIN, "commit"], "commit", ExitCode.OUTCOME_UNKNOWN, "SELECT count(*) FROM t"),
        ([READ], READ, ExitCode.STATEMENT_FAILED, "XX000 server unavailable"),
        (["begin", PLAIN], PLAIN, ExitCode.STATEMENT_FAILED, "it was rolled back"),
    ],
)
def test_a_server_that_fails_at_a_commit_leaves_the_outcome_open(
    monkeypatch: pytest.MonkeyPatch, texts: list[str], failing: str, code: ExitCode, message: str
) -> None:
    ran = run(monkeypatch, *texts, answers={failing: BUSY})
    assert ran.code == code
    assert message in ran.stderr


@pytest.mark.parametrize("file_format", [Format.JSON, Format.PARQUET, Format.XLSX])
def test_a_file_that_holds_one_result_gets_no_second(file_format: Format) -> None:
    writer = ResultWriter(file_format, ExportOptions())
    one = [classify(READ), classify(PLAIN), classify("create table u (id int)")]
    writer.check_results(one)
    for second in (
        READ,
        WRITE,
        "show timezone",
        "explain delete from t",
        "with a as (select 1) table a",
    ):
        with pytest.raises(InputError, match="holds one result"):
            writer.check_results([*one, classify(second)])


def test_a_second_result_that_could_not_be_known_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip("xlsxwriter")
    stdout = Stdout(None)
    monkeypatch.setattr(sys, "stdout", stdout)
    writer = ResultWriter(Format.XLSX, ExportOptions())
    columns = (Column("a", 25),)
    writer.begin(columns)
    writer.end()
    first = stdout.written
    with pytest.raises(InputError, match="this is the second"):
        writer.begin(columns)
    assert stdout.written == first


def test_a_run_without_rows_is_one_document_of_json(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(monkeypatch, PLAIN, file_format=Format.JSON).stdout == "[]\n"
    assert run(monkeypatch, READ, file_format=Format.JSON).stdout == '[\n  {"a": "x"}\n]\n'
    assert run(monkeypatch, PLAIN, file_format=Format.JSONL).stdout == ""
    answers: dict[str, Answer] = {PLAIN: REFUSED}
    assert run(monkeypatch, PLAIN, answers=answers, file_format=Format.JSON).stdout == ""


def test_without_standard_output_nothing_can_begin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(cast("BinaryIO", ClosedBuffer())))
    with pytest.raises(InputError, match="Standard output is closed"):
        ResultWriter(Format.CSV, ExportOptions()).check()


@pytest.mark.parametrize(
    ("file_format", "library"), [("parquet", "pyarrow"), ("xlsx", "xlsxwriter")]
)
def test_a_format_without_its_library_is_refused_first(
    monkeypatch: pytest.MonkeyPatch, file_format: str, library: str
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(InputError, match="needs an optional dependency"):
        ResultWriter(Format(file_format), ExportOptions()).check()


@pytest.mark.parametrize("file_format", Format)
def test_checking_a_format_writes_nothing(
    monkeypatch: pytest.MonkeyPatch, file_format: Format
) -> None:
    stdout = Stdout(None)
    monkeypatch.setattr(sys, "stdout", stdout)
    ResultWriter(file_format, ExportOptions()).check()
    assert stdout.written == b""


@pytest.mark.parametrize(
    ("texts", "conflicts", "sent", "code"),
    [
        ([PLAIN], 2, [PLAIN] * 3, ExitCode.OK),
        ([PLAIN], 3, [PLAIN] * 3, ExitCode.STATEMENT_FAILED),
        ([READ, PLAIN], 1, [READ, PLAIN, PLAIN], ExitCode.OK),
        (["begin", PLAIN, "commit"], 1, ["begin", PLAIN, "ROLLBACK"], ExitCode.STATEMENT_FAILED),
        ([CALL], 1, [CALL], ExitCode.STATEMENT_FAILED),
        ([WRITE], 1, ["BEGIN", WRITE, "ROLLBACK", "BEGIN", WRITE, "COMMIT"], ExitCode.OK),
    ],
)
def test_a_conflict_is_retried_where_the_console_retries_it(
    monkeypatch: pytest.MonkeyPatch, texts: list[str], conflicts: int, sent: list[str], code: int
) -> None:
    conflicting = {text: conflict_times(conflicts) for text in (PLAIN, CALL, WRITE)}
    ran = run(monkeypatch, *texts, answers={**conflicting, READ: ROWS}, quiet=False)
    assert (ran.code, ran.sent) == (code, sent)
    assert ran.stderr.count("conflict, attempt") == max(sent.count(texts[-1]) - 1, 0)


def test_rows_that_were_written_are_not_written_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    lost = OccConflict("change conflicts with another transaction (OC000)", sqlstate="40001")
    ran = run(monkeypatch, WRITE, answers={"COMMIT": lost})
    assert (ran.code, ran.sent) == (ExitCode.STATEMENT_FAILED, ["BEGIN", WRITE, "COMMIT"])
    assert ran.stdout == "a\nx\n"


@pytest.mark.parametrize("file_format", [Format.CSV, Format.XLSX])
def test_a_result_that_was_begun_but_not_written_is_begun_again(
    monkeypatch: pytest.MonkeyPatch, file_format: Format
) -> None:
    def lost_after_the_header(session: FakeSession) -> Iterator[StatementEvent]:
        if session.ran.count(READ) == 1:
            if file_format is Format.XLSX:
                yield Described((Column("a", 25),))
            raise OccConflict("schema has been updated (OC001)", sqlstate="40001")
        yield from ROWS

    ran = run(monkeypatch, READ, answers={READ: lost_after_the_header}, file_format=file_format)
    assert (ran.code, ran.sent, ran.stderr) == (ExitCode.OK, [READ, READ], "")
