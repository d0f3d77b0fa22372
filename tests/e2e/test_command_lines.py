"""Command lines against the local DSQL, each with its exit code and the shape of its output.

They run in the order of the file: some load what others delete.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from dsql_tui.cli.root import run
from dsql_tui.cli.shared.exit_codes import ExitCode
from dsql_tui.local.process import server
from tests.support.command_lines import CommandLine, check_shape, read_command_lines

LINES = list(read_command_lines(Path(__file__).with_name("command_lines.tsv")))
PAGE = Path(__file__).parents[2] / "dsql_tui" / "manual" / "contract.md"
FILES = {
    "rows.sql": "select 1 as a;\nselect 2 as b;\n",
    "rows_broken.sql": "selec 1;\n",
    "migration.sql": "create table first (id int primary key);\ncreate table second (id int);\n",
    "drop.sql": "drop table if exists never;\n",
    "broken.sql": "select * from no_such;\n",
    "rows.csv": "id\n1\n2\n",
    "bad.csv": "id\n3\nx\n",
    "rows.jsonl": '{"id": 1}\n',
    "policy.json": '{"Statement": []}\n',
}
needs_psql = pytest.mark.skipif(shutil.which("psql") is None, reason="psql is not installed")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give a folder with files, in a home whose local DSQL runs and has a table to load."""
    home = tmp_path_factory.mktemp("a home")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
            patch.setenv(name, str(home))
        work = home / "work"
        work.mkdir()
        patch.chdir(work)
        for name, text in FILES.items():
            (work / name).write_text(text, encoding="utf-8")
        config = home / "dsql-tui" / "config.toml"
        config.parent.mkdir()
        config.write_text('[safety]\nread_only = ["todos-dev"]\n', encoding="utf-8")
        with server.start(port=0):
            create = "create table loaded (id int primary key)"
            assert run(["query", "--local", "-q", "-c", create]) == 0
            yield work
            # `local start` is one of the lines, and has the server stay.
            assert run(["local", "stop"]) == 0


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(line, marks=needs_psql if "connect" in line.text else (), id=line.text)
        for line in LINES
    ],
)
def test_a_command_line_ends_and_prints_as_written(
    line: CommandLine, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    code = run(line.arguments)
    seen = capfd.readouterr()
    assert code == line.code, seen.err
    check_shape(line.stdout, seen.out)
    check_shape(line.stderr, seen.err)
    assert "Traceback" not in seen.err


def test_the_page_names_the_keys_of_every_json() -> None:
    """Every `json KEYS` of the file is a row of the contract's table, or the keys of a cluster."""
    rows = re.findall(
        r"^\| (`[a-z].*?) \| (.*) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE
    )
    documented = [set(re.findall(r"`(\w+)`", keys)) for _, keys in rows]
    cluster = max((keys for keys in documented if "endpoint" in keys), key=len)
    shapes = {line.stdout for line in LINES if line.stdout.startswith("json ")}
    assert len(shapes) >= 12
    for shape in shapes:
        keys = set(shape.split()[1:])
        assert keys in documented or keys - cluster in documented, shape


@pytest.mark.parametrize("form", ["{endpoint}", "postgresql://admin@{endpoint}/postgres", "{arn}"])
def test_an_endpoint_is_enough_where_no_call_to_aws_can_succeed(
    form: str,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert run(["clusters", "get", "shop", "--local", "--json"]) == 0
    shop = json.loads(capfd.readouterr().out)
    assert run(["local", "env", "--plain"]) == 0
    env = dict(line.split("=", 1) for line in capfd.readouterr().out.splitlines())
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, env[name])
    monkeypatch.setenv("AWS_CA_BUNDLE", env["PGSSLROOTCERT"])
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    cluster = form.format(endpoint=shop["endpoint"], arn=shop["arn"])
    via = ["--via", f"127.0.0.1:{env['PGPORT']}"]
    query = ["query", cluster, *via, "-q", "--csv", "-c", "select 1 as a"]
    assert run(query) == 0, capfd.readouterr().err
    assert capfd.readouterr().out == "a\n1\n"
    assert run(["token", cluster, *via, "-q"]) == 0
    assert "Action=DbConnectAdmin" in capfd.readouterr().out
    assert run([*query[:-1], "create table never (id int)"]) == ExitCode.READ_ONLY
    assert "could not be determined" in capfd.readouterr().err
