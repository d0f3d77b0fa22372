"""Secrets never leave memory: crashes, failed connects and debug logs are searched for them."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import pytest

from dsql_tui.local.process import server
from dsql_tui.local.process.server_info import ServerInfo

SIGNATURE = re.compile(r"Signature\W{1,4}[0-9a-f]{64}", re.IGNORECASE)
PRIVATE = 0o600
IN_A_FRAME = "held by a local variable"

WATCHED = """
import logging, os, sys
from dsql_tui.aws import tokens
from dsql_tui.console.shared.services import HistoryStore, LiveServices
from dsql_tui.known_names import KnownNames
logging.basicConfig(level=logging.DEBUG, stream=sys.stderr)

class Services(LiveServices):
    "The live services; every token they make is told to the test, and to nobody else."
    def generate_token(self, endpoint):
        token = super().generate_token(endpoint)
        with open(os.environ["TOLD"], "a") as told:
            print(token.value, file=told)
        return token
"""

CRASH_WHILE_CONNECTING = (
    WATCHED
    + """
from dsql_tui.config import Config
from dsql_tui.console.app.app import ConsoleApp
from dsql_tui.console.shared.preferences import InMemoryStore, Preferences
from tests.support.local_dsql import profile_of
from dsql_tui.local.process import server

class Broken(Services):
    def open_session(self, endpoint, token, settings=()):
        password = token.value
        marker = "held by " + "a local variable"
        raise ZeroDivisionError("a bug")

with server.start() as running:
    services = Broken(profile_of(running.info))
    ConsoleApp(services, Config(), Preferences(InMemoryStore()), cluster="shop").run(headless=True)
"""
)

DEBUG_LOG = """
import logging, sys
logging.basicConfig(level=logging.DEBUG, stream=sys.stderr)
from dsql_tui.cli import main
sys.argv = ["dsql-tui", "query", "--local", "--profile", sys.argv[1], *sys.argv[2:]]
main()
"""

AN_HOUR_AT_THE_CONSOLE = (
    WATCHED
    + """
import asyncio
from pathlib import Path
from dsql_tui.config import Config
from dsql_tui.console.app.app import ConsoleApp
from dsql_tui.console.shared.preferences import Preferences
from dsql_tui.local.process import server
from dsql_tui.json_store import JsonStore, state_folder
from tests.support.local_dsql import profile_of
from tests.support.desk import LiveDesk

async def sit(info):
    services = Services(
        profile_of(info, role="app_ro"), history=HistoryStore(100), known_names=KnownNames()
    )
    preferences = Preferences(JsonStore(), JsonStore(state_folder() / "tabs.json"))
    app = ConsoleApp(services, Config(), preferences)
    async with app.run_test(size=(120, 36)) as pilot:
        desk = LiveDesk(pilot)
        await desk.until(lambda: app.screen is app.workspace and "todos" in desk.screen())
        await desk.press("enter", "tab", *"app_ro", "enter")
        await desk.until(lambda: "session 59" in desk.screen())
        await desk.run("select count(*) from orders")
        await desk.press("f12")
        app.save_screenshot("token.svg", path=os.environ["SHOTS"])
        await desk.press("escape")
        await desk.workspace.run_action("examine")
        await desk.settle()
        app.save_screenshot("doctor.svg", path=os.environ["SHOTS"])
        await desk.press("escape")
        services.forget_credentials()
        await desk.run("select nothing at all")
        app.save_screenshot("error.svg", path=os.environ["SHOTS"])
        await desk.press("ctrl+q")
        print("title:", app.title, app.sub_title)

with server.start() as running:
    asyncio.run(sit(running.info))
