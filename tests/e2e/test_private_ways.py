"""Ways to a cluster other than its public name: PrivateLink's name, an address or a tunnel."""

from __future__ import annotations

import os
import subprocess

import pytest

from dsql_tui.cli.shared.exit_codes import ExitCode
from dsql_tui.local.process.server_info import ServerInfo
from dsql_tui.model.endpoint import Endpoint
from tests.support.local_dsql import endpoint_of, profile_of
from tests.support.program import program

WHO = ("-q", "--format", "csv", "--no-header", "-c", "select current_user")


@pytest.fixture
def shop(local_dsql: ServerInfo) -> Endpoint:
    return endpoint_of(local_dsql, "shop")


def run(local_dsql: ServerInfo, *args: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command as against AWS: nothing of it knows that the other side is local."""
    profile = profile_of(local_dsql)
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return subprocess.run(
        [*program(), *args],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        env=clean
        | {
            "AWS_CONFIG_FILE": str(profile.config_file),
            "AWS_SHARED_CREDENTIALS_FILE": str(profile.credentials_file),
            "AWS_PROFILE": str(profile.aws_profile),
            "AWS_CA_BUNDLE": str(profile.root_certificate),
        }
        | environment,
    )


def test_a_tunnel_is_dialled_while_the_cluster_s_own_name_is_verified(
    local_dsql: ServerInfo, shop: Endpoint
) -> None:
    via = f"localhost:{local_dsql.gateway_port}"
    done = run(local_dsql, "query", shop.host, "--via", via, *WHO)
    assert (done.stdout, done.returncode) == ("admin\n", 0), done.stderr


def test_the_cluster_is_found_by_its_identifier_where_its_name_does_not_arrive(
    local_dsql: ServerInfo, shop: Endpoint
) -> None:
    """PGSSLSNI=0 keeps the name out of TLS, as a proxy in between may; only the option is left."""
    via = f"127.0.0.1:{local_dsql.gateway_port}"
    done = run(local_dsql, "query", shop.host, "--via", via, *WHO, PGSSLSNI="0")
    assert (done.stdout, done.returncode) == ("admin\n", 0), done.stderr
    told = run(local_dsql, "token", shop.host, "--via", via).stderr
    assert f"-c amzn-cluster-id={shop.host.partition('.')[0]}" in told


def test_a_private_name_is_signed_dialled_and_verified(
    local_dsql: ServerInfo, shop: Endpoint
) -> None:
    via = f"127.0.0.1:{local_dsql.gateway_port}"
    private = shop.host.replace(".dsql.", ".dsql-local.")
    done = run(local_dsql, "query", private, "--via", via, *WHO)
    assert (done.stdout, done.returncode) == ("admin\n", 0), done.stderr
    examined = run(local_dsql, "doctor", private, "--via", via)
    assert examined.returncode == ExitCode.OK, examined.stdout
    assert f"{private} → 127.0.0.1" in examined.stdout


def test_a_way_without_an_address_is_a_setting_that_cannot_be_used(
    local_dsql: ServerInfo, shop: Endpoint
) -> None:
    done = run(local_dsql, "query", shop.host, "--via", "vpce-1.invalid:5432", *WHO)
    assert done.returncode == ExitCode.USAGE
    assert "has no address" in done.stderr
