"""The variables that point a shell to the local DSQL, whatever was set in the shell before."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dsql_tui.local.process.server_info import ServerInfo
from dsql_tui.local.process.shell import DATA_VARIABLE, VARIABLES, WEBSOCKET_VARIABLE, environment


@pytest.fixture
def info(tmp_path: Path) -> ServerInfo:
    (tmp_path / "keys").write_text(
        "[dsql-local]\naws_access_key_id = AKIA\naws_secret_access_key = a%b/c\n"
    )
    return ServerInfo(
        pid=1,
        data_dir=tmp_path,
        api_url="http://127.0.0.1:8484",
        gateway_port=8485,
        root_certificate=tmp_path / "ca.pem",
        config_file=tmp_path / "config",
        credentials_file=tmp_path / "keys",
        aws_profile="dsql-local",
        regions=("eu-west-1", "eu-west-2"),
        ephemeral=False,
        channel_port=1,
        channel_secret="",
        runtime_dir=tmp_path,
    )


def test_every_sdk_finds_the_region_the_keys_and_the_endpoint(info: ServerInfo) -> None:
    said = environment(info, {})
    assert said["AWS_REGION"] == said["AWS_DEFAULT_REGION"] == "eu-west-1"
    assert (said["AWS_ACCESS_KEY_ID"], said["AWS_SECRET_ACCESS_KEY"]) == ("AKIA", "a%b/c")
    assert said["AWS_ENDPOINT_URL"] == "http://127.0.0.1:8484"
    assert (said["PGHOSTADDR"], said["PGPORT"]) == ("127.0.0.1", "8485")
    assert not {"AWS_PROFILE", "AWS_SESSION_TOKEN", "NO_PROXY", "no_proxy"} & set(said)


@pytest.mark.parametrize(("port", "expected"), [(8486, "8486"), (0, "")])
def test_the_port_of_websockets_is_named_if_there_is_one(
    info: ServerInfo, port: int, expected: str
) -> None:
    """A server of an earlier version has none, and must not leave that of another one."""
    assert environment(replace(info, websocket_port=port), {})[WEBSOCKET_VARIABLE] == expected


def test_what_the_shell_says_of_another_account_is_replaced(info: ServerInfo) -> None:
    said = environment(info, {"AWS_PROFILE": "prod", "AWS_SESSION_TOKEN": "theirs"})
    assert said["AWS_PROFILE"] == "dsql-local"
    assert said["AWS_SESSION_TOKEN"] == ""


@pytest.mark.parametrize(
    ("shell", "hosts"),
    [
        ({"HTTP_PROXY": "http://p"}, "127.0.0.1"),
        ({"http_proxy": "http://p", "no_proxy": "a.b,c"}, "a.b,c,127.0.0.1"),
        ({"HTTP_PROXY": "http://p", "NO_PROXY": "a.b"}, "a.b,127.0.0.1"),
        ({"http_proxy": "http://p", "no_proxy": "127.0.0.1"}, None),
        ({"NO_PROXY": "a"}, None),
        ({"http_proxy": "http://p", "NO_PROXY": "*"}, None),
        # Programs that read these use no proxy for http://.
        ({"HTTPS_PROXY": "http://p", "ALL_PROXY": "socks5://p", "all_proxy": "socks5://p"}, None),
    ],
)
def test_a_proxy_is_not_asked_for_the_loopback(
    info: ServerInfo, shell: dict[str, str], hosts: str | None
) -> None:
    said = environment(info, shell)
    assert said.get("NO_PROXY") == said.get("no_proxy") == hosts


def test_what_is_unset_to_leave_is_all_that_is_always_set(info: ServerInfo) -> None:
    assert set(environment(info, {})) == set(VARIABLES)
    assert environment(info, {})[DATA_VARIABLE] == str(info.data_dir)


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("AWS_ENDPOINT_URL_DSQL", "https://elsewhere", "http://127.0.0.1:8484"),
        ("AWS_ENDPOINT_URL_STS", "https://elsewhere", "http://127.0.0.1:8484"),
        ("AWS_ENDPOINT_URL_S3", "https://elsewhere", None),
        ("AWS_DEFAULT_PROFILE", "prod", "dsql-local"),
        ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true", "false"),
        ("AWS_USE_FIPS_ENDPOINT", "true", "false"),
        ("PGSSLSNI", "0", "1"),
        ("PGCHANNELBINDING", "require", "prefer"),
        ("PGOPTIONS", "-c statement_timeout=1", ""),
    ],
)
def test_a_variable_that_would_keep_programs_away_is_made_harmless(
    info: ServerInfo, name: str, before: str, after: str | None
) -> None:
    assert environment(info, {name: before}).get(name) == after
    assert name not in environment(info, {})
