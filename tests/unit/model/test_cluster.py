"""Which clusters the setting safety.read_only means."""

from __future__ import annotations

import pytest

from dsql_tui.model.cluster import opens_read_only
from tests.support.fakes import make_cluster


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ("env=prod", True),
        ("ENV=Prod", True),
        ("env=dev", False),
        ("pay*", True),
        ("shop", False),
        ("arn:aws:dsql:us-east-1:*", True),
    ],
)
def test_a_cluster_opens_read_only_by_tag_name_or_arn(pattern: str, matches: bool) -> None:
    cluster = make_cluster("payments", tags={"env": "prod"})
    assert opens_read_only(cluster, (pattern,)) is matches
