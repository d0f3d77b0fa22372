"""Remedies about the local DSQL name the data folder they are about."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dsql_tui.errors import LocalError
from dsql_tui.local.control.state import AccountState
from dsql_tui.local.filesystem.folders import stand_in, stood_for
from dsql_tui.local.filesystem.private_files import read_json
from dsql_tui.local.gateway import tls
from dsql_tui.local.iam.identity import KeyRing
from dsql_tui.local.remedies import local_command, start_it, start_over
from tests.support.source_trees import tree_of

PACKAGE = Path(__file__).parents[3] / "dsql_tui"
COMMAND = re.compile(r"dsql-tui local (?:start|stop|status|set|reset|token|psql)\b|\blocal reset\b")
MAY_HOLD_ONE = re.compile(r"\blocal\W+(?:[rf]+\W+)?(?:start|stop|status|set|reset|token|psql)\b")
"""Whether the code of a module can hold one, also where a string is written in several pieces."""


def texts(tree: ast.Module) -> Iterator[ast.Constant]:
    """Give the strings of a module that are not docstrings."""
    docstrings = {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and node not in docstrings:
            yield node


def test_no_text_outside_the_remedies_writes_such_a_command_itself() -> None:
    written = [
        f"{path.relative_to(PACKAGE)}:{text.lineno}"
        for path in sorted(PACKAGE.rglob("*.py"))
        if path.name != "remedies.py" and MAY_HOLD_ONE.search(path.read_text(encoding="utf-8"))
        for text in texts(tree_of(path))
        if COMMAND.search(str(text.value))
    ]
    assert written == []


@pytest.mark.parametrize("name", ["a b", "it's", "$HOME `x`", "-rf", "données\n"])
def test_a_command_pasted_into_a_shell_is_about_that_folder(name: str) -> None:
    folder = Path("/data") / name
    for text in (start_over(folder), start_it(folder), local_command("reset", folder)):
        words = shlex.split(text[text.index("dsql-tui") :])
        assert (words[:2], words[3:]) == (["dsql-tui", "local"], ["--data", str(folder)])


def test_a_folder_named_from_where_one_stands_is_named_in_full() -> None:
    assert local_command("stop", Path("x")) == f"dsql-tui local stop --data {Path.cwd() / 'x'}"


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def foreign_key(folder: Path) -> object:
    """Let the authority have a key of another kind."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ed25519

    tls.authority(folder / "tls")
    pem = ed25519.Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "tls" / "ca.key").write_bytes(pem)
    return tls.authority(folder / "tls")


def broken_key(folder: Path) -> object:
    tls.authority(folder / "tls")
    write(folder / "tls" / "ca.key", "no key")
    return tls.authority(folder / "tls")


DAMAGE: dict[str, Callable[[Path], object]] = {
    "no JSON": lambda folder: read_json(write(folder / "state.json", "{")),
    "no object": lambda folder: read_json(write(folder / "state.json", "[]")),
    "an older version": lambda folder: AccountState(write(folder / "state.json", '{"version": 0}')),
    "other keys": lambda folder: KeyRing(write(folder / "keys.json", "{}")),
    "no key": broken_key,
    "a foreign key": foreign_key,
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_what_cannot_be_read_says_how_to_start_over_with_its_folder(
    tmp_path: Path, damage: str
) -> None:
    folder = tmp_path / "a b"
    with pytest.raises(LocalError) as caught:
        DAMAGE[damage](folder)
    assert caught.value.remedy == start_over(folder)


def test_a_stand_in_knows_the_folder_that_remedies_are_to_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, place = tmp_path / "data" / "databases", tmp_path / "place"
    monkeypatch.setattr("dsql_tui.local.filesystem.folders.reachable", lambda _: place)
    assert stood_for(stand_in(folder)) == folder
    assert stood_for(folder) == folder
