from __future__ import annotations

import json
from dataclasses import replace

import pytest

from dsql_tui.aws.checks import check_new_cluster, check_pair, check_policy, peers_and_witnesses
from dsql_tui.aws.regions import REGIONS, RegionSet
from dsql_tui.errors import InputError
from dsql_tui.model.access.policy import block_public_access_policy
from dsql_tui.model.lifecycle import NewCluster

PAIR = NewCluster(("us-east-1", "us-east-2"), "token", witness_region="us-west-2")


def refusal(wish: NewCluster) -> str:
    with pytest.raises(InputError) as refused:
        check_new_cluster(wish)
    return refused.value.message


def test_a_sound_wish_passes() -> None:
    check_new_cluster(PAIR)
    check_new_cluster(NewCluster(("ap-east-1",), "token", policy=block_public_access_policy()))


@pytest.mark.parametrize(
    ("regions", "witness", "why"),
    [
        (("us-east-1", "us-east-2"), "", "needs a witness"),
        (("us-east-1", "us-east-1"), "us-west-2", "must be different"),
        (("us-east-1", "us-east-2"), "us-east-1", "must be different"),
        (("us-east-1", "eu-west-1"), "us-west-2", "Regions of different sets"),
        (("us-east-1", "us-east-2"), "eu-west-1", "Regions of different sets"),
        (("sa-east-1", "us-east-2"), "us-west-2", "sa-east-1 cannot be part"),
        (("us-east-1", "mars-1"), "us-west-2", "mars-1 is not known"),
        (("us-east-1",), "us-west-2", "has no witness"),
        ((), "", "not 0"),
        (("us-east-1", "us-east-2", "us-west-2"), "ca-west-1", "not 3"),
    ],
)
def test_regions_that_do_not_go_together_are_named(
    regions: tuple[str, ...], witness: str, why: str
) -> None:
    assert why in refusal(replace(PAIR, regions=regions, witness_region=witness))


@pytest.mark.parametrize(
    ("tags", "why"),
    [
        ({"k" * 129: ""}, "has 129 characters"),
        ({"": ""}, "has 0 characters"),
        ({"k": "v" * 257}, "has 257 characters"),
        ({"aws:thing": "v"}, "begins with aws:"),
        ({str(number): "" for number in range(201)}, "201 tags"),
    ],
)
def test_tags_over_a_limit_are_named(tags: dict[str, str], why: str) -> None:
    assert why in refusal(replace(PAIR, tags=tags))


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        ({"eu-west-1": "alias/a"}, "where no cluster is created"),
        ({"us-east-1": "a key"}, "cannot be a KMS key"),
        ({"us-east-1": "arn:aws:kms:us-east-2:1:key/a"}, "is a key of us-east-2"),
    ],
)
def test_keys_that_cannot_be_used_are_named(keys: dict[str, str], why: str) -> None:
    assert why in refusal(replace(PAIR, kms_keys=keys))


@pytest.mark.parametrize("token", ["", "with space", "t" * 105])
def test_tokens_the_api_would_refuse_are_refused(token: str) -> None:
    assert "client token" in refusal(replace(PAIR, client_token=token))


def test_all_errors_are_reported_at_once() -> None:
    told = refusal(replace(PAIR, witness_region="", tags={"": ""}))
    assert "witness" in told
    assert "tag key" in told


@pytest.mark.parametrize(
    ("document", "why"),
    [
        ("", "0 characters"),
        ("x" * 20_481, "20481 characters"),
        ("{", "not JSON"),
        ("[]", "no Statement"),
        (json.dumps({"Statement": ["x"]}), "statement 1 is not an object"),
        (json.dumps({"Statement": {"Effect": "Allow"}}), "has no Principal"),
    ],
)
def test_a_policy_of_the_wrong_shape_is_refused_with_the_reason(document: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        check_policy(document)


def test_every_region_of_a_peering_set_finds_two_others() -> None:
    for region, members in REGIONS.items():
        others = peers_and_witnesses(region)
        assert (len(others) >= 2) == (members is not RegionSet.SINGLE_ONLY)
        if others:
            check_pair((region, others[0]), others[1])
