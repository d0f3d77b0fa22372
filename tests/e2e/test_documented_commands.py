"""Every command line that the README and the manual print is run as it is printed."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from dsql_tui.local.iam.identity import ACCOUNT
from dsql_tui.local.process import server
from tests.support.pages import PAGES, commands, resolved, shell_commands
from tests.support.program import program

ELSEWHERE = {
    "launch": "opens the console: tests/terminal",
    "config edit": "opens an editor: tests/unit/config",
    "bench": "measures for 30 s or longer: tests/e2e/fleet/test_bench.py and test_drill.py",
    "clusters resume": "needs an interrupted set-up: tests/e2e/fleet/test_lifecycle.py",
    "clusters undo": "needs an interrupted set-up: tests/e2e/fleet/test_lifecycle.py",
    "import postgres": "needs a PostgreSQL: tests/e2e/test_import_postgres.py",
    "restore": "needs an empty cluster: tests/e2e/test_dump.py",
    "local start": "leaves a server running: tests/e2e/local/process",
    "local reset": "deletes data of the account: tests/e2e/local/process",
}
"""Command → why it is not run here, and where it is."""
QUESTIONS = {"clusters delete", "clusters policy put", "clusters policy delete"}
"""Commands that ask for confirmation: nothing answers here."""
ANSWERS = {"why": 1, "schema diff": 1, "schema check": 1}
"""Commands whose exit code is their answer: the role of the manual's example may not insert."""
SAMPLE_ACCOUNT = "111122223333"
"""The account of AWS's examples; the local DSQL has its own."""
LAST = ("clusters delete", "local set", "local stop")
"""Commands that change what the others need, in the order in which they come last."""
FILES = {
    "orders.csv": (
        "id,customer_id,status,placed_at\n"
        "5f0c7a52-0d4c-4b7e-9a44-3f1f5d1c2b10,1,paid,2026-11-30 12:00:00+00\n"
    ),
    "migration.sql": "create table if not exists m (id int primary key);",
    "schema.sql": "create table if not exists s (id int primary key);",
    "up.sql": "create table if not exists u (id int primary key);",
    "policy.json": (
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*",'
        ' "Action": "dsql:DbConnect", "Resource": "*"}]}'
    ),
}


def calls() -> list[tuple[str, ...]]:
    """Return what is run: lines of shells, and calls in a sentence that have arguments."""
    found = []
    for page in PAGES.values():
        found += [tuple(call) for call in shell_commands(page)]
        found += [tuple(call) for call in commands(page) if resolved(call)[1]]
    return sorted((call for call in dict.fromkeys(found) if not is_a_pattern(call)), key=rank)


def is_a_pattern(call: tuple[str, ...]) -> bool:
    """Return whether a call has a placeholder in capitals."""
    return any(len(word) > 2 and word.isupper() for word in call)


def name_of(call: tuple[str, ...]) -> str:
    return " ".join(resolved(call)[0])


def rank(call: tuple[str, ...]) -> int:
    return 1 + LAST.index(name_of(call)) if name_of(call) in LAST else 0


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[dict[str, str], Path]]:
    """Give the variables of a shell after `dsql-tui local env`, and its folder with files."""
    folder = tmp_path_factory.mktemp("documented")
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    with server.start(ephemeral=True) as running:
        variables = os.environ | running.environment() | {"PAGER": "cat"}
        logs = "create table logs (id int primary key, day int)"
        subprocess.run(
            [*program(), "query", "shop", "-c", logs],
            env=variables,
            cwd=folder,
            check=True,
        )
        yield variables, folder


@pytest.mark.parametrize("call", calls(), ids=" ".join)
def test_a_documented_command_does_what_it_says(
    call: tuple[str, ...], shell: tuple[dict[str, str], Path]
) -> None:
    name = name_of(call)
    if name in ELSEWHERE:
        pytest.skip(ELSEWHERE[name])
    if "--via" in call:
        pytest.skip("needs a tunnel: tests/e2e/test_private_ways.py")
    if "--watch" in call:
        pytest.skip("runs until a signal: tests/e2e/test_headless_runs.py")
    if name in {"connect", "local psql"} and shutil.which("psql") is None:
        pytest.skip("psql is not installed")
    variables, folder = shell
    arguments = [word.replace(SAMPLE_ACCOUNT, ACCOUNT) for word in call]
    arguments += ["--yes"] if name in QUESTIONS else []
    done = subprocess.run(
        [*program(), *arguments],
        env=variables,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == ANSWERS.get(name, 0), done.stdout + done.stderr
