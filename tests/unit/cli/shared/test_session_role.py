"""The role that commands connect as: --role, then sections, then session.role, then admin."""

from __future__ import annotations

from dataclasses import replace

import click
import pytest
from click.testing import CliRunner

from dsql_tui.aws.session import AwsSession
from dsql_tui.cli.shared import sessions
from dsql_tui.cli.shared.sessions import reach
from dsql_tui.cli.shared.target import Target, target_options
from dsql_tui.config import Config
from dsql_tui.config.sections import Section
from dsql_tui.model.cluster import Cluster
from dsql_tui.model.endpoint import Profile
from tests.support.fakes import make_cluster
from tests.unit.cli.test_command_tree import TARGET

SHOP = make_cluster("shop", tags={"env": "prod"})
SECTIONS = (Section("tag:env=prod", {"role": "app_ro"}), Section("other", {"role": "nobody"}))


@pytest.mark.parametrize(
    ("config", "names_role", "role"),
    [
        (Config(), False, "admin"),
        (Config(), True, "given"),
        (Config(role="app"), False, "app"),
        (Config(role="app"), True, "given"),
        (Config(role="app", clusters=SECTIONS), False, "app_ro"),
        (Config(role="app", clusters=SECTIONS[1:]), False, "app"),
        (Config(clusters=SECTIONS), True, "given"),
    ],
)
def test_the_closest_choice_of_a_role_counts(
    monkeypatch: pytest.MonkeyPatch, config: Config, names_role: bool, role: str
) -> None:
    def find(_aws: AwsSession, _regions: object, _name: str) -> Cluster:
        return SHOP

    monkeypatch.setattr(sessions, "find_cluster", find)
    target = replace(TARGET, config=config, names_role=names_role)
    profile = Profile("test", regions=("us-east-1",))
    reached = reach(profile, target, "shop", "given" if names_role else "admin")
    assert reached.endpoint.role == role


@pytest.mark.parametrize(
    ("words", "is_named"), [([], False), (["--role", "admin"], True), (["--role", "x"], True)]
)
def test_a_role_counts_as_named_only_if_the_command_line_names_it(
    words: list[str], is_named: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DSQL_TUI_CONFIG", "/dev/null")
    targets: list[Target] = []

    @click.command()
    @click.option("--role", default="admin")
    @target_options
    def probe(role: str, target: Target) -> None:
        targets.append(target)

    result = CliRunner().invoke(probe, words, standalone_mode=False)
    assert result.exception is None
    assert [each.names_role for each in targets] == [is_named]
