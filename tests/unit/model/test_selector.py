"""Selectors: which clusters a setting means, and how closely."""

from __future__ import annotations

import pytest

from dsql_tui.model.selector import Rank, rank_of, selector_problem
from tests.support.fakes import make_cluster

CLUSTER = make_cluster("payments", tags={"Env": "Prod"})


@pytest.mark.parametrize(
    ("selector", "rank"),
    [
        ("tag:env=prod", Rank.TAG),
        ("env=prod", Rank.TAG),
        ("ENV=PROD", Rank.TAG),
        ("tag:env=p*", Rank.TAG),
        ("tag:env=dev", Rank.NONE),
        ("tag:owner=prod", Rank.NONE),
        ("region:us-east-1", Rank.REGION),
        ("region:us-*", Rank.REGION),
        ("region:eu-west-1", Rank.NONE),
        ("pay*", Rank.PATTERN),
        ("*", Rank.PATTERN),
        ("pay[m]ents", Rank.PATTERN),
        ("payments", Rank.NAME),
        (CLUSTER.identifier, Rank.NAME),
        ("Payments", Rank.NONE),
        ("payment", Rank.NONE),
        ("shop", Rank.NONE),
        ("arn:aws:dsql:us-east-1:*", Rank.PATTERN),
        (CLUSTER.arn, Rank.ARN),
        (CLUSTER.arn[:-1], Rank.NONE),
    ],
)
def test_a_selector_names_a_cluster_more_or_less_closely(selector: str, rank: Rank) -> None:
    assert rank_of(CLUSTER, selector) is rank


def test_the_arn_of_a_peer_names_the_whole_pair() -> None:
    pair = make_cluster("pair", peers=["us-west-2"])
    (peer,) = pair.peer_arns
    assert rank_of(pair, peer) is Rank.PEER_ARN
    assert rank_of(pair, "arn:aws:dsql:us-west-2:*") is Rank.PATTERN
    assert rank_of(make_cluster("alone"), peer) is Rank.NONE


def test_a_name_with_characters_of_selectors_is_still_a_name() -> None:
    assert rank_of(make_cluster("shop[1]"), "shop[1]") is Rank.NAME
    assert rank_of(make_cluster("a=b"), "a=b") is Rank.NAME


@pytest.mark.parametrize(
    ("selector", "problem"),
    [
        ("", "is empty"),
        ("  ", "is empty"),
        ("region:", "names no Region"),
        ("tag:env", "has no =VALUE after the tag"),
        ("tag:=prod", "names no tag"),
        ("=prod", "names no tag"),
        ("env=", ""),
        ("tag:env=prod", ""),
        ("shop", ""),
        ("arn:aws:dsql:*", ""),
    ],
)
def test_what_selects_nothing_is_a_problem(selector: str, problem: str) -> None:
    assert selector_problem(selector) == problem
