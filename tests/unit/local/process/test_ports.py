"""The ports that the server chooses, and how ports recorded by earlier versions are read."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from dsql_tui.local.process.host import _port_after
from dsql_tui.local.process.server_info import ServerInfo


@dataclass
class Listener:
    """What listens on a port."""

    port: int

    def getsockname(self) -> tuple[str, int]:
        return "127.0.0.1", self.port


@pytest.mark.parametrize(("port", "following"), [(8485, 8486), (65_534, 65_535), (65_535, 0)])
def test_after_the_last_port_any_free_one_follows(port: int, following: int) -> None:
    assert _port_after(Listener(port)) == following  # type: ignore[arg-type]


def test_the_file_of_a_server_of_an_earlier_version_is_read(tmp_path: Path) -> None:
    info = ServerInfo(
        pid=1,
        data_dir=tmp_path,
        api_url="http://127.0.0.1:8484",
        gateway_port=8485,
        root_certificate=tmp_path / "ca.pem",
        config_file=tmp_path / "config",
        credentials_file=tmp_path / "keys",
        aws_profile="dsql-local",
        regions=("us-east-1",),
        ephemeral=False,
        channel_port=1,
        channel_secret="",
        runtime_dir=tmp_path,
    )
    stored = json.loads(info.to_json())
    del stored["websocket_port"]
    assert ServerInfo.from_json(json.dumps(stored)) == info
