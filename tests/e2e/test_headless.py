"""The command line against the local DSQL: what a script, or psql, sees."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from dsql_tui.cli.shared.exit_codes import ExitCode
from dsql_tui.local.process import server
from dsql_tui.model.checkup import CheckStep
from tests.support.program import program

psql_only = pytest.mark.skipif(shutil.which("psql") is None, reason="psql is not installed")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give a home folder whose local DSQL already runs, so that each command only attaches."""
    data_home = tmp_path_factory.mktemp("a home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(data_home))
        with server.start():
            yield data_home


def run(home: Path, *args: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*program(), *args],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        env=os.environ
        | {"XDG_DATA_HOME": str(home), "XDG_STATE_HOME": str(home / "state")}
        | environment,
    )


def test_query_prints_rows_on_stdout_and_the_tag_on_stderr(home: Path) -> None:
    done = run(home, "query", "--local", "-c", "select 1 as a, null as b", "--format", "csv")
    assert (done.returncode, done.stdout) == (0, "a,b\n1,\n")
    assert done.stderr.startswith("SELECT 1 · ")


MANY = "select generate_series(1, 200000) as n, repeat('x', 50) as t"


@pytest.mark.parametrize("file_format", ["csv", "table", "jsonl"])
def test_a_reader_that_has_seen_enough_ends_a_query_well_and_quietly(
    home: Path, file_format: str
) -> None:
    command = [*program(), "query", "--local", "-q", "-c", MANY]
    with subprocess.Popen(
        [*command, "--format", file_format],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"XDG_DATA_HOME": str(home)},
    ) as query:
        assert query.stdout is not None
        assert query.stderr is not None
        assert query.stdout.readline()
        query.stdout.close()
        assert query.stderr.read() == b""
        assert query.wait() == ExitCode.OK


def test_a_full_output_device_is_reported_in_one_sentence(home: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*program(), "query", "--local", "-q", "-c", MANY],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            env=os.environ | {"XDG_DATA_HOME": str(home)},
        )
    assert done.returncode == ExitCode.BAD_INPUT
    assert done.stderr.startswith("Error: -c 1:1:1: The output could not be written: No space")
    assert "Traceback" not in done.stderr


def test_query_runs_a_script_of_several_statements(home: Path, tmp_path: Path) -> None:
    script = tmp_path / "a script.sql"
    script.write_text("select ';' as a; -- ;\nselect 2 as b;")
    done = run(home, "query", "--local", "-q", "-f", str(script), "--format", "jsonl")
    assert [json.loads(line) for line in done.stdout.splitlines()] == [{"a": ";"}, {"b": 2}]
    assert done.stderr == ""


