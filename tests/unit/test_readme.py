"""Facts that the README and the manual repeat from the code agree with the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dsql_tui.config import load
from dsql_tui.local.differences import DIFFERENCES
from dsql_tui.manual import topics
from tests.support.pages import PAGES, ROOT, blocks

README = PAGES["README.md"]


def page(topic: str) -> str:
    return PAGES[f"dsql_tui/manual/{topic}.md"]


def test_it_opens_with_exactly_the_two_commands() -> None:
    assert blocks(README, "sh")[0].splitlines() == [
        "pip install -e '.[local]' && dsql-tui launch --local",
        "pip install -e '.[dev]' && pytest",
    ]


def test_ci_runs_its_test_command_word_for_word() -> None:
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert blocks(README, "sh")[0].splitlines()[1] in lines


def test_it_is_a_first_page() -> None:
    assert len(README.encode()) <= 10_000
    pictures = re.findall(r"!\[[^\]]+\]\((\S+)\)", README)
    assert len(pictures) == 1
    assert README.index(pictures[0]) < README.index("```sh")


def test_the_top_folder_holds_nothing_but_what_everybody_looks_for() -> None:
    top = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    assert top - MADE_HERE == {
        *("dsql_tui", "tests", "screenshots"),
        *("pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md"),
    }


MADE_HERE = {"build", "dist", "bench.json", "snapshot_report.html", "PKG-INFO"}
"""What building and testing leave, and git does not see; a source distribution has PKG-INFO."""


def test_it_names_every_page_of_the_manual() -> None:
    assert [topic for topic in topics() if f"manual/{topic}.md" not in README] == []


def test_the_manual_lists_every_difference_of_the_local_dsql() -> None:
    listed = re.findall(r"^- (.*)$", page("differences"), re.MULTILINE)
    assert listed == list(DIFFERENCES)


@pytest.mark.parametrize(
    ("name", "text"),
    [(name, text) for name, page in PAGES.items() for text in blocks(page, "toml")],
)
def test_each_config_file_to_copy_can_be_used(name: str, text: str, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text)
    load(environ={}, path=path)
