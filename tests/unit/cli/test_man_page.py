from __future__ import annotations

import shutil
import subprocess
import tomllib

import pytest

from dsql_tui.cli.shared.exit_codes import EXIT_CODES
from tests.support.man_page import PATH, man_page
from tests.support.pages import ROOT
from tests.unit.cli.test_command_tree import commands


def test_it_is_what_the_commands_say_now() -> None:
    assert PATH.read_text(encoding="utf-8") == man_page(), (
        "write it again: python -m tests.support.man_page"
    )


def test_it_has_every_command_and_exit_code() -> None:
    page = man_page()
    for name, _ in commands():
        title = f"dsql-tui {name.replace('.', ' ')}".replace("-", r"\-")
        assert f'.SS "{title}"\n' in page
    assert all(f".TP\n.B {code.value}\n" in page for code in EXIT_CODES)


def test_the_wheel_installs_it_where_man_looks() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    shared = project["tool"]["hatch"]["build"]["targets"]["wheel"]["shared-data"]
    assert shared == {"dsql_tui/manual/dsql-tui.1": "share/man/man1/dsql-tui.1"}


@pytest.mark.skipif(shutil.which("groff") is None, reason="groff is not installed")
def test_groff_formats_it_without_a_warning() -> None:
    done = subprocess.run(
        ["groff", "-man", "-Tutf8", "-K", "utf8", "-ww", str(PATH)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "dsql-tui query" in done.stdout
