"""Our own AWS room and command line against the local control plane, over HTTP, signed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from dsql_tui.aws.session import AwsSession
from dsql_tui.aws.waiting import Pace
from dsql_tui.cli.root import group
from dsql_tui.local.process.profiles import PROFILE, ProfileFiles, write_profiles
from dsql_tui.local.process.shell import FOLDER_KEY
from dsql_tui.model.endpoint import Endpoint, Profile
from tests.support.control_plane import Aws, Wire
from tests.unit.local.control.conftest import aws, wire

__all__ = ["aws", "wire"]

QUICK = Pace(first_s=0.01, longest_s=0.02, timeout_s=10)


@pytest.fixture(scope="session")
def files(wire: Wire, tmp_path_factory: pytest.TempPathFactory) -> ProfileFiles:
    folder = tmp_path_factory.mktemp("aws")
    written = write_profiles(
        folder, wire.keyring, api_url=wire.endpoint.url, region="us-east-1", roles=("reader",)
    )
    # There is an endpoint alone and no server to look for in a folder.
    lines = written.config_file.read_text().splitlines(keepends=True)
    written.config_file.write_text("".join(each for each in lines if FOLDER_KEY not in each))
    return written


@pytest.fixture(scope="session")
def session(files: ProfileFiles) -> AwsSession:
    return AwsSession(
        Profile(
            aws_profile=PROFILE,
            config_file=files.config_file,
            credentials_file=files.credentials_file,
            regions=("us-east-1", "us-east-2"),
        )
    )


@dataclass
class CommandLine:
    """Runs `dsql-tui` in this process with the local account's profile."""

    environment: dict[str, str]
    runner: CliRunner

    def __call__(self, *words: str, stdin: str | None = None) -> Result:
        return self.runner.invoke(group, words, env=self.environment, input=stdin)

    def json(self, *words: str, stdin: str | None = None) -> Any:
        result = self(*words, "--json", stdin=stdin)
        assert result.exception is None, (result.output, result.exception)
        told = json.loads(result.stdout)
        assert told.pop("version") == 1
        return told


def round_trip_ms(endpoint: Endpoint) -> float | None:
    """Return the round-trip time to a Region; that to us-east-2 is unknown."""
    return 1.25 if endpoint.region == "us-east-1" else None


@pytest.fixture
def cli(
    aws: Aws, files: ProfileFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> CommandLine:
    # There is no database: endpoints have names that nothing resolves.
    monkeypatch.setattr("dsql_tui.cli.clusters.list.round_trip_ms", round_trip_ms)
    return CommandLine(
        {
            "AWS_CONFIG_FILE": str(files.config_file),
            "AWS_SHARED_CREDENTIALS_FILE": str(files.credentials_file),
            "AWS_PROFILE": PROFILE,
            "DSQL_TUI_CONFIG": "",
            "XDG_CONFIG_HOME": str(tmp_path),
            "XDG_STATE_HOME": str(tmp_path / "state"),
        },
        CliRunner(),
    )
