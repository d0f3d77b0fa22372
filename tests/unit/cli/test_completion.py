"""What a shell completes, asked as the scripts of `dsql-tui completion` ask."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dsql_tui.cli.root import run
from dsql_tui.cli.shared.values.known_names import FILE, NameKind, known_names, remember


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a state folder in which names are known."""
    folder = tmp_path / "dsql-tui"
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    remember(NameKind.CLUSTERS, "ops", ["shop", "shop@us-east-1", "todos"], folder)
    remember(NameKind.CLUSTERS, "local", ["stand-in"], folder)
    remember(NameKind.ROLES, "shop", ["app_ro", "app_rw"], folder)
    remember(NameKind.ROLES, "todos", ["owner"], folder)
    remember(NameKind.TABLES, "shop", ["public.orders", "public.items"], folder)
    return folder


def completions(line: str, state: Path) -> list[str]:
    """Ask as bash does; the network is out of reach and the credentials are none."""
    words = line.split(" ")
    done = subprocess.run(
        [sys.executable, "-m", "dsql_tui"],
        env={
            "PATH": os.environ["PATH"],
            "XDG_STATE_HOME": str(state.parent),
            "_DSQL_TUI_COMPLETE": "bash_complete",
            "COMP_WORDS": line,
            "COMP_CWORD": str(len(words) - 1),
            "AWS_EC2_METADATA_DISABLED": "true",
            "https_proxy": "http://127.0.0.1:9",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    return [each.partition(",")[2] for each in done.stdout.splitlines()]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("dsql-tui qu", ["query"]),
        ("dsql-tui clusters vpc", ["vpc-endpoint"]),
        ("dsql-tui query --json", ["--json-lines", "--json"]),
        ("dsql-tui query sho", ["shop", "shop@us-east-1"]),
        ("dsql-tui token ", ["shop", "shop@us-east-1", "stand-in", "todos"]),
        ("dsql-tui query shop --role ", ["app_ro", "app_rw"]),
        ("dsql-tui query shop@us-east-1 --role app_rw", ["app_rw"]),
        ("dsql-tui query new --role o", ["owner"]),
        ("dsql-tui why shop --on public.i", ["public.items"]),
        ("dsql-tui load shop orders.csv --table public.o", ["public.orders"]),
        ("dsql-tui query --format ts", ["tsv"]),
    ],
)
def test_commands_options_and_names_are_completed_without_a_network(
    line: str, expected: list[str], state: Path
) -> None:
    assert sorted(completions(line, state)) == sorted(expected)


@pytest.mark.parametrize(
    "content", [b"", b"[]", b'{"roles": 1}', b'{"roles": {"a": [1]}}', b"\xff"]
)
def test_a_damaged_file_costs_the_suggestions_only(content: bytes, tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(content)
    assert known_names(NameKind.ROLES, folder=tmp_path) == []
    remember(NameKind.ROLES, "shop", ["app_ro"], tmp_path)
    assert known_names(NameKind.ROLES, "shop", tmp_path) == ["app_ro"]
    assert (tmp_path / FILE).stat().st_mode & 0o077 == 0


def test_a_folder_that_cannot_be_written_ends_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    remember(NameKind.ROLES, "shop", ["app_ro"], tmp_path / "file" / "below")
    assert known_names(NameKind.ROLES, folder=tmp_path / "file" / "below") == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_script_asks_this_program(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert f"_DSQL_TUI_COMPLETE={shell}_complete" in script
    if shutil.which(shell):
        checked = subprocess.run(
            [shell, "-n"], input=script, text=True, capture_output=True, check=False
        )
        assert (checked.returncode, checked.stderr) == (0, "")
