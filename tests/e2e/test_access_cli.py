"""Roles, why and snippets from the command line, against the local DSQL."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from dsql_tui.cli.shared.exit_codes import ExitCode
from dsql_tui.local.process import server
from tests.e2e.test_headless import run


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give a home folder whose local DSQL already runs, so that each command only attaches."""
    data_home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(data_home))
        with server.start():
            yield data_home


def test_roles_are_listed_with_their_principals(home: Path) -> None:
    done = run(home, "roles", "--local")
    assert done.returncode == 0
    reader = next(line for line in done.stdout.splitlines() if line.startswith("app_ro"))
    assert "role/app-ro" in reader
    assert done.stderr == ""


def test_roles_as_json_say_through_whom_each_privilege_is_held(home: Path) -> None:
    told = json.loads(run(home, "roles", "--local", "--json").stdout)
    reader = next(role for role in told["roles"] if role["name"] == "app_ro")
    (orders,) = (each for each in reader["privileges"] if each["object"] == "public.orders")
    assert (orders["privilege"], orders["through"]) == ("SELECT", ["app_ro (direct)"])


def test_the_matrix_has_a_column_for_each_role(home: Path) -> None:
    header, *rows = run(home, "roles", "--local", "--matrix").stdout.splitlines()
    assert header.split() == ["RELATION", "admin", "app_ro", "app_rw"]
    assert ["public.orders", "SIUD", "S–––", "SIUD"] in [row.split() for row in rows]


def test_the_export_runs_as_a_script_on_a_cluster_that_has_it_all(home: Path) -> None:
    script = run(home, "roles", "--local", "--sql").stdout
    grants = [line for line in script.splitlines() if line.startswith("GRANT SELECT")]
    assert grants
    for grant in grants[:2]:
        assert run(home, "query", "--local", "-q", "-c", grant).returncode == 0


def test_two_clusters_are_compared(home: Path) -> None:
    same = run(home, "roles", "--local", "--diff", "shop@us-east-2", "shop@us-east-1")
    assert (same.returncode, same.stdout) == (0, "")
    other = run(home, "roles", "--local", "--diff", "todos-dev")
    assert other.returncode == 1
    assert "+ table public.todos: owner admin" in other.stdout


def test_why_says_no_with_the_least_grant_and_exit_code_1(home: Path) -> None:
    done = run(home, "why", "--local", "--role", "app_ro", "-c", "delete from orders")
    assert done.returncode == 1
    assert "→ GRANT DELETE ON TABLE public.orders TO app_ro;" in done.stdout
    allowed = run(
        home, "why", "--local", "--role", "app_ro", "--can", "select", "--on", "public.orders"
    )
    assert (allowed.returncode, allowed.stdout.splitlines()[1]) == (
        0,
        "     through app_ro (direct)",
    )


def test_why_shows_the_roles_that_a_principal_may_use(home: Path) -> None:
    arn = "arn:aws:sts::000000000000:assumed-role/app-ro/session"
    told = json.loads(run(home, "why", "--local", "--arn", arn, "--json").stdout)
    assert told["roles"] == ["app_ro"]
    assert told["actions"]["app_ro"] == "dsql:DbConnect"


@pytest.mark.parametrize(
    "args",
    [["--role", "app_ro"], ["--role", "app_ro", "--can", "select"], []],
)
def test_a_question_that_is_none_is_wrong_usage(home: Path, args: list[str]) -> None:
    assert run(home, "why", "--local", *args).returncode == ExitCode.USAGE


def test_an_unknown_role_is_reported_with_the_existing_ones(home: Path) -> None:
    done = run(home, "why", "--local", "--role", "nobody", "-c", "select 1")
    assert done.returncode == ExitCode.USAGE
    assert "admin, app_ro, app_rw" in done.stderr


def test_the_least_policy_is_printed_alone(home: Path) -> None:
    policy = json.loads(run(home, "roles", "--local", "--policy", "app_ro").stdout)
    assert policy["Statement"][0]["Action"] == "dsql:DbConnect"


def test_a_snippet_is_written_into_a_folder_but_never_over_a_file(
    home: Path, tmp_path: Path
) -> None:
    args = ("snippet", "lambda", "--local", "--role", "app_rw", "--out", str(tmp_path))
    assert run(home, *args).returncode == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["handler.py", "policy.json"]
    again = run(home, *args)
    assert again.returncode == ExitCode.BAD_INPUT
    assert "it was not replaced" in again.stderr


def test_a_driver_without_addresses_says_what_must_resolve(home: Path) -> None:
    done = run(home, "snippet", "go", "--local")
    assert "must resolve to 127.0.0.1" in done.stderr
    assert done.stdout.startswith("// go get")
