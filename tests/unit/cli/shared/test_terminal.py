from __future__ import annotations

import ast
import io
import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import click
import pytest

import dsql_tui.cli
from dsql_tui.cli.shared.terminal import InertBuffer, guarded
from tests.support.program import program
from tests.support.source_trees import nodes_of

TITLE = "\x1b]0;taken\x07"
CLIPBOARD = "\x9d52;c;ZXZpbA==\x9c"
HOSTILE = f"a{TITLE}{CLIPBOARD}\r\u202eb"
COMMANDS_FOLDER = Path(dsql_tui.cli.__file__).parent


def on_a_terminal(*arguments: str | bytes, home: Path) -> str:
    """Run the command line with all three streams on a terminal; return what arrives there."""
    outer, inner = pty.openpty()
    process = subprocess.Popen(
        [*program(), *arguments],
        stdin=inner,
        stdout=inner,
        stderr=inner,
        env={**os.environ, "HOME": str(home)},
    )
    os.close(inner)
    seen = b""
    while True:
        try:
            data = os.read(outer, 1 << 16)
        except OSError:  # Linux: the last one has closed the terminal
            break
        if not data:
            break
        seen += data
    process.wait()
    os.close(outer)
    return seen.decode().replace("\r\n", "\n")  # the line discipline's own


def controls(text: str) -> set[str]:
    return {each for each in text if each != "\n" and not each.isprintable()}


@pytest.mark.parametrize(
    "arguments",
    [
        [f"qu{TITLE}ery"],
        ["query", "shop", HOSTILE],
        ["query", f"--{HOSTILE}"],
        ["query", "shop", "-f", f"no{HOSTILE}.sql"],
        ["query", "shop", "-f", b"no\xff\x1b[2J.sql"],
        ["query", "shop", "-c", "select 1", "--format", HOSTILE],
        ["query", "shop", "-c", f"\\{HOSTILE}"],
        ["clusters", "--profile", HOSTILE],
        ["clusters", "--region", HOSTILE],
        ["clusters", "--via", HOSTILE],
        ["clusters", "tag", "shop", HOSTILE],
        ["script", "shop", f"no{HOSTILE}.sql"],
        ["load", "shop", "orders", f"no{HOSTILE}.csv"],
        ["bench", "shop", "--duration", HOSTILE],
        ["lint", f"no{HOSTILE}.sql"],
        ["snippet", HOSTILE],
        ["local", "start", "--port", HOSTILE],
        ["local", "status", "--data", f"/no/{HOSTILE}"],
        ["why", "shop", "--role", "r", "--can", HOSTILE, "--on", "t"],
    ],
    ids=str,
)
def test_an_argument_is_repeated_on_one_line_without_acting_on_the_terminal(
    arguments: list[str | bytes], tmp_path: Path
) -> None:
    seen = on_a_terminal(*arguments, home=tmp_path)
    assert "Error: " in seen
    assert "Traceback" not in seen
    assert controls(seen) == set()


@pytest.mark.parametrize(
    "setting",
    ['"%s" = 1', 'theme = "%s"', '[keys]\n"%s" = "f9"', '[results]\ntimezone = "%s"', "%s"],
)
def test_a_configuration_is_repeated_without_acting_on_the_terminal(
    setting: str, tmp_path: Path
) -> None:
    folder = tmp_path / ".config" / "dsql-tui"
    folder.mkdir(parents=True)
    quoted = "\\u001b]0;taken\\u0007\\u202e\\n"
    text = setting % (quoted if '"' in setting else TITLE)
    (folder / "config.toml").write_text(text, encoding="utf-8")
    seen = on_a_terminal("clusters", "--region", "mars", home=tmp_path)
    assert "Error: " in seen
    assert controls(seen) == set()


def test_findings_in_a_hostile_file_are_inert(tmp_path: Path) -> None:
    path = tmp_path / f"evil{HOSTILE}\n.sql"
    path.write_text(f'create temp table "{TITLE}" (a int);\nselect {CLIPBOARD};', encoding="utf-8")
    seen = on_a_terminal("lint", str(path), home=tmp_path)
    assert "error: TEMPORARY" in seen
    assert all(line.startswith((str(tmp_path), "    ")) for line in seen.splitlines())
    assert controls(seen) == set()


