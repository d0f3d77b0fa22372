"""The AWS CLI as it is installed, with nothing but the local DSQL's own profile files."""

from __future__ import annotations

import configparser
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from dsql_tui.local.process.server_info import ServerInfo

AWS = shutil.which("aws")
pytestmark = pytest.mark.skipif(AWS is None, reason="the AWS CLI (`aws`) is not installed")


class Cli:
    """`aws` in an empty home folder, so that nothing of the person's own leaks in.

    Changes to a call's environment are keywords; an empty one takes a variable away.
    """

    def __init__(self, info: ServerInfo, home: Path) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        self._environment = kept | {
            "HOME": str(home),
            "AWS_CONFIG_FILE": str(info.config_file),
            "AWS_SHARED_CREDENTIALS_FILE": str(info.credentials_file),
            "AWS_PROFILE": info.aws_profile,
        }

    def run(self, *words: str, **changes: str) -> subprocess.CompletedProcess[str]:
        wanted = self._environment | changes
        environment = {name: value for name, value in wanted.items() if value}
        return subprocess.run(
            [AWS or "aws", *words],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def ask(self, *words: str, **changes: str) -> Any:
        done = self.run(*words, **changes)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else None


@pytest.fixture
def cli(local_dsql: ServerInfo, tmp_path: Path) -> Cli:
    home = tmp_path / "home"
    home.mkdir()
    # A version manager's shim looks for its own files in the home folder.
    if (manager := Path.home() / ".pyenv").exists():
        (home / ".pyenv").symlink_to(manager)
    return Cli(local_dsql, home)


def test_it_knows_who_it_is(cli: Cli) -> None:
    assert cli.ask("sts", "get-caller-identity")["Arn"].endswith("user/local")
    role = cli.ask("sts", "get-caller-identity", AWS_PROFILE="dsql-local-app-ro")
    assert "assumed-role/app-ro/" in role["Arn"]


def test_it_creates_waits_tags_lists_and_deletes(cli: Cli) -> None:
    created = cli.ask(
        *("dsql", "create-cluster", "--tags", "Name=from-cli"),
        "--no-deletion-protection-enabled",
    )
    name = ("--identifier", created["identifier"])
    cli.ask("dsql", "wait", "cluster-active", *name)
    cli.ask("dsql", "tag-resource", "--resource-arn", created["arn"], "--tags", "team=a")
    found = cli.ask("dsql", "get-cluster", *name)
    assert found["tags"] == {"Name": "from-cli", "team": "a"}
    listed = cli.ask("dsql", "list-clusters")["clusters"]
    assert created["identifier"] in {one["identifier"] for one in listed}
    assert cli.ask("dsql", "delete-cluster", *name)["status"] == "DELETING"


def test_it_needs_no_profile_but_keys_and_an_endpoint_url(cli: Cli, local_dsql: ServerInfo) -> None:
    keys = configparser.ConfigParser()
    keys.read(local_dsql.credentials_file)
    asked = ("--endpoint-url", local_dsql.api_url, "--region", "us-east-1")
    listed = cli.ask(
        "dsql",
        "list-clusters",
        *asked,
        AWS_CONFIG_FILE=os.devnull,
        AWS_SHARED_CREDENTIALS_FILE=os.devnull,
        AWS_PROFILE="",
        AWS_ACCESS_KEY_ID=keys[local_dsql.aws_profile]["aws_access_key_id"],
        AWS_SECRET_ACCESS_KEY=keys[local_dsql.aws_profile]["aws_secret_access_key"],
    )
    assert len(listed["clusters"]) >= 2


def test_it_says_what_is_not_implemented(cli: Cli) -> None:
    done = cli.run("ec2", "describe-instances")
    assert done.returncode != 0
    assert "NotImplementedException" in done.stderr