def test_query_runs_a_file_as_a_migration_when_asked(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "migration.sql"
    table = "create table asked (id int primary key, v int); create index async on asked (v);"
    path.write_text(table + "select * from absent")
    failed = run(home, "query", "--local", "-f", str(path), "--script")
    assert failed.returncode == ExitCode.STATEMENT_FAILED
    assert "[2/3]" in failed.stderr
    assert "job" in failed.stderr
    kept = path.with_name("migration.sql.checkpoint")
    assert kept.exists()
    run(home, "query", "--local", "-c", "create table absent (id int primary key)")
    done = run(home, "query", "--local", "-f", str(path), "--script")
    assert done.returncode == ExitCode.OK, done.stderr
    assert "Resuming after step 2 of 3." in done.stderr
    assert not kept.exists()


def test_a_refused_statement_is_one_sentence_with_its_place(home: Path) -> None:
    done = run(home, "query", "--local", "-c", "selec 1")
    assert done.returncode == ExitCode.STATEMENT_FAILED
    assert done.stdout == ""
    assert done.stderr == (
        'Error: -c 1:1:1: 42601 syntax error at or near "selec"\n    1 | selec 1\n      | ^\n'
    )


def test_clusters_are_listed_as_json(home: Path) -> None:
    done = run(home, "clusters", "--local", "--json")
    listed = json.loads(done.stdout)["clusters"]
    assert all(each["roundTripMs"] > 0 for each in listed)
    assert [(c["name"], c["region"]) for c in listed] == [
        ("shop", "us-east-1"),
        ("shop", "us-east-2"),
        ("todos-dev", "us-east-1"),
    ]


def test_an_unknown_cluster_is_reported_with_the_existing_ones(home: Path) -> None:
    done = run(home, "query", "nope", "--local", "-c", "select 1")
    assert done.returncode == ExitCode.AWS
    assert "shop@us-east-1" in done.stderr


def test_the_doctor_finds_a_healthy_cluster_healthy(home: Path) -> None:
    done = run(home, "doctor", "--local")
    assert done.returncode == 0
    assert done.stdout.count("✓") == len(CheckStep)
    assert re.search(r"token .* signed with a clock [+-]\d s off from AWS", done.stdout)


def test_the_doctor_names_the_grant_that_is_missing(home: Path) -> None:
    done = run(home, "doctor", "--local", "--role", "app_ro")
    assert done.returncode == ExitCode.NO
    assert re.search(r"AWS IAM GRANT app_ro TO 'arn:aws:iam::\d{12}:user/", done.stdout)
    assert '"dsql:DbConnect"' in done.stdout
    assert re.search(r"psql 'host=\S+ hostaddr=\S+ port=\d+ user=app_ro ", done.stdout)
    assert "· first query" in done.stdout


def psql(conninfo: str, password: str, sql: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["psql", conninfo, "-XAtc", sql],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PGPASSWORD": password},
    )


def token_of(home: Path, *args: str) -> tuple[str, str]:
    """Return psql's connection string and the token, as `dsql-tui token` prints them."""
    done = run(home, "token", "shop", "--local", *args)
    assert done.returncode == 0, done.stderr
    match = re.search(r"^psql '(.*)'$", done.stderr, re.MULTILINE)
    assert match
    return match.group(1).replace("'\"'\"'", "'"), done.stdout.strip()


@pytest.mark.parametrize("lifetime_s", ["0", "-1", "604801"])
def test_a_token_s_lifetime_out_of_range_is_refused(home: Path, lifetime_s: str) -> None:
    done = run(home, "token", "shop", "--local", "--expires-in", lifetime_s)
    assert (done.returncode, done.stdout) == (ExitCode.USAGE, "")
    assert "must be a whole number from 1 to 604800 seconds" in done.stderr


@psql_only
def test_psql_connects_with_the_token_that_the_command_prints(home: Path) -> None:
    conninfo, token = token_of(home)
    done = psql(conninfo, token, "select current_user")
    assert (done.stdout, done.stderr) == ("admin\n", "")


@psql_only
def test_psql_is_refused_without_tls(home: Path) -> None:
    conninfo, token = token_of(home)
    plain = conninfo.replace("verify-full", "disable")
    assert "SSL is mandatory" in psql(plain, token, "select 1").stderr


@psql_only
def test_psql_is_refused_with_a_tampered_token(home: Path) -> None:
    conninfo, token = token_of(home)
    tampered = token[:-1] + ("0" if token[-1] != "0" else "1")
    assert "access denied" in psql(conninfo, tampered, "select 1").stderr


@psql_only
def test_psql_is_refused_with_an_admin_token_for_another_role(home: Path) -> None:
    conninfo, token = token_of(home)
    other = conninfo.replace("user=admin", "user=app_ro")
    refused = psql(other, token, "select 1").stderr
    assert "Wrong user to action mapping. user: app_ro, action: DbConnectAdmin" in refused


@psql_only
def test_a_mapped_identity_connects_as_its_role_through_connect(home: Path) -> None:
    done = run(
        home, "connect", "--local", "--profile", "dsql-local-app-ro", "--role", "app_ro", "shop",
        "--", "-XAtc", "select current_user",
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("app_ro\n", "")


def test_a_malformed_file_stops_with_its_place_and_what_is_stored(
    home: Path, tmp_path: Path
) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("id,t\n" + "".join(f"{n},a\n" for n in range(1, 9)) + '9,"open\n10,f\n')
    create = "create table half (id bigint primary key, t text)"
    assert run(home, "query", "--local", "-c", create).returncode == ExitCode.OK
    batches = ("--batch-rows", "1", "--sessions", "1")
    done = run(home, "load", "shop", str(path), "--local", "--table", "half", *batches)
    assert done.returncode == ExitCode.BAD_INPUT
    assert f"{path}, line 10, column 3: the quote that opens here is not closed." in done.stderr
    counted = run(home, "query", "--local", "-qc", "select count(*) from half", "--format", "csv")
    stored = counted.stdout.split()[1]
    assert int(stored) >= 5
    assert f"{stored} rows are stored." in done.stderr


def test_a_file_without_rows_is_said_to_hold_none(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.touch()
    create = "create table none_at_all (id bigint primary key)"
    assert run(home, "query", "--local", "-c", create).returncode == ExitCode.OK
    done = run(home, "load", "shop", str(path), "--local", "--table", "none_at_all")
    assert (done.returncode, done.stderr) == (0, f"{path} holds no rows: nothing to load.\n")
