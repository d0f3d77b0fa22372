"""Snippets run as a person would run them, against the local DSQL."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from dsql_tui.cli.root import group
from dsql_tui.local.process.server_info import ServerInfo
from dsql_tui.snippets import Language
from tests.support.local_dsql import profile_of

CLEAN = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PG"))}


ROLES = ["admin", "app_ro", "app_rw"]


def written(local_dsql: ServerInfo, language: Language, role: str, folder: Path) -> Path:
    """Write a snippet for the shop, as the command does, and return the program's file."""
    words = ["snippet", language.value, "shop", "--role", role, "--folder", str(folder)]
    local = ["--local", "--data", str(local_dsql.data_dir)]
    done = CliRunner(env=CLEAN).invoke(group, [*words, *local])
    assert done.exit_code == 0, done.output
    return Path(next(line for line in done.stderr.splitlines() if line.startswith(str(folder))))


@pytest.mark.parametrize("language", [Language.PYTHON, Language.PYTHON_CONNECTOR])
@pytest.mark.parametrize("role", ROLES)
def test_a_python_snippet_connects(
    local_dsql: ServerInfo, tmp_path: Path, language: Language, role: str
) -> None:
    path = written(local_dsql, language, role, tmp_path)
    done = subprocess.run(
        [sys.executable, str(path)], capture_output=True, text=True, check=False, env=CLEAN
    )
    assert done.stdout == f"('{role}',)\n", done.stderr


@pytest.mark.skipif(shutil.which("psql") is None, reason="psql is not installed")
@pytest.mark.parametrize("role", ROLES)
def test_the_psql_snippet_connects(local_dsql: ServerInfo, tmp_path: Path, role: str) -> None:
    path = written(local_dsql, Language.PSQL, role, tmp_path)
    command = tmp_path / "dsql-tui"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m dsql_tui "$@"\n')
    command.chmod(0o755)
    done = subprocess.run(
        ["bash", str(path)],
        input="SELECT current_user;",
        capture_output=True,
        text=True,
        check=False,
        env=CLEAN | {"PSQLRC": os.devnull, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
    )
    assert role in done.stdout, done.stderr


INVOKED = """
import os, runpy, socket, sys
module = runpy.run_path(sys.argv[1])
session, handler = module["session"], module["handler"]
first = session()
print(handler({}, None), session() is first)
first.close()
print(handler({}, None), session() is first)
second = session()
socket.socket(fileno=os.dup(second.fileno())).shutdown(socket.SHUT_RDWR)
print(handler({}, None), session() is second)
third = session()
try:
    module["read"]("SELECT 1/0")
except Exception as error:
    print(type(error).__name__, session() is third)
"""
"""The session is closed by the function, then its connection is cut as by the server."""


@pytest.mark.parametrize("role", ["app_rw", "app_ro"])
def test_the_lambda_handler_answers_and_replaces_only_a_session_that_ended(
    local_dsql: ServerInfo, tmp_path: Path, role: str
) -> None:
    """In Lambda the name resolves and the function's role signs; here variables do that."""
    profile = profile_of(local_dsql, role=role)
    path = written(local_dsql, Language.LAMBDA, role, tmp_path)
    roots = 'ROOTS = str(Path(botocore.__file__).parent / "cacert.pem")'
    text = path.read_text()
    assert roots in text
    path.write_text(text.replace(roots, f"ROOTS = {json.dumps(str(profile.root_certificate))}"))
    done = subprocess.run(
        [sys.executable, "-c", INVOKED, str(path)],
        capture_output=True,
        text=True,
        check=False,
        env=CLEAN
        | {
            "AWS_CONFIG_FILE": str(profile.config_file),
            "AWS_SHARED_CREDENTIALS_FILE": str(profile.credentials_file),
            "AWS_PROFILE": str(profile.aws_profile),
            "PGHOSTADDR": "127.0.0.1",
            "PGPORT": str(profile.port),
        },
    )
    assert done.stdout.splitlines() == [
        f"{{'user': '{role}'}} True",
        f"{{'user': '{role}'}} False",
        f"{{'user': '{role}'}} False",
        "DivisionByZero True",
    ], done.stderr


MODULES = os.environ.get("DSQL_TUI_NODE_MODULES", "")
"""A `node_modules` folder with AWS's connector for pg: the tests install nothing."""
RESOLVES = """
const dns = require("dns"), net = require("net");
const lookup = dns.lookup, connect = net.Socket.prototype.connect;
dns.lookup = (host, options, done) => {
  if (!host.endsWith(".on.aws")) return lookup(host, options, done);
  return options.all ? done(null, [{ address: "127.0.0.1", family: 4 }])
                     : done(null, "127.0.0.1", 4);
};
net.Socket.prototype.connect = function (...args) {
  for (const to of [args[0], (args[0] || [])[0]])
    if (to && to.port === 5432) to.port = Number(process.env.GATEWAY_PORT);
  if (args[0] === 5432) args[0] = Number(process.env.GATEWAY_PORT);
  return connect.apply(this, args);
};
"""


@pytest.mark.skipif(not MODULES, reason="DSQL_TUI_NODE_MODULES names no node_modules folder")
@pytest.mark.parametrize("role", ROLES)
def test_the_node_snippet_connects(local_dsql: ServerInfo, tmp_path: Path, role: str) -> None:
    """With AWS the name resolves to port 5432 and Node knows the root; here a hook does that."""
    path = written(local_dsql, Language.NODE, role, tmp_path)
    (tmp_path / "node_modules").symlink_to(MODULES)
    hook = tmp_path / "resolves.cjs"
    hook.write_text(RESOLVES)
    profile = profile_of(local_dsql)
    done = subprocess.run(
        ["node", "--no-warnings", "--require", str(hook), str(path)],
        capture_output=True,
        text=True,
        check=False,
        env=CLEAN
        | {
            "AWS_CONFIG_FILE": str(profile.config_file),
            "AWS_SHARED_CREDENTIALS_FILE": str(profile.credentials_file),
            "AWS_ENDPOINT_URL": local_dsql.api_url,
            "NODE_EXTRA_CA_CERTS": str(profile.root_certificate),
            "GATEWAY_PORT": str(local_dsql.gateway_port),
        },
    )
    assert done.stdout == f"[ {{ current_user: '{role}' }} ]\n", done.stderr


@pytest.mark.parametrize(
    ("language", "compiler"),
    [(Language.NODE, ["node", "--check"]), (Language.JAVA, ["javac", "-proc:none", "-d", "."])],
)
def test_a_snippet_compiles_where_its_compiler_is_installed(
    local_dsql: ServerInfo, tmp_path: Path, language: Language, compiler: list[str]
) -> None:
    if shutil.which(compiler[0]) is None:
        pytest.skip(f"{compiler[0]} is not installed")
    path = written(local_dsql, language, "app_ro", tmp_path)
    done = subprocess.run(
        [*compiler, str(path)], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
