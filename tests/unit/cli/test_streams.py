"""Standard streams that are closed, full or left by their reader: as real processes see them."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from dsql_tui.cli.root import report_bug
from dsql_tui.cli.shared.exit_codes import ExitCode
from tests.support.program import program
from tests.support.thorough import is_thorough

PROGRAM = f"{sys.executable} -m dsql_tui"
FULL = pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
DATA = ["--help", "--version", "lint bad.sql", "lint --json bad.sql", "completion bash", "manual"]
OTHER_STREAMS = ["2>&-", "<&-", "<&- 2>&-"]
OTHER_STREAMS += ["2> /dev/full"] if Path("/dev/full").exists() else []
NOTHING = ["lint ok.sql", "nonsense", "query x", "lint no-such.sql"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    # What is reported of it is more than a pipe holds.
    (tmp_path / "bad.sql").write_text("create temp table t (id int);\n" * 1_000)
    (tmp_path / "ok.sql").write_text("select 1;\n")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return tmp_path


def shell(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", "-c", command], cwd=folder, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("arguments", DATA)
@pytest.mark.parametrize("target", [">&-", pytest.param("> /dev/full", marks=FULL)])
def test_data_that_cannot_be_written_are_one_sentence(
    arguments: str, target: str, folder: Path
) -> None:
    done = shell(f"{PROGRAM} {arguments} {target}", folder)
    assert done.returncode == ExitCode.BAD_INPUT
    errors = [line for line in done.stderr.splitlines() if line.startswith("Error: ")]
    assert len(errors) == 1
    assert "output" in errors[0]
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


@pytest.mark.parametrize(("number", "arguments"), enumerate([*DATA, *NOTHING]))
def test_other_streams_change_neither_the_data_nor_the_exit_code(
    number: int, arguments: str, folder: Path
) -> None:
    usual = shell(f"{shlex.join(program())} {arguments}", folder)
    # One of them, in turn; the thorough profile tries all.
    in_turn = OTHER_STREAMS[number % len(OTHER_STREAMS)]
    for target in OTHER_STREAMS if is_thorough() else [in_turn]:
        done = shell(f"{PROGRAM} {arguments} {target}", folder)
        assert (done.returncode, done.stdout) == (usual.returncode, usual.stdout), target
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", ["lint bad.sql", "lint --json bad.sql"])
def test_a_reader_that_has_seen_enough_leaves_the_exit_code(arguments: str, folder: Path) -> None:
    command = f"{{ {PROGRAM} {arguments}; echo $? >&2; }} | head -n 1"
    done = shell(command, folder)
    assert done.stderr == f"{ExitCode.NO}\n"


@pytest.mark.parametrize("arguments", ["lint -", "query x -f -", "clusters policy put x - --yes"])
def test_a_closed_standard_input_is_one_sentence(arguments: str, folder: Path) -> None:
    done = shell(f"{PROGRAM} {arguments} <&-", folder)
    assert (done.returncode, done.stdout) == (ExitCode.BAD_INPUT, "")
    assert done.stderr == "Error: - cannot be read: standard input is closed.\n"


def test_a_file_takes_the_place_of_standard_output_as_a_whole_or_not_at_all(folder: Path) -> None:
    out = folder / "out.txt"
    out.write_text("before")
    out.chmod(0o640)
    assert shell(f"{PROGRAM} lint no-such.sql -o out.txt", folder).returncode == 3
    assert out.read_text() == "before"
    assert shell(f"{PROGRAM} lint bad.sql -o out.txt >&-", folder).returncode == ExitCode.NO
    assert out.read_text().startswith("bad.sql:1:1: error")
    assert out.stat().st_mode & 0o777 == 0o640
    assert {path.name for path in folder.glob(".*")} == set()


def test_a_bug_ends_with_a_code_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        raise RuntimeError("unforeseen")
    except RuntimeError as error:
        with pytest.raises(SystemExit) as ended:
            report_bug(type(error), error, error.__traceback__)
    assert ended.value.code == ExitCode.BUG
    assert "RuntimeError: unforeseen" in capsys.readouterr().err
    code = "import dsql_tui.cli.root as root; root.leave_no_core = lambda: 1 / 0; root.main()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == ExitCode.BUG
    assert "ZeroDivisionError" in done.stderr
