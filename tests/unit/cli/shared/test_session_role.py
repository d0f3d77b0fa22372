"""The role that commands connect as: --role, then sections, then session.role, then admin."""

from __future__ import annotations

from dataclasses import replace

import click
import pytest

from dsql_tui.aws.session import AwsSession
from dsql_tui.cli.shared import sessions
from dsql_tui.cli.shared.sessions import reach
from dsql_tui.config import Config, Settings
from dsql_tui.config.sections import Section
from dsql_tui.model.cluster import Cluster
from dsql_tui.model.endpoint import Profile
from tests.support.fakes import make_cluster
from tests.unit.cli.test_command_tree import TARGET, commands

SHOP = make_cluster("shop", tags={"env": "prod"})
ARN = SHOP.arn
SECTIONS = (Section("tag:env=prod", {"role": "app_ro"}), Section("other", {"role": "nobody"}))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the list of cluster names that were looked up; each lookup finds the shop."""
    names: list[str] = []

    def find(_aws: AwsSession, _regions: object, name: str) -> Cluster:
        names.append(name)
        return SHOP

    monkeypatch.setattr(sessions, "find_cluster", find)
    return names


@pytest.mark.parametrize(
    ("config", "given", "cluster", "role", "asks"),
    [
        (Config(), None, "shop", "admin", True),
        (Config(), "app_rw", "shop", "app_rw", True),
        (Config(role="app"), None, "shop", "app", True),
        (Config(role="app", clusters=SECTIONS), None, "shop", "app_ro", True),
        (Config(role="app", clusters=SECTIONS[1:]), None, "shop", "app", True),
        (Config(clusters=SECTIONS), "app_rw", "shop", "app_rw", True),
        (Config(), None, ARN, "admin", False),
        (Config(role="app"), None, ARN, "app", False),
        (Config(clusters=SECTIONS), None, ARN, "app_ro", True),
        (Config(clusters=SECTIONS), "app_rw", ARN, "app_rw", False),
    ],
)
def test_the_closest_choice_of_a_role_counts_and_aws_is_asked_only_if_need_be(
    asked: list[str], config: Config, given: str | None, cluster: str, role: str, asks: bool
) -> None:
    target = replace(TARGET, settings=Settings(config))
    reached = reach(Profile("test", regions=("us-east-1",)), target, cluster, given)
    assert reached.endpoint.role == role
    assert bool(asked) is asks


def test_no_command_has_a_default_role_of_its_own() -> None:
    options = [
        option
        for _, command in commands()
        for option in command.params
        if isinstance(option, click.Option) and option.name in {"role", "reader"}
    ]
    assert len(options) >= 12
    assert all(not isinstance(option.default, str) for option in options)
