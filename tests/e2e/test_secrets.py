"""Secrets never leave memory: crashes, failed connects and debug logs are searched for them."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dsql_tui.local import server
from dsql_tui.local.server import ServerInfo

SIGNATURE = re.compile(r"Signature\W{1,4}[0-9a-f]{64}", re.IGNORECASE)
IN_A_FRAME = "held by a local variable"

CRASH_WHILE_CONNECTING = """
from dsql_tui.config import Config
from dsql_tui.console.app import ConsoleApp
from dsql_tui.console.memory import Forgetful, Memory
from tests.fakes import FakeServices

class Broken(FakeServices):
    def open_session(self, endpoint, token, settings=()):
        password = "held by " + "a local variable"
        raise ZeroDivisionError("a bug")

ConsoleApp(Broken(), Config(), Memory(Forgetful()), cluster="shop").run(headless=True)
"""

DEBUG_LOG = """
import logging, sys
logging.basicConfig(level=logging.DEBUG, stream=sys.stderr)
from dsql_tui.cli import main
sys.argv = ["dsql-tui", "query", "--local", "-c", "select 1"]
main()
"""

FAKE_PSQL = """#!/bin/sh
printf '%s\\n' "$@" > "$SEEN/arguments"
env > "$SEEN/environment"
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give a home folder whose local DSQL already runs."""
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(folder / "data"))
        with server.start():
            yield folder


@pytest.fixture
def info(home: Path) -> ServerInfo:
    found = server.running(home / "data" / "dsql-tui" / "local")
    assert found is not None
    return found


@pytest.fixture
def secret_key(info: ServerInfo) -> str:
    match = re.search(r"aws_secret_access_key\s*=\s*(\S+)", info.credentials_file.read_text())
    assert match
    return match.group(1)


def environment(home: Path) -> dict[str, str]:
    return os.environ | {
        "HOME": str(home),
        "XDG_DATA_HOME": str(home / "data"),
        "XDG_STATE_HOME": str(home / "state"),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_CACHE_HOME": str(home / "cache"),
    }


def run(home: Path, *args: str, **extra: str) -> str:
    """Return everything a run writes to its terminal."""
    done = subprocess.run(
        [sys.executable, *args],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        env=environment(home) | extra,
        timeout=60,
    )
    return done.stdout + done.stderr


def assert_holds_no_secret(text: str, secret_key: str) -> None:
    assert not SIGNATURE.search(text)
    assert secret_key not in text


def test_a_crash_of_the_console_shows_where_and_hides_what(home: Path, secret_key: str) -> None:
    told = run(home, "-c", CRASH_WHILE_CONNECTING)
    assert "ZeroDivisionError" in told
    assert "open_session" in told
    assert IN_A_FRAME not in told
    assert_holds_no_secret(told, secret_key)


def test_a_failed_connect_tells_the_reason_and_not_the_token(home: Path, secret_key: str) -> None:
    told = run(home, "-m", "dsql_tui", "query", "--local", "--role", "app_ro", "-c", "select 1")
    assert "refused the token" in told
    assert_holds_no_secret(told, secret_key)


def test_a_debug_log_of_every_library_holds_neither_token_nor_key(
    home: Path, secret_key: str
) -> None:
    told = run(home, "-c", DEBUG_LOG)
    assert "SELECT 1" in told
    assert_holds_no_secret(told, secret_key)


def test_psql_gets_the_token_in_its_environment_and_never_in_its_arguments(
    home: Path, tmp_path: Path
) -> None:
    fake = tmp_path / "psql"
    fake.write_text(FAKE_PSQL)
    fake.chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    run(home, "-m", "dsql_tui", "connect", "--local", PATH=path, SEEN=str(tmp_path))
    assert not SIGNATURE.search((tmp_path / "arguments").read_text())
    assert SIGNATURE.search((tmp_path / "environment").read_text())


def test_no_file_written_holds_a_token_and_those_with_keys_are_private(
    home: Path, info: ServerInfo, secret_key: str
) -> None:
    holders = set()
    for path in home.rglob("*"):
        if not path.is_file() or "databases" in path.parts:
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        assert not SIGNATURE.search(text), path
        if secret_key in text or secret_key in json.dumps(text):
            holders.add(path)
    assert info.credentials_file in holders
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in holders)
