"""A long random life of many clusters: whatever is asked, what must hold always holds."""

from __future__ import annotations

import random
from typing import Any

import pytest
from botocore.exceptions import ClientError

from dsql_tui.local.control.state import AccountState, ClusterRecord, StoredStatus
from tests.support.control_plane import Aws

REGIONS = ("us-east-1", "us-east-2", "us-west-2", "eu-west-1")
SENSIBLE = (("us-east-1", "us-west-2"), ("us-east-2", "us-west-2"))
ODD = (("us-west-2", "us-east-1"), ("us-east-1", "us-east-1"), ("eu-west-1", "us-east-1"))
"""Regions and witnesses, mostly such that pairs come about."""
STEPS = 150
MAY_BE_REFUSED_WITH = {
    "ValidationException",
    "ConflictException",
    "ResourceNotFoundException",
    "ServiceQuotaExceededException",
}


class Stroller:
    """Asks for one thing after the other, by chance."""

    def __init__(self, aws: Aws, seed: int) -> None:
        self.aws = aws
        self.chance = random.Random(seed)
        self.refusals: set[str] = set()

    def step(self) -> None:
        often = [self.create_peered, self.name_peer, self.delete]
        act = self.chance.choice([*often, *often, *often, self.create, self.protect, self.part])
        try:
            act()
        except ClientError as error:
            self.refusals.add(error.response["Error"]["Code"])
        self.aws.plane.settle()

    def some(self) -> ClusterRecord:
        known = self.aws.state.clusters()
        return (
            self.chance.choice(known)
            if known
            else ClusterRecord("a" * 26, REGIONS[0], "", StoredStatus.ACTIVE, self.aws.clock())
        )

    def client(self, region: str) -> Any:
        return self.aws.client(region=region)

    def create(self) -> None:
        protected = self.chance.random() < 0.2
        region = self.chance.choice(REGIONS)
        self.client(region).create_cluster(deletionProtectionEnabled=protected)

    def create_peered(self) -> None:
        region, witness = self.chance.choice([*SENSIBLE, *SENSIBLE, *SENSIBLE, *ODD])
        lonely = [one.arn for one in self.aws.state.clusters() if not one.peer_arns]
        peers = self.chance.sample(lonely, min(len(lonely), self.chance.choice((0, 1, 1))))
        self.client(region).create_cluster(
            deletionProtectionEnabled=False,
            multiRegionProperties={"witnessRegion": witness, "clusters": peers},
        )

    def name_peer(self) -> None:
        """Name a cluster that waits for it as the peer of another, or any as any's."""
        own, peer = self.some(), self.some()
        for waiting in self.aws.state.clusters():
            named = self.aws.state.cluster("".join(waiting.peer_arns)[-26:])
            if named is not None and self.chance.random() < 0.9:
                own, peer = named, waiting
        self.client(own.region).update_cluster(
            identifier=own.identifier,
            multiRegionProperties={
                "witnessRegion": own.witness_region or self.chance.choice(REGIONS),
                "clusters": [peer.arn],
            },
        )

    def protect(self) -> None:
        record = self.some()
        self.client(record.region).update_cluster(
            identifier=record.identifier,
            deletionProtectionEnabled=self.chance.random() < 0.3,
        )

    def part(self) -> None:
        record = self.some()
        self.client(record.region).update_cluster(
            identifier=record.identifier, multiRegionProperties={"clusters": []}
        )

    def delete(self) -> None:
        record = self.some()
        self.client(record.region).delete_cluster(identifier=record.identifier)


def check(aws: Aws) -> None:
    """Assert what holds whenever nothing is under way."""
    state = aws.state
    with_database = {StoredStatus.ACTIVE, StoredStatus.PENDING_DELETE}
    for record in state.clusters():
        assert record.status in {*with_database, StoredStatus.PENDING_SETUP}
        if record.status is StoredStatus.PENDING_SETUP:
            assert record.witness_region
            assert record.database_id == record.identifier
        elif record.witness_region:
            check_pair(state, record)
        else:
            assert record.status is StoredStatus.ACTIVE
            assert state.endpoints_of(record.database_id) == [record]
    used = {record.database_id for record in state.clusters() if record.status in with_database}
    assert used <= aws.hooks.databases
    # A cluster that was parted from its peer keeps the database of both.
    assert aws.hooks.databases <= {record.identifier for record in state.clusters()}


def check_pair(state: AccountState, record: ClusterRecord) -> None:
    one, other = state.endpoints_of(record.database_id)
    assert (one.peer_arns, other.peer_arns) == ((other.arn,), (one.arn,))
    assert one.witness_region == other.witness_region
    assert len({one.region, other.region, one.witness_region}) == 3
    assert StoredStatus.ACTIVE in {one.status, other.status}


@pytest.mark.parametrize("seed", [5])
def test_what_must_hold_holds_after_every_step(aws: Aws, seed: int) -> None:
    stroller = Stroller(aws, seed)
    ever_paired: set[str] = set()
    for _ in range(STEPS):
        stroller.step()
        check(aws)
        clusters = aws.state.clusters()
        ever_paired |= {one.identifier for one in clusters if one.database_id != one.identifier}
    assert ever_paired
    assert {"ValidationException", "ConflictException"} <= stroller.refusals <= MAY_BE_REFUSED_WITH
