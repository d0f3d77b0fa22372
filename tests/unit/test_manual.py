"""The README and the manual agree with the code: commands, options, keys, settings, links."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import click
import pytest

from dsql_tui.cli.root import group
from dsql_tui.config import SETTINGS
from dsql_tui.console.shared.key import written_key
from dsql_tui.console.shared.keys import BY_ID, FORMER_IDS, KEYS, QUIT
from dsql_tui.model.access.policy import console_policy, policy_problems
from dsql_tui.sql.dsql.rules import objections
from dsql_tui.sql.lexing.split import split
from tests.support.fakes import make_cluster
from tests.support.pages import HOME, PAGES, ROOT, blocks, commands, inline_code, prose, resolved
from tests.unit.cli.test_command_tree import commands as command_tree
from tests.unit.test_packaging import PROJECT

USERS_PAGES = {name: page for name, page in PAGES.items() if not name.startswith(".github/")}
PICTURES = "https://raw.githubusercontent.com/dsql-tui/dsql-tui/main/"
CALLS = [(name, tuple(call)) for name, page in PAGES.items() for call in commands(page)]


def parse(path: Sequence[str], arguments: Sequence[str]) -> None:
    """Have click parse a call, without running it."""
    context = click.Context(group, info_name="dsql-tui")
    command: click.Command = group
    for name in path:
        assert isinstance(command, click.Group)
        inner = command.get_command(context, name)
        assert inner is not None
        command = inner
        context = click.Context(command, parent=context, info_name=name)
    command.make_context(command.name, list(arguments), parent=context.parent)


@pytest.mark.parametrize(("page", "call"), CALLS, ids=[" ".join(call) for _, call in CALLS])
def test_each_command_of_a_page_can_be_called_so(
    page: str, call: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("orders.csv", "migration.sql", "schema.sql", "policy.json"):
        (tmp_path / name).touch()
    path, arguments = resolved(call)
    if arguments and arguments != ["--version"]:
        parse(path, arguments)


def test_each_command_is_on_a_page() -> None:
    named = {".".join(resolved(call)[0]) for _, call in CALLS}
    assert {name for name, _ in command_tree()} - named == set()


def option_names() -> set[str]:
    """Return every option of every command."""
    names = {"--version", "--help"}
    for _, command in command_tree():
        names |= {name for each in command.params for name in (*each.opts, *each.secondary_opts)}
    return names


OTHER_PROGRAMS = {
    "--hypothesis-profile",
    "--snapshot-update",
    "--quick",
    "--check",
    "--network",
    "--strict",
    *("--fake", "--from-empty", "--to-schema-datamodel", "--applied", "--no-dump-schema"),
}
"""Options of pytest, of the benchmark, of docker, of twine and of migration tools."""


@pytest.mark.parametrize("name", PAGES)
def test_each_option_of_a_page_exists(name: str) -> None:
    named = {found for code in inline_code(PAGES[name]) for found in re.findall(r"--[a-z-]+", code)}
    assert named - option_names() - OTHER_PROGRAMS - {"--"} == set()


def bound_keys() -> set[str]:
    keys = {key for each in (*KEYS, QUIT) for key in each.keys.split(",") if key}
    return keys | {written_key(key).lower() for key in keys} | ALWAYS


ALWAYS = {"enter", "escape", "ctrl+c"}
"""Keys of widgets and of the application itself."""


def written_keys(code: str) -> Iterator[str]:
    """Yield the keys that a page writes as one: `ctrl+pgup/pgdn`."""
    modifiers, _, names = code.lower().rpartition("+")
    for name in names.split("/") if len(names) > 1 else [names]:
        name = {"pgup": "pageup", "pgdn": "pagedown", "esc": "escape"}.get(name, name)
        yield f"{modifiers}+{name}" if modifiers else name


_KEY = re.compile(r"(?:(?:ctrl|alt|shift)\+)+\S+|F\d+")


@pytest.mark.parametrize("name", USERS_PAGES)
def test_each_key_of_a_page_is_bound(name: str) -> None:
    named = {
        key
        for code in inline_code(USERS_PAGES[name])
        if _KEY.fullmatch(code)
        for key in written_keys(code)
    }
    of_text_fields = {"ctrl+a", "ctrl+e", "ctrl+w", "ctrl+k", "ctrl+x", "ctrl+v"}
    in_terminals = {"ctrl+i", "ctrl+m", "ctrl+h", "f11"}
    known = of_text_fields | in_terminals if name.endswith("keys.md") else set()
    assert named - bound_keys() - known == set()


@pytest.mark.parametrize("name", PAGES)
def test_each_setting_of_a_page_exists(name: str) -> None:
    known = {setting.path for setting in SETTINGS}
    tables = "|".join({key.partition(".")[0] for key in known if "." in key})
    named = {
        code.partition(" ")[0]
        for code in inline_code(PAGES[name])
        if re.fullmatch(rf"(?:{tables})\.[a-z_]+(?: = .*)?", code)
    }
    assert named - known - BY_ID.keys() - FORMER_IDS.keys() == set()


def links() -> Iterator[tuple[str, str]]:
    for name, page in PAGES.items():
        for address in re.findall(r"\]\(([^)\s]+)\)|<(https?://[^>\s]+)>", prose(page)):
            yield name, address[0] or address[1]


def test_each_link_and_picture_is_absolute_and_what_is_ours_is_there() -> None:
    assert PROJECT["urls"]["Homepage"] == HOME
    found = list(links())
    assert len(found) > 5
    for page, address in found:
        assert urlsplit(address).scheme == "https", f"{page}: {address}"
        if address.startswith(PICTURES):
            assert (ROOT / address.removeprefix(PICTURES)).is_file(), f"{page}: {address}"
        elif address.startswith(f"{HOME}/blob/main/"):
            path, _, anchor = address.removeprefix(f"{HOME}/blob/main/").partition("#")
            assert (ROOT / path).is_file(), f"{page}: {address}"
            assert not anchor or anchor in anchors(path), f"{page}: {address}"


def test_each_picture_is_shown_on_a_page() -> None:
    shown = {address.removeprefix(PICTURES) for _, address in links()}
    pictures = {path.relative_to(ROOT).as_posix() for path in (ROOT / "screenshots").iterdir()}
    assert pictures - shown == set()


def anchors(path: str) -> set[str]:
    """Return the anchors of a page's headings."""
    headings = re.findall(r"^#+ (.*)$", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", ["README.md", "dsql_tui/manual/connecting.md"])
def test_the_iam_policy_to_copy_is_one_and_allows_what_the_console_asks_for(name: str) -> None:
    (policy,) = blocks(PAGES[name], "json")
    assert policy_problems(policy) == ()
    allowed = actions(policy)
    needed = actions(console_policy(make_cluster("shop"), "admin")) | {"dsql:DbConnect"}
    if name == "README.md":
        assert {"dsql:ListClusters", "dsql:GetCluster", "dsql:DbConnectAdmin"} <= allowed <= needed
    else:
        assert allowed == needed


def actions(policy: str) -> set[str]:
    named: set[str] = set()
    for statement in json.loads(policy)["Statement"]:
        action = statement["Action"]
        named |= {action} if isinstance(action, str) else set(action)
    return named


@pytest.mark.parametrize("name", USERS_PAGES)
def test_the_sql_of_a_page_is_what_dsql_accepts(name: str) -> None:
    for text in blocks(USERS_PAGES[name], "sql"):
        for statement in split(text):
            assert objections(statement.text) == (), statement.text
