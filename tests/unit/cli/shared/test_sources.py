"""`-c` and `-f` on a command line: order, files, what is refused."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from dsql_tui.cli.shared.sources import (
    Given,
    SourcesCommand,
    given_sources,
    only_one,
    source_options,
)
from dsql_tui.errors import InputError


@click.command("probe", cls=SourcesCommand)
@click.argument("cluster", required=False)
@source_options
@click.option("--format", "file_format")
def probe(cluster: str | None, given: tuple[Given, ...], file_format: str | None) -> object:
    return cluster, file_format, given


def parsed(*args: str) -> tuple[str | None, str | None, tuple[Given, ...]]:
    result = CliRunner().invoke(probe, list(args), standalone_mode=False)
    assert result.exception is None, result.exception
    found: tuple[str | None, str | None, tuple[Given, ...]] = result.return_value
    return found


SPELLED = {"c": ("-c", "--command"), "f": ("-f", "--file")}


@given(
    st.lists(
        st.tuples(
            st.sampled_from("cf"),
            st.booleans(),
            st.booleans(),
            st.text("ab c;'", max_size=5).filter(str.strip),
        )
    ),
    st.integers(0, 5),
)
def test_the_order_on_the_command_line_is_kept(
    wanted: list[tuple[str, bool, bool, str]], cluster_at: int
) -> None:
    args: list[str] = []
    for number, (kind, is_long, is_joined, value) in enumerate(wanted):
        if number == cluster_at:
            args += ["shop", "--format", "csv"]
        if is_long and is_joined:
            args.append(f"{SPELLED[kind][1]}={value}")
        else:
            args += [SPELLED[kind][is_long], value]
    _, _, found = parsed(*args)
    assert [("c", each.text) if each.path is None else ("f", str(each.path)) for each in found] == [
        (kind, value if kind == "c" else str(Path(value))) for kind, _, _, value in wanted
    ]


@given(st.lists(st.tuples(st.booleans(), st.text("ab'; é\n", max_size=6)), min_size=1))
def test_sources_hold_what_was_given_each_by_itself(wanted: list[tuple[bool, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        given_here = []
        for number, (is_file, text) in enumerate(wanted):
            path = Path(folder) / f"{number}.sql"
            path.write_text(text, encoding="utf-8", newline="")
            given_here.append(Given(path=path) if is_file else Given(text=text))
        sources = given_sources(given_here)
    assert [source.text for source, _ in sources] == [text for _, text in wanted]


def test_commands_are_numbered_and_files_named(tmp_path: Path) -> None:
    path = tmp_path / "a.sql"
    path.write_bytes(b"\xef\xbb\xbfselect 1")
    sources = given_sources([Given(text="a"), Given(path=path), Given(text="b")])
    assert [(each.name, each.text, folder) for each, folder in sources] == [
        ("-c 1", "a", Path()),
        (str(path), "select 1", tmp_path),
        ("-c 2", "b", Path()),
    ]


def test_nothing_and_stdin_twice_are_wrong_usage() -> None:
    for wrong in ([], [Given(path=Path("-")), Given(text="a"), Given(path=Path("-"))]):
        with pytest.raises(click.UsageError):
            given_sources(wrong)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read: No such file or directory."),
        ("folder", "is a folder."),
        (b"\xff\xfe", "is not UTF-8 text (byte 0)."),
        (b"select \0", "is not a text file: byte 7 is NUL."),
    ],
)
def test_a_file_that_cannot_be_used_is_a_sentence(
    tmp_path: Path, content: bytes | str | None, message: str
) -> None:
    path = tmp_path / "x.sql"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content:
        path.mkdir()
    with pytest.raises(InputError) as caught:
        given_sources([Given(text="select 1"), Given(path=path)])
    assert caught.value.message == f"{path} {message}"


@click.command("single")
@click.option("-c", "--command", "text", multiple=True, required=True, callback=only_one)
def single(text: str) -> str:
    return text


def test_an_option_that_may_be_given_once_does_not_drop_the_first_value() -> None:
    runner = CliRunner()
    assert runner.invoke(single, ["-c", "a"], standalone_mode=False).return_value == "a"
    refused = runner.invoke(single, ["-c", "a", "-c", "b"])
    assert refused.exit_code == 2
    assert "--command can be given once." in refused.output
    assert runner.invoke(single, []).exit_code == 2
