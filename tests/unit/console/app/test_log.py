"""The log tells what happened, and quotes no statement, value or secret."""

from __future__ import annotations

import stat
from datetime import timedelta
from pathlib import Path

import pytest
from textual.message import Message

from dsql_tui.console.app.log import FILES_KEPT, SIZE_MAX_BYTES, Log, line_of
from dsql_tui.console.messages.clusters import (
    ClustersRefreshRequested,
    ListingEnded,
    ListingStarted,
)
from dsql_tui.console.messages.sessions import SessionFailed, SessionOpened
from dsql_tui.console.messages.statements import (
    StatementCompleted,
    StatementFailed,
    StatementRetried,
    StatementStarted,
)
from dsql_tui.console.shared.work import WorkEnded
from dsql_tui.errors import InputError, OccConflict, RegionUnreachable, StatementError
from dsql_tui.model.endpoint import Endpoint
from dsql_tui.model.result import Completed, TransactionStatus
from dsql_tui.model.token import AuthToken, TokenAction
from dsql_tui.sql.lexing.split import Statement
from tests.support.fakes import NOW

SECRET = "s3cret-value"
STATEMENT = Statement(f"select '{SECRET}'", 0, 20)
ENDPOINT = Endpoint("abc.dsql.us-east-1.on.aws", "us-east-1", role="app_rw", cluster_name="shop")
TOKEN = AuthToken(
    SECRET,
    ENDPOINT.host,
    ENDPOINT.region,
    TokenAction.CONNECT,
    SECRET,
    NOW,
    NOW + timedelta(minutes=15),
)
IDLE = TransactionStatus.IDLE
REFUSED = StatementError(f"duplicate key ({SECRET})", sqlstate="23505")
LINES = [
    (ListingStarted(1, ("us-east-1", "us-east-2")), "listing clusters in us-east-1, us-east-2"),
    (ListingEnded(1), "listing ended"),
    (ListingEnded(1, RegionUnreachable(SECRET)), "listing failed: RegionUnreachable"),
    (
        SessionOpened(ENDPOINT, TOKEN, NOW),
        "session opened on abc.dsql.us-east-1.on.aws as app_rw",
    ),
    (
        SessionFailed(ENDPOINT, RegionUnreachable(SECRET)),
        "session failed on abc.dsql.us-east-1.on.aws as app_rw: RegionUnreachable",
    ),
    (
        StatementCompleted(1, 1, STATEMENT, Completed("INSERT 0 3", 3, None, 4.2), IDLE),
        "INSERT 0 3 in 4.2 ms",
    ),
    (
        StatementFailed(1, 1, STATEMENT, REFUSED, 38, IDLE),
        "statement failed after 38 ms: StatementError 23505",
    ),
    (
        StatementRetried(1, 1, 2, OccConflict(SECRET, sqlstate="40001")),
        "statement retried, attempt 2: OccConflict 40001",
    ),
    (WorkEnded("Script", 125, failed=True), "Script failed after 2 min 05 s"),
    (StatementStarted(1, 1, STATEMENT), ""),
    (ClustersRefreshRequested(), ""),
]


@pytest.mark.parametrize(("message", "line"), LINES)
def test_a_message_is_a_line_without_texts(message: Message, line: str) -> None:
    assert line_of(message) == line


def test_lines_are_appended_with_their_time_to_a_private_file(tmp_path: Path) -> None:
    path = tmp_path / "console.log"
    for _ in range(2):
        log = Log(path)
        for message, _line in LINES:
            log.record(message)
        log.close()
    text = path.read_text(encoding="utf-8")
    assert SECRET not in text
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    per_start = sum(1 for _, line in LINES if line) + len(["started", "ended"])
    assert len(text.splitlines()) == 2 * per_start
    assert all(line[10] == "T" and line[23] == "Z" for line in text.splitlines())


def test_a_bug_is_a_kind_and_frames(tmp_path: Path) -> None:
    path = tmp_path / "console.log"
    log = Log(path)
    try:
        raise ValueError(SECRET)
    except ValueError as bug:
        log.record_bug(bug)
    log.close()
    text = path.read_text(encoding="utf-8")
    assert "ValueError\n" in text
    assert "in test_a_bug_is_a_kind_and_frames" in text
    assert SECRET not in text


def test_files_are_rotated_private_and_few(tmp_path: Path) -> None:
    path = tmp_path / "console.log"
    log = Log(path)
    line = WorkEnded("Work " * 20_000, 1)
    for _ in range((FILES_KEPT + 2) * SIZE_MAX_BYTES // 100_000 + 1):
        log.record(line)
    log.close()
    files = sorted(tmp_path.iterdir())
    assert [each.name for each in files] == ["console.log"] + [
        f"console.log.{number}" for number in range(1, FILES_KEPT + 1)
    ]
    assert all(stat.S_IMODE(each.stat().st_mode) == 0o600 for each in files)
    assert all(each.stat().st_size <= SIZE_MAX_BYTES for each in files)


def test_control_characters_stay_inert(tmp_path: Path) -> None:
    path = tmp_path / "console.log"
    log = Log(path)
    log.record(ListingStarted(1, ("us-east-1\x1b[2J\n",)))
    log.close()
    text = path.read_text(encoding="utf-8")
    assert "\x1b" not in text
    assert len(text.splitlines()) == 3


def test_a_file_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be written"):
        Log(tmp_path / "nowhere" / "console.log")


def test_a_full_disk_stops_no_console() -> None:
    log = Log(Path("/dev/full"))
    log.record(WorkEnded("Run", 1))
    log.close()