def test_a_fixed_script_reaches_a_pipe_byte_for_byte_and_a_terminal_inert(tmp_path: Path) -> None:
    path = tmp_path / "a.sql"
    path.write_text("select '\x1b[31mred\x1b[0m\x1b]0;taken\x07\t';\n", encoding="utf-8")
    command = [*program(), "lint", "--fix", str(path)]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.stdout == path.read_bytes()
    seen = on_a_terminal("lint", "--fix", str(path), home=tmp_path)
    assert r"\x1b[31mred\x1b[0m\x1b]0;taken\x07" in seen
    assert controls(seen) <= {"\t"}


def test_a_file_name_that_is_no_text_is_the_same_in_json(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\x1b[m.sql"))
    path.write_text("create temp table t (a int);", encoding="utf-8")
    command = [*program(), "lint", "--json", os.fspath(path)]
    done = subprocess.run(command, capture_output=True, check=False)
    assert [each["file"] for each in json.loads(done.stdout)["findings"]] == [os.fspath(path)]


def test_a_traceback_and_a_log_on_stderr_are_inert(tmp_path: Path) -> None:
    script = (
        "import sys, warnings\n"
        "from dsql_tui.cli.shared.terminal import guard_streams\n"
        "guard_streams()\n"
        f"warnings.warn({HOSTILE!r})\n"
        f"sys.stderr.buffer.write({HOSTILE!r}.encode())\n"
        f"raise RuntimeError({HOSTILE!r})\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    told = done.stderr.decode()
    assert "RuntimeError: a\\x1b]0;taken" in told
    assert told.count("\\x9d52;") >= 3, "Python 3.13 quotes the script as well"
    assert controls(told) == set()


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1 << 16])
def test_bytes_are_inert_however_they_are_cut_into_writes(size: int) -> None:
    below = io.BytesIO()
    buffer = InertBuffer(below, "utf-8")
    data = f"é日👩\u200d👧 {HOSTILE}\r\nnext\tline\r".encode() + b"\xff\x9b"
    for start in range(0, len(data), size):
        assert buffer.write(data[start : start + size]) == len(data[start : start + size])
    buffer.flush()
    shown = below.getvalue().decode()
    assert controls(shown.replace("\u200d", "")) == {"\t"}
    assert shown.startswith("é日👩")
    assert "\nnext\tline\\r" in shown
    assert "\\xff\\x9b" in shown


def test_a_guarded_stream_is_a_text_stream_in_every_way(tmp_path: Path) -> None:
    with (tmp_path / "out").open("w", encoding="latin-1") as below:
        stream = guarded(below)
        assert (stream.fileno(), stream.isatty()) == (below.fileno(), False)
        click.echo(f"\x1b[31mred {CLIPBOARD} \u0107", file=stream, color=True)
    assert stream.closed, "it would be flushed into a closed stream"
    assert (tmp_path / "out").read_bytes() == rb"\x1b[31mred \x9d52;c;ZXZpbA==\x9c \u0107" + b"\n"


def test_every_line_that_quotes_something_is_printed_by_echo_line() -> None:
    """A name in it could hold a line break, and the rest would look like a line of ours."""
    quoting = []
    for path in COMMANDS_FOLDER.rglob("*.py"):
        if path.name in {"report.py", "terminal.py"}:
            continue
        for node in nodes_of(path):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "click.echo":
                text = node.args[0]
                is_quoting = isinstance(text, ast.JoinedStr) and "'\\n" not in ast.unparse(text)
                if is_quoting and "\\n" not in ast.unparse(text):
                    quoting.append(f"{path.name}:{node.lineno}")
    assert quoting == []


def test_only_one_place_writes_to_the_streams_itself() -> None:
    """A second way to the terminal would not be guarded."""
    allowed = {"terminal.py", "output.py"}
    writing = []
    for path in COMMANDS_FOLDER.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        ways = ("sys.stdout.write", "sys.stderr.write", "os.write(", "sys.__std", "print(")
        if path.name not in allowed and any(
            way in text.replace("_print(", "").replace("echo_via", "os.write(") for way in ways
        ):
            writing.append(path.name)
    assert writing == []
