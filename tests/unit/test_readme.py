"""What the README promises is checked where it can be."""

from __future__ import annotations

import re
from pathlib import Path

from dsql_tui.cli.root import COMMANDS
from dsql_tui.cli.shared.exit_codes import EXIT_CODES
from dsql_tui.config import load
from dsql_tui.local.differences import DIFFERENCES

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def test_it_opens_with_exactly_the_two_commands() -> None:
    assert blocks("sh")[0].splitlines() == [
        "pip install -e '.[local]' && dsql-tui launch --local",
        "pip install -e '.[dev]' && pytest",
    ]


def test_ci_runs_its_test_command_word_for_word() -> None:
    assert blocks("sh")[0].splitlines()[1] in (ROOT / ".ci" / "run").read_text().splitlines()


def test_every_command_it_names_exists() -> None:
    named = set(re.findall(r"dsql-tui ([a-z]+)\b", README))
    assert named <= set(COMMANDS)


def test_every_command_stands_in_it() -> None:
    assert all(f"dsql-tui {command}" in README for command in COMMANDS)


def test_it_lists_every_difference_of_the_local_dsql() -> None:
    assert all(f"- {difference}\n" in README for difference in DIFFERENCES)


def test_every_exit_code_stands_in_its_table() -> None:
    for code, text in EXIT_CODES.items():
        assert f"| {code.value} | {text} |" in README


def test_its_config_file_can_be_used(tmp_path: Path) -> None:
    (example,) = blocks("toml")
    path = tmp_path / "config.toml"
    path.write_text(example)
    assert load(environ={}, path=path).regions == ("us-east-1", "us-east-2")


def test_every_picture_it_shows_is_there() -> None:
    pictures = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", README)
    assert pictures
    assert all((ROOT / picture).is_file() for picture in pictures)
