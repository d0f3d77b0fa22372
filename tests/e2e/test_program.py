"""The forked `dsql-tui` of these tests does what `python -m dsql_tui` does.

Signals are sent to it in `test_headless_runs.py`.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support.program import program

REAL = (sys.executable, "-m", "dsql_tui")
PRINTED_STATE = "import os, sys; print(os.getcwd(), sys.argv[1:], sorted(os.environ))"


def both(*words: str, folder: Path, text: str = "") -> list[tuple[int, str, str]]:
    ends = []
    for command in (REAL, program()):
        done = subprocess.run(
            [*command, *words],
            input=text,
            capture_output=True,
            text=True,
            check=False,
            cwd=folder,
            env=os.environ | {"XDG_CONFIG_HOME": str(folder), "MARK": "é =\n"},
        )
        ends.append((done.returncode, done.stdout, done.stderr))
    return ends


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["lint", "-"], "create index on é (id);\n"),
        (["lint", "absent.sql"], ""),
        (["config", "show", "--json"], ""),
        (["no-such-command"], ""),
    ],
)
def test_streams_and_exit_code_equal_those_of_a_new_process(
    tmp_path: Path, words: Sequence[str], text: str
) -> None:
    real, forked = both(*words, folder=tmp_path, text=text)
    assert forked == real


def test_environment_folder_and_arguments_arrive(tmp_path: Path) -> None:
    editor = tmp_path / "editor"
    editor.write_text(f"#!/bin/sh\nexec {sys.executable} -c '{PRINTED_STATE}' \"$@\"\n")
    editor.chmod(0o755)
    seen = [
        subprocess.run(
            [*command, "config", "edit"],
            capture_output=True,
            text=True,
            check=True,
            cwd=tmp_path,
            env=os.environ | {"XDG_CONFIG_HOME": str(tmp_path), "VISUAL": str(editor), "É": "é"},
        ).stdout
        for command in (REAL, program())
    ]
    assert seen[0] == seen[1] != ""
