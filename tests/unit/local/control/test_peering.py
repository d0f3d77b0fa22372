"""Multi-Region clusters: set up in two calls or three, one database, deleted together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from botocore.exceptions import ConnectionClosedError

from dsql_tui.local.control.dsql.region_sets import PEERING_SETS, REGIONS, may_be_peered
from tests.support.control_plane import Aws, refusal

EAST, OHIO, WITNESS = "us-east-1", "us-east-2", "us-west-2"
Created = Mapping[str, Any]


def half(aws: Aws, region: str, *peers: Created, witness: str = WITNESS) -> Created:
    """Create one side of a pair."""
    properties: dict[str, Any] = {"witnessRegion": witness}
    if peers:
        properties["clusters"] = [peer["arn"] for peer in peers]
    return aws.create(region, multiRegionProperties=properties)


def name_peer(aws: Aws, region: str, own: Created, peer: Created) -> Mapping[str, Any]:
    updated: Mapping[str, Any] = aws.client(region=region).update_cluster(
        identifier=own["identifier"],
        multiRegionProperties={"witnessRegion": WITNESS, "clusters": [peer["arn"]]},
    )
    aws.plane.settle()
    return updated


def pair(aws: Aws) -> tuple[Created, Created]:
    first = half(aws, EAST)
    second = half(aws, OHIO, first)
    name_peer(aws, EAST, first, second)
    return first, second


class TestSettingUpAPair:
    def test_waits_in_pending_setup_without_a_database(self, aws: Aws) -> None:
        first = half(aws, EAST)
        assert first["status"] == aws.status(first) == "PENDING_SETUP"
        assert first["multiRegionProperties"] == {
            "witnessRegion": WITNESS,
            "clusters": [first["arn"]],
        }
        assert aws.hooks.databases == set()

    def test_needs_each_side_to_name_the_other(self, aws: Aws) -> None:
        first = half(aws, EAST)
        second = half(aws, OHIO, first)
        assert aws.status(first) == aws.status(second) == "PENDING_SETUP"
        aws.hooks.may_work.clear()
        updated = aws.client(region=EAST).update_cluster(
            identifier=first["identifier"],
            multiRegionProperties={"witnessRegion": WITNESS, "clusters": [second["arn"]]},
        )
        assert updated["status"] == aws.status(second) == "CREATING"
        aws.hooks.may_work.set()
        aws.plane.settle()
        assert aws.status(first) == aws.status(second) == "ACTIVE"

    def test_works_when_both_are_updated(self, aws: Aws) -> None:
        first, second = half(aws, EAST), half(aws, OHIO)
        name_peer(aws, EAST, first, second)
        assert aws.status(first) == "PENDING_SETUP"
        name_peer(aws, OHIO, second, first)
        assert aws.status(first) == aws.status(second) == "ACTIVE"

    def test_gives_one_database_two_endpoints(self, aws: Aws) -> None:
        first, second = pair(aws)
        one = aws.client(region=EAST).get_cluster(identifier=first["identifier"])
        other = aws.client(region=OHIO).get_cluster(identifier=second["identifier"])
        assert one["multiRegionProperties"]["clusters"] == [first["arn"], second["arn"]]
        assert other["multiRegionProperties"]["clusters"] == [second["arn"], first["arn"]]
        assert one["endpoint"] != other["endpoint"]
        assert aws.hooks.databases == {first["identifier"]}
        assert len(aws.state.endpoints_of(first["identifier"])) == 2

    def test_may_name_the_own_cluster_among_the_peers(self, aws: Aws) -> None:
        first = half(aws, EAST)
        second = half(aws, OHIO, first)
        aws.client(region=EAST).update_cluster(
            identifier=first["identifier"],
            multiRegionProperties={
                "witnessRegion": WITNESS,
                "clusters": [first["arn"], second["arn"]],
            },
        )
        aws.plane.settle()
        assert aws.status(first) == "ACTIVE"


class TestRegionsThatDoNotGoTogetherAreRefused:
    @pytest.mark.parametrize(
        ("region", "witness"),
        [
            (EAST, EAST),
            (EAST, "eu-west-1"),
            (EAST, "sa-east-1"),
            ("sa-east-1", EAST),
            (EAST, "nowhere"),
        ],
    )
    def test_a_witness(self, aws: Aws, region: str, witness: str) -> None:
        response = refusal(half, aws=aws, region=region, witness=witness)
        assert response["reason"] == "fieldValidationFailed"
        assert aws.state.clusters() == []

    def test_two_peers_of_one_region(self, aws: Aws) -> None:
        first = half(aws, EAST)
        response = refusal(
            aws.client(region=EAST).create_cluster,
            multiRegionProperties={"witnessRegion": WITNESS, "clusters": [first["arn"]]},
        )
        assert response["Error"]["Code"] == "ValidationException"

    def test_the_sets_are_the_documented_ones(self) -> None:
        assert [len(one) for one in PEERING_SETS] == [5, 6, 5]
        assert len(REGIONS) == 20
        assert may_be_peered("eu-west-1", "eu-central-1", "eu-south-2")
        assert not may_be_peered("eu-west-1", "eu-central-1", "eu-central-1")
        assert not may_be_peered("eu-west-1", "us-east-1", "us-east-2")


class TestAPeerIsRefused:
    def refuse(self, aws: Aws, own: Created, peer_arn: str, witness: str = WITNESS) -> str:
        response = refusal(
            aws.client(region=EAST).update_cluster,
            identifier=own["identifier"],
            multiRegionProperties={"witnessRegion": witness, "clusters": [peer_arn]},
        )
        assert response["Error"]["Code"] == "ValidationException"
        return str(response["Error"]["Message"])

    def test_when_it_does_not_exist(self, aws: Aws) -> None:
        arn = f"arn:aws:dsql:{OHIO}:000000000000:cluster/{'a' * 26}"
        assert "does not exist" in self.refuse(aws, half(aws, EAST), arn)

    def test_when_it_is_a_single_region_cluster(self, aws: Aws) -> None:
        own, single = half(aws, EAST), aws.create(OHIO)
        assert "not in status PENDING_SETUP" in self.refuse(aws, own, single["arn"])

    def test_when_its_witness_is_another(self, aws: Aws) -> None:
        own, peer = half(aws, EAST), half(aws, OHIO, witness="ca-central-1")
        assert "another witness" in self.refuse(aws, own, peer["arn"])

    def test_when_it_has_named_another_peer(self, aws: Aws) -> None:
        third = half(aws, "ca-central-1")
        own, taken = half(aws, EAST), half(aws, OHIO, third)
        assert "another peer" in self.refuse(aws, own, taken["arn"])

    def test_when_the_witness_would_change(self, aws: Aws) -> None:
        own, peer = half(aws, EAST), half(aws, OHIO)
        message = self.refuse(aws, own, peer["arn"], witness="ca-west-1")
        assert "cannot be changed" in message

    def test_when_the_cluster_is_past_its_set_up(self, aws: Aws) -> None:
        single, peer = aws.create(EAST), half(aws, OHIO)
        assert "can only be changed to have no peers" in self.refuse(aws, single, peer["arn"])


def test_peers_without_a_witness_are_refused(aws: Aws) -> None:
    first = half(aws, EAST)
    response = refusal(
        aws.client(region=OHIO).create_cluster,
        multiRegionProperties={"clusters": [first["arn"]]},
    )
    assert response["fieldList"][0]["name"] == "multiRegionProperties.witnessRegion"


def part(aws: Aws, region: str, own: Created, **properties: Any) -> Mapping[str, Any]:
    updated: Mapping[str, Any] = aws.client(region=region).update_cluster(
        identifier=own["identifier"], multiRegionProperties={"clusters": [], **properties}
    )
    aws.plane.settle()
    return updated


class TestPartingAPair:
    @pytest.mark.parametrize(
        "properties", [{}, {"witnessRegion": WITNESS}], ids=["no witness", "witness"]
    )
    def test_an_empty_list_of_peers_leaves_two_halves(
        self, aws: Aws, properties: Mapping[str, Any]
    ) -> None:
        first, second = pair(aws)
        assert part(aws, OHIO, second, **properties)["status"] == "PENDING_SETUP"
        for region, half_of_it in ((EAST, first), (OHIO, second)):
            shown = aws.client(region=region).get_cluster(identifier=half_of_it["identifier"])
            assert shown["status"] == "PENDING_SETUP"
            assert shown["multiRegionProperties"] == {
                "witnessRegion": WITNESS,
                "clusters": [half_of_it["arn"]],
            }
        assert part(aws, EAST, first, **properties)["status"] == "PENDING_SETUP"

    def test_the_data_is_there_when_they_are_paired_again(self, aws: Aws) -> None:
        first, second = pair(aws)
        part(aws, EAST, first)
        assert aws.hooks.databases == {first["identifier"]}
        name_peer(aws, EAST, first, second)
        name_peer(aws, OHIO, second, first)
        assert aws.status(first) == aws.status(second) == "ACTIVE"
        assert aws.hooks.databases == {first["identifier"]}

    def test_each_is_deleted_alone_with_its_database(self, aws: Aws) -> None:
        first, second = pair(aws)
        part(aws, EAST, first)
        for region, own in ((OHIO, second), (EAST, first)):
            aws.client(region=region).delete_cluster(identifier=own["identifier"])
            aws.plane.settle()
        assert aws.state.clusters() == []
        assert aws.hooks.databases == set()

    def test_a_database_that_a_later_pair_does_not_use_goes_with_its_cluster(
        self, aws: Aws
    ) -> None:
        oldest = half(aws, "ca-central-1")
        first, second = pair(aws)
        part(aws, EAST, first)
        name_peer(aws, EAST, first, oldest)
        name_peer(aws, "ca-central-1", oldest, first)
        assert aws.status(first) == aws.status(oldest) == "ACTIVE"
        for region, own in ((EAST, first), ("ca-central-1", oldest), (OHIO, second)):
            aws.client(region=region).delete_cluster(identifier=own["identifier"])
            aws.plane.settle()
        assert aws.hooks.databases == set()

    def test_the_same_properties_change_nothing(self, aws: Aws) -> None:
        first, second = pair(aws)
        aws.client(region=EAST).update_cluster(
            identifier=first["identifier"],
            deletionProtectionEnabled=True,
            multiRegionProperties={
                "witnessRegion": WITNESS,
                "clusters": [first["arn"], second["arn"]],
            },
        )
        shown = aws.client(region=EAST).get_cluster(identifier=first["identifier"])
        assert shown["deletionProtectionEnabled"] is True
        assert len(shown["multiRegionProperties"]["clusters"]) == 2

    @pytest.mark.parametrize(
        "properties", [{"witnessRegion": WITNESS}, {"witnessRegion": "ca-west-1", "clusters": []}]
    )
    def test_another_change_of_a_pair_is_refused(
        self, aws: Aws, properties: Mapping[str, Any]
    ) -> None:
        first, _ = pair(aws)
        response = refusal(
            aws.client(region=EAST).update_cluster,
            identifier=first["identifier"],
            multiRegionProperties=properties,
        )
        assert response["Error"]["Code"] == "ValidationException"
        assert aws.status(first) == "ACTIVE"

    def test_a_single_region_cluster_has_no_peer_to_part_from(self, aws: Aws) -> None:
        single = aws.create(EAST)
        response = refusal(part, aws=aws, region=EAST, own=single, witnessRegion=WITNESS)
        assert response["Error"]["Code"] == "ValidationException"

    def test_a_pair_that_is_being_deleted_is_not_parted(self, aws: Aws) -> None:
        first, second = pair(aws)
        aws.client(region=EAST).delete_cluster(identifier=first["identifier"])
        response = refusal(part, aws=aws, region=OHIO, own=second)
        assert response["Error"]["Code"] == "ConflictException"
        assert aws.status(first) == "PENDING_DELETE"


class TestDeletingAPair:
    def test_the_first_waits_for_the_other_and_both_go_together(self, aws: Aws) -> None:
        first, second = pair(aws)
        deleted = aws.client(region=EAST).delete_cluster(identifier=first["identifier"])
        assert deleted["status"] == aws.status(first) == "PENDING_DELETE"
        assert aws.status(second) == "ACTIVE"
        assert aws.hooks.databases == {first["identifier"]}
        last = aws.client(region=OHIO).delete_cluster(identifier=second["identifier"])
        assert last["status"] == "DELETING"
        aws.plane.settle()
        assert aws.state.clusters() == []
        assert aws.hooks.databases == set()

    def test_each_side_has_a_protection_of_its_own(self, aws: Aws) -> None:
        first, second = pair(aws)
        aws.client(region=OHIO).update_cluster(
            identifier=second["identifier"], deletionProtectionEnabled=True
        )
        aws.client(region=EAST).delete_cluster(identifier=first["identifier"])
        response = refusal(aws.client(region=OHIO).delete_cluster, identifier=second["identifier"])
        assert response["reason"] == "deletionProtectionEnabled"
        assert aws.status(first) == "PENDING_DELETE"

    def test_a_half_that_never_had_a_peer_just_goes(self, aws: Aws) -> None:
        lonely = half(aws, EAST)
        aws.client(region=EAST).delete_cluster(identifier=lonely["identifier"])
        aws.plane.settle()
        assert aws.state.clusters() == []


def test_a_sixth_multi_region_cluster_in_a_region_is_refused_with_402(aws: Aws) -> None:
    for _ in range(5):
        half(aws, EAST)
    response = refusal(half, aws=aws, region=EAST)
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 402
    assert aws.create(EAST)["status"] == "CREATING"


def test_a_region_that_is_down_refuses_connections_while_the_others_work(aws: Aws) -> None:
    _, second = pair(aws)
    aws.regions_down.add(EAST)
    with pytest.raises(ConnectionClosedError):
        aws.client(region=EAST).list_clusters()
    assert aws.status(second) == "ACTIVE"
    aws.regions_down.clear()
    assert len(aws.client(region=EAST).list_clusters()["clusters"]) == 1
