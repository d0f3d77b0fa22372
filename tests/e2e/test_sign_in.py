"""Signing in again without leaving: the console suspends for `aws sso login` and resumes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dsql_tui.local.process.server_info import ServerInfo
from tests.bench.terminal import Terminal, module

FAKE_AWS = """#!/bin/sh
printf '%s\\n' "$@" > "$SEEN/arguments"
env > "$SEEN/environment"
echo "open the browser and enter the code ABCD-EFGH"
cp "$SEEN/credentials" "$AWS_SHARED_CREDENTIALS_FILE"
cp "$SEEN/config" "$AWS_CONFIG_FILE"
"""
EXPIRED = """[profile work]
region = us-east-1
sso_session = corp
sso_account_id = 000000000000
sso_role_name = ops
[sso-session corp]
sso_region = us-east-1
sso_start_url = https://example.awsapps.com/start
"""


@pytest.fixture
def signed_out(local_dsql: ServerInfo, tmp_path: Path) -> dict[str, str]:
    """Give the environment of a person whose SSO session has expired, and a login that works."""
    good = local_dsql.config_file.read_text()
    keys = local_dsql.credentials_file.read_text()
    name = local_dsql.aws_profile
    (tmp_path / "config").write_text(good.replace(f"[profile {name}]", "[profile work]"))
    (tmp_path / "credentials").write_text(keys.replace(f"[{name}]", "[work]"))
    (tmp_path / "used-config").write_text(EXPIRED)
    (tmp_path / "used-credentials").write_text("")
    fake = tmp_path / "aws"
    fake.write_text(FAKE_AWS)
    fake.chmod(0o755)
    homes = {f"XDG_{kind}_HOME": str(tmp_path / kind) for kind in ("CONFIG", "DATA", "STATE")}
    return homes | {
        "HOME": str(tmp_path),
        "SEEN": str(tmp_path),
        "PATH": f"{tmp_path}:/usr/bin:/bin",
        "AWS_CONFIG_FILE": str(tmp_path / "used-config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "used-credentials"),
        "AWS_CA_BUNDLE": str(local_dsql.root_certificate),
        "AWS_PROFILE": "work",
    }


def test_one_key_signs_in_with_the_screen_lent_and_the_clusters_follow(
    signed_out: dict[str, str], tmp_path: Path
) -> None:
    # Tall enough for the clusters that other tests have not deleted.
    command, size = module("dsql_tui", "launch"), (120, 200)
    with Terminal(command, size=size, environment=signed_out) as terminal:
        terminal.until(b"alt+l")
        terminal.settle()
        terminal.forget()
        terminal.write(b"\x1bl")
        terminal.until(b"ABCD-EFGH")
        terminal.until(b"todos-dev")
    arguments = (tmp_path / "arguments").read_text().split()
    assert arguments == ["sso", "login", "--profile", "work"]
    assert "Signature" not in json.dumps((tmp_path / "environment").read_text())