"""
)

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
    server_info = server.running(home / "data" / "dsql-tui" / "local")
    assert server_info is not None
    return server_info


@dataclass(frozen=True)
class Secrets:
    """What no byte that is written may hold, beside the files that are for it.

    Attributes:
        told: File into which a test's own process writes every token it makes.
        keys: Secret keys and session tokens of the local identities.
    """

    told: Path
    keys: Path

    def found_in(self, text: str) -> list[str]:
        """Return the kinds of secrets that a text contains."""
        tokens = self.told.read_text().split() if self.told.exists() else []
        signatures = [token.rpartition("Signature=")[2] for token in tokens]
        session_tokens = [
            unquote(token.partition("Security-Token=")[2].partition("&")[0]) for token in tokens
        ]
        keys = set(
            re.findall(r"(?:secret_access_key\s*=\s*|\"secret\": \")([\w+/=]{20,})", self._keys())
        )
        wanted = {
            "token": tokens,
            "signature": signatures,
            "session token": [each for each in session_tokens if each],
            "secret key": keys,
        }
        assert keys
        found = [kind for kind, values in wanted.items() if any(each in text for each in values)]
        return found + (["any signature"] if SIGNATURE.search(text) else [])

    def _keys(self) -> str:
        return "".join(
            path.read_text(errors="replace")
            for path in self.keys.rglob("*")
            if path.is_file()
            and stat.S_IMODE(path.stat().st_mode) == PRIVATE
            and "databases" not in path.parts
        )


@pytest.fixture
def secrets(info: ServerInfo, tmp_path: Path) -> Secrets:
    return Secrets(tmp_path / "told", info.data_dir)


def environment(home: Path) -> dict[str, str]:
    return os.environ | {
        "HOME": str(home),
        "XDG_DATA_HOME": str(home / "data"),
        "XDG_STATE_HOME": str(home / "state"),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_CACHE_HOME": str(home / "cache"),
        "PYTHONFAULTHANDLER": "1",
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


def test_a_crash_of_the_console_shows_where_and_hides_what(home: Path, secrets: Secrets) -> None:
    told = run(home, "-c", CRASH_WHILE_CONNECTING, TOLD=str(secrets.told))
    assert "ZeroDivisionError" in told
    assert "open_session" in told
    assert IN_A_FRAME not in told
    assert secrets.told.read_text()
    assert secrets.found_in(told) == []


def test_a_failed_connect_tells_the_reason_and_not_the_token(home: Path, secrets: Secrets) -> None:
    told = run(home, "-c", DEBUG_LOG, "dsql-local", "--role", "app_ro", "-c", "select 1")
    assert "refused the token" in told
    assert secrets.found_in(told) == []


@pytest.mark.parametrize("role", ["admin", "app_ro"])
def test_a_debug_log_of_every_library_holds_neither_token_nor_key(
    home: Path, secrets: Secrets, role: str
) -> None:
    """As app_ro a role is assumed: the answer of sts has a secret and a session token in it."""
    profile = "dsql-local" if role == "admin" else "dsql-local-app-ro"
    told = run(home, "-c", DEBUG_LOG, profile, "--role", role, "-c", "select 1")
    assert "SELECT 1" in told
    assert "DEBUG" in told
    assert secrets.found_in(told) == []
    assert not re.search(r"SecretAccessKey|SessionToken", told)


def test_an_hour_at_the_console_leaves_no_secret_in_any_byte_it_writes(
    home: Path, secrets: Secrets, tmp_path: Path
) -> None:
    shots, log = tmp_path / "shots", tmp_path / "textual.log"
    shots.mkdir()
    told = run(
        home,
        "-c",
        AN_HOUR_AT_THE_CONSOLE,
        TOLD=str(secrets.told),
        SHOTS=str(shots),
        TEXTUAL_LOG=str(log),
    )
    assert "title: dsql-tui" in told, told[-3_000:]
    assert "Security-Token" in secrets.told.read_text()
    assert secrets.found_in(told) == []
    written = [*shots.iterdir(), log, *(home / "state").rglob("*")]
    assert {"token.svg", "doctor.svg", "error.svg", "textual.log"} | {
        "history.sqlite",
        "names.json",
    } <= {path.name for path in written}
    for path in written:
        if path.is_file():
            text = path.read_bytes().decode("utf-8", "replace")
            assert secrets.found_in(text) == [], path


def test_a_process_that_dies_leaves_no_core() -> None:
    code = "import resource, sys; from dsql_tui.cli.root import main; sys.argv[1:] = ['--version'];"
    script = f"{code}\ntry: main()\nfinally: print(resource.getrlimit(resource.RLIMIT_CORE)[0])"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.stdout.split()[-1] == "0", done.stderr


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
    home: Path, info: ServerInfo
) -> None:
    match = re.search(r"aws_secret_access_key\s*=\s*(\S+)", info.credentials_file.read_text())
    assert match
    secret_key = match.group(1)
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
