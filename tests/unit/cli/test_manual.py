"""`dsql-tui manual`: a list, a page, and a pager where somebody can use one."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dsql_tui.cli import manual
from dsql_tui.cli.root import group
from dsql_tui.manual import topics
from tests.support.pages import MANUAL


def run(*args: str) -> Result:
    return CliRunner().invoke(group, ["manual", *args])


def test_without_a_topic_it_lists_every_page_with_its_heading() -> None:
    assert set(topics()) == {path.stem for path in MANUAL.glob("*.md")}
    result = run()
    assert result.exit_code == 0
    for topic, heading in topics().items():
        assert heading
        assert any(line.split() == [topic, *heading.split()] for line in result.stdout.splitlines())


@pytest.mark.parametrize("topic", [*topics(), "CONNECTING", "connecting.md"])
def test_in_a_pipe_a_page_is_plain_text(topic: str) -> None:
    result = run(topic)
    assert result.exit_code == 0
    assert "\x1b" not in result.stdout
    heading = topics()[topic.lower().removesuffix(".md")]
    assert result.stdout.startswith(heading.upper() + "\n")


@pytest.mark.parametrize(
    ("topic", "message"),
    [
        ("conecting", "Did you mean 'connecting'?"),
        ("zzz", "There is no page 'zzz' in the manual. Pages: "),
        ("../../README", "There is no page '../../README' in the manual."),
    ],
)
def test_an_unknown_topic_names_the_nearest_and_all(topic: str, message: str) -> None:
    result = run(topic)
    assert result.exit_code == 2
    assert message in " ".join(result.stderr.split())
    assert "differences" in result.stderr


Paged = Callable[..., tuple[str, str]]


@pytest.fixture
def paged(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Paged:
    """Give what runs the command as on a terminal; returns what a pager got and stdout."""

    def run_on_terminal(name: str, **environment: str) -> tuple[str, str]:
        got = tmp_path / "got"
        program = tmp_path / name
        program.write_text(f'#!/bin/sh\n{{ echo "$LESS"; cat; }} > {got}\n')
        program.chmod(0o755)
        out = io.StringIO()
        for stream in (out, terminal := io.StringIO()):
            monkeypatch.setattr(stream, "isatty", lambda: True, raising=False)
        monkeypatch.setattr(sys, "stdin", terminal)
        monkeypatch.setattr(sys, "stdout", out)
        for variable in ("NO_COLOR", "LESS"):
            monkeypatch.delenv(variable, raising=False)
        settings = {"PAGER": str(program), "TERM": "xterm"} | environment
        for variable, value in settings.items():
            monkeypatch.setenv(variable, value)
        manual.command.main(["connecting"], standalone_mode=False)
        return got.read_text() if got.exists() else "", out.getvalue()

    return run_on_terminal


def test_on_a_terminal_less_shows_a_page_with_bold_headings(paged: Paged) -> None:
    text, printed = paged("less")
    assert text.startswith("FRX\n\x1b[1mCONNECTING TO")
    assert printed == ""


def test_settings_of_less_are_kept(paged: Paged) -> None:
    assert paged("less", LESS="R")[0].startswith("R\n")


@pytest.mark.parametrize(("name", "variables"), [("less", {"NO_COLOR": "1"}), ("more", {})])
def test_no_escape_sequences_where_they_are_unwanted_or_not_understood(
    paged: Paged, name: str, variables: dict[str, str]
) -> None:
    assert "\nCONNECTING TO" in paged(name, **variables)[0]


@pytest.mark.parametrize(
    "variables", [{"TERM": "dumb"}, {"PAGER": "no-such-program"}, {"PAGER": "'"}]
)
def test_without_a_usable_pager_the_text_is_printed(
    paged: Paged, variables: dict[str, str]
) -> None:
    text, printed = paged("less", **variables)
    assert text == ""
    assert printed.startswith("CONNECTING TO")
