"""Multi-Region clusters: which Regions can be peered, and when two clusters become one.

A multi-Region cluster begins as two clusters in PENDING_SETUP. When each names the other, and both
the same witness, they are linked: one database with two endpoints (user guide,
configuring-multi-region-clusters). An empty list of peers unlinks them (terraform-provider-aws,
pull request 41868). Unsure: both are PENDING_SETUP then, and the older one keeps the database.
"""

from __future__ import annotations

from dataclasses import replace

from dsql_tui.local.control.dsql import refusals
from dsql_tui.local.control.dsql.region_sets import may_be_peered
from dsql_tui.local.control.protocol.protocols import Params
from dsql_tui.local.control.state import AccountState, ClusterRecord, StoredStatus

_FIELD = "multiRegionProperties"


def with_properties(
    record: ClusterRecord, properties: Params, state: AccountState
) -> ClusterRecord:
    """Return the cluster with the witness and peers of `multiRegionProperties`.

    Raises:
        ApiError: The Regions cannot be peered, or a peer is not valid.
    """
    witness = properties.get("witnessRegion") or record.witness_region
    peer_arns = tuple(arn for arn in properties.get("clusters", ()) if arn != record.arn)
    if not witness:
        raise refusals.invalid_field(f"{_FIELD}.witnessRegion", "A witness Region is required.")
    if record.witness_region not in {"", witness}:
        raise refusals.invalid_field(
            f"{_FIELD}.witnessRegion", "The witness Region of a cluster cannot be changed."
        )
    if len(peer_arns) > 1:
        raise refusals.invalid_field(f"{_FIELD}.clusters", "A cluster has one peer.")
    if not may_be_peered(record.region, witness, *(arn.split(":")[3] for arn in peer_arns)):
        raise refusals.invalid_field(
            _FIELD,
            "The Regions of both clusters and of the witness must be different Regions of one "
            "Region set.",
        )
    changed = replace(record, witness_region=witness, peer_arns=peer_arns)
    for arn in peer_arns:
        _check_peer(changed, arn, state)
    return changed


def peer_of(record: ClusterRecord, state: AccountState) -> ClusterRecord | None:
    """Return the cluster that this one names as its peer, if it exists."""
    for arn in record.peer_arns:
        peer = state.cluster(arn.rpartition("/")[2])
        if peer is not None and peer.arn == arn:
            return peer
    return None


def linked(
    record: ClusterRecord, state: AccountState
) -> tuple[ClusterRecord, ClusterRecord] | None:
    """Return both clusters with one database in CREATING, once each names the other."""
    peer = peer_of(record, state)
    if peer is None or record.arn not in peer.peer_arns:
        return None
    database_id = min(record, peer, key=lambda one: one.created_at).identifier
    first, second = (
        replace(side, status=StoredStatus.CREATING, database_id=database_id)
        for side in (record, peer)
    )
    return first, second


def parts(record: ClusterRecord, properties: Params) -> bool:
    """Return whether `multiRegionProperties` unlink an ACTIVE cluster from its peer.

    Raises:
        ApiError: They change the cluster in another way, which is not allowed.
    """
    witness = properties.get("witnessRegion", record.witness_region)
    peer_arns = tuple(arn for arn in properties.get("clusters", ()) if arn != record.arn)
    if witness == record.witness_region and peer_arns == record.peer_arns:
        return False
    is_parted = "clusters" in properties and not peer_arns
    if not record.peer_arns or witness != record.witness_region or not is_parted:
        raise refusals.invalid(
            "multiRegionProperties of an active cluster can only be changed to have no peers."
        )
    return True


def parted(record: ClusterRecord, state: AccountState) -> list[ClusterRecord]:
    """Return both clusters of a pair without peers, in PENDING_SETUP; `record` is the first.

    Raises:
        ApiError: The peer is being deleted.
    """
    peer = peer_of(record, state)
    if peer is not None and peer.status is not StoredStatus.ACTIVE:
        raise refusals.conflict(
            "cluster", peer.identifier, f"The peer is in status {peer.status.value}."
        )
    return [
        replace(side, status=StoredStatus.PENDING_SETUP, peer_arns=(), database_id=side.identifier)
        for side in (record, peer)
        if side is not None
    ]


def _check_peer(record: ClusterRecord, arn: str, state: AccountState) -> None:
    field = f"{_FIELD}.clusters"
    peer = peer_of(record, state)
    if peer is None:
        raise refusals.invalid_field(field, f"The cluster {arn} does not exist.")
    if peer.status is not StoredStatus.PENDING_SETUP:
        raise refusals.invalid_field(field, f"The cluster {arn} is not in status PENDING_SETUP.")
    if peer.witness_region != record.witness_region:
        raise refusals.invalid_field(field, f"The cluster {arn} has another witness Region.")
    if peer.peer_arns not in {(), (record.arn,)}:
        raise refusals.invalid_field(field, f"The cluster {arn} has another peer.")
