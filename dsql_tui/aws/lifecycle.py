"""Create, peer and delete clusters; each step is reported as an event.

Every function is an iterator of events for what has already happened. If an iterator is closed
early or raises, the clusters that it created remain; `find_sides` reads the state of a setup from
the API, so `resume` can complete it and `undo` can delete it. Flow: user guide,
configuring-multi-region-clusters.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from dsql_tui.aws.changes import update_cluster
from dsql_tui.aws.checks import check_new_cluster, check_pair, peers_and_witnesses
from dsql_tui.aws.clusters import cluster_of, get_cluster, list_clusters
from dsql_tui.aws.session import AwsSession, translated
from dsql_tui.aws.waiting import Pace, wait_for
from dsql_tui.errors import (
    AwsError,
    ClusterNotFound,
    DeletionProtected,
    InputError,
    LifecycleFailed,
)
from dsql_tui.model.cluster import Cluster, ClusterStatus
from dsql_tui.model.lifecycle import (
    ClusterChange,
    Goal,
    LifecycleEvent,
    LifecycleProgress,
    LifecycleStep,
    NewCluster,
)


def create(
    session: AwsSession, wish: NewCluster, *, wait: bool = True, pace: Pace | None = None
) -> Iterator[LifecycleEvent]:
    """Create a cluster, or two peered ones for two Regions, and wait until it is ready.

    Raises:
        InputError: The wish cannot be; nothing was called.
        LifecycleFailed: It failed before its end; `made` names the clusters that exist.
        AwsError: The first call failed; nothing was made.
    """
    check_new_cluster(wish)
    sides: list[Cluster] = []
    try:
        for region in wish.regions:
            side = _create_side(session, wish, region, sides)
            sides.append(side)
            yield _progress(LifecycleStep.CREATE, side, f"Created, {side.status.value}.")
            yield side
        if wish.is_multi_region:
            yield from _peer(session, sides[0], sides[1], wish.client_token)
        if wait:
            yield from wait_for(session, sides, Goal.READY, pace)
    except LifecycleFailed:
        raise
    except AwsError as error:
        if not sides:
            raise
        raise _half_done(error, sides, wish) from None


def find_sides(session: AwsSession, cluster: Cluster) -> tuple[Cluster, ...]:
    """Return a cluster and its peer, if there is one: the cluster it names, or that names it.

    A peer that was deleted, or that its Region cannot describe, is left out.

    Raises:
        AwsError: A Region could not be asked.
    """
    if not cluster.is_multi_region:
        return (cluster,)
    for arn in cluster.peer_arns:
        region, identifier = arn.split(":")[3], arn.rpartition("/")[2]
        try:
            return (cluster, get_cluster(session, region, identifier))
        except ClusterNotFound:
            return (cluster,)
    others = [
        each for each in peers_and_witnesses(cluster.region) if each != cluster.witness_region
    ]
    for event in list_clusters(session, others):
        if isinstance(event, Cluster) and cluster.arn in event.peer_arns:
            return (cluster, event)
    return (cluster,)


def resume(
    session: AwsSession,
    cluster: Cluster,
    *,
    client_token: str,
    peer_region: str = "",
    pace: Pace | None = None,
) -> Iterator[LifecycleEvent]:
    """Finish a multi-Region setup that was interrupted, from the state in the API.

    Args:
        session: Whose clusters.
        cluster: Either side, PENDING_SETUP.
        client_token: Makes a retry of the resume the same requests.
        peer_region: Region of the peer, required if there is no peer yet.
        pace: How often to ask.

    Raises:
        InputError: There is nothing to resume, or the peer's Region is needed.
        AwsError: A call failed; resume again.
    """
    sides = list(find_sides(session, cluster))
    if cluster.status.is_ready and len(sides) == 2:
        yield _progress(LifecycleStep.WAIT, cluster, "The setup is already complete.")
    elif cluster.status not in {ClusterStatus.PENDING_SETUP, ClusterStatus.CREATING}:
        raise InputError(
            f"{cluster.name} is {cluster.status.value}; only a pending setup can be resumed."
        )
    if len(sides) == 1:
        wish = _second_side(cluster, peer_region, client_token)
        sides.append(_create_side(session, wish, peer_region, sides))
        yield _progress(LifecycleStep.CREATE, sides[1], f"Created, {sides[1].status.value}.")
        yield sides[1]
    for side, other in (sides, sides[::-1]):
        if other.arn not in side.peer_arns:
            yield from _peer(session, side, other, client_token)
    yield from wait_for(session, sides, Goal.READY, pace)


def undo(
    session: AwsSession, cluster: Cluster, *, client_token: str, pace: Pace | None = None
) -> Iterator[LifecycleEvent]:
    """Undo an unfinished multi-Region setup: delete every cluster of it that exists.

    Raises:
        InputError: The setup is complete; use `delete` instead.
        AwsError: A call failed; undo again.
    """
    sides = find_sides(session, cluster)
    unfinished = {ClusterStatus.PENDING_SETUP, ClusterStatus.PENDING_DELETE, ClusterStatus.FAILED}
    finished = [side for side in sides if side.status not in unfinished]
    if finished:
        raise InputError(
            f"{finished[0].name} in {finished[0].region} is {finished[0].status.value}; "
            "only an incomplete setup can be undone.",
            remedy="Delete it instead.",
        )
    yield from delete(session, sides, lift_protection=True, client_token=client_token, pace=pace)


def delete(
    session: AwsSession,
    sides: Sequence[Cluster],
    *,
    lift_protection: bool,
    client_token: str,
    wait: bool = True,
    pace: Pace | None = None,
) -> Iterator[LifecycleEvent]:
    """Delete the given clusters; one peer alone stays PENDING_DELETE.

    Args:
        session: Whose clusters.
        sides: The clusters to delete; both sides, to delete a pair.
        lift_protection: Turn deletion protection off where it is on.
        client_token: Makes a retry the same requests.
        wait: Wait until they are deleted.
        pace: How often to ask.

    Raises:
        DeletionProtected: One is protected and that is not to be lifted; nothing was called.
        LifecycleFailed: A cluster did not go away.
        AwsError: A call failed; clusters deleted before it stay deleted.
    """
    protected = [side for side in sides if side.deletion_protection]
    if protected and not lift_protection:
        where = ", ".join(side.region for side in protected)
        raise DeletionProtected(
            f"{protected[0].name} is protected against deletion ({where}).",
            reason="deletionProtectionEnabled",
            remedy="Turn deletion protection off first, or together with the deletion.",
        )
    for side in protected:
        update_cluster(
            session,
            side,
            ClusterChange(deletion_protection=False),
            client_token=f"{client_token}-u-{side.region}",
        )
        yield _progress(LifecycleStep.UNPROTECT, side, "Deletion protection is off.")
    if protected:
        settled = [side for side in protected if side.status.connectable]
        yield from wait_for(session, settled, Goal.READY, pace)
    for side in sides:
        status = _delete_side(session, side, client_token)
        yield _progress(LifecycleStep.DELETE, side, _delete_message(side, status, sides))
    if wait:
        alone = len(sides) == 1 and sides[0].is_multi_region and bool(sides[0].peer_arns)
        goal = Goal.PENDING_DELETE if alone else Goal.DELETED
        yield from wait_for(session, sides, goal, pace)


def _create_side(
    session: AwsSession, wish: NewCluster, region: str, others: Sequence[Cluster]
) -> Cluster:
    request: dict[str, Any] = {
        "deletionProtectionEnabled": wish.deletion_protection,
        "clientToken": f"{wish.client_token}-c-{region}",
    }
    if wish.tags:
        request["tags"] = dict(wish.tags)
    if key := wish.kms_keys.get(region):
        request["kmsEncryptionKey"] = key
    if wish.policy:
        request["policy"] = wish.policy
        request["bypassPolicyLockoutSafetyCheck"] = wish.bypass_lockout_check
    if wish.metric_groups:
        request["metricGroups"] = [{"metricGroup": group} for group in wish.metric_groups]
    if wish.witness_region:
        request["multiRegionProperties"] = {"witnessRegion": wish.witness_region} | (
            {"clusters": [other.arn for other in others]} if others else {}
        )
    with translated(region):
        answer = session.client("dsql", region).create_cluster(**request)
    # CreateCluster answers without tags; they are what was just asked for.
    return cluster_of({"tags": dict(wish.tags), **answer}, region)


def _peer(
    session: AwsSession, side: Cluster, other: Cluster, client_token: str
) -> Iterator[LifecycleEvent]:
    with translated(side.region):
        session.client("dsql", side.region).update_cluster(
            identifier=side.identifier,
            clientToken=f"{client_token}-p-{side.region}",
            multiRegionProperties={
                "witnessRegion": side.witness_region or other.witness_region,
                "clusters": [other.arn],
            },
        )
    yield _progress(LifecycleStep.PEER, side, f"Peered with {other.identifier} in {other.region}.")


def _second_side(cluster: Cluster, peer_region: str, client_token: str) -> NewCluster:
    if not peer_region:
        raise InputError(
            f"The peer of {cluster.name} was never created. Enter its Region.",
            remedy="One of: "
            + ", ".join(
                each
                for each in peers_and_witnesses(cluster.region)
                if each != cluster.witness_region
            )
            + ".",
        )
    check_pair((cluster.region, peer_region), cluster.witness_region)
    return NewCluster(
        regions=(cluster.region, peer_region),
        client_token=client_token,
        witness_region=cluster.witness_region,
        tags=cluster.tags,
        deletion_protection=cluster.deletion_protection,
        metric_groups=cluster.metric_groups,
    )


def _delete_side(session: AwsSession, side: Cluster, client_token: str) -> ClusterStatus:
    """Delete one side, unless it is already deleted or being deleted."""
    if side.status in {ClusterStatus.DELETING, ClusterStatus.PENDING_DELETE}:
        return side.status
    try:
        with translated(side.region):
            answer = session.client("dsql", side.region).delete_cluster(
                identifier=side.identifier, clientToken=f"{client_token}-d-{side.region}"
            )
    except AwsError as error:
        if error.code == "ResourceNotFoundException":
            return ClusterStatus.DELETED
        raise
    return ClusterStatus(answer["status"])


def _delete_message(side: Cluster, status: ClusterStatus, sides: Sequence[Cluster]) -> str:
    if status is ClusterStatus.PENDING_DELETE:
        other = ", ".join(side.peer_regions)
        tail = (
            "the peer is deleted next."
            if len(sides) > 1
            else "delete the peer to complete the deletion."
        )
        return f"PENDING_DELETE: it is deleted together with its peer in {other}; {tail}"
    return f"{status.value}."


def _half_done(error: AwsError, sides: Sequence[Cluster], wish: NewCluster) -> LifecycleFailed:
    where = ", ".join(f"{side.identifier} in {side.region}" for side in sides)
    return LifecycleFailed(
        f"{error.message} Already created: {where}.",
        made=tuple(side.arn for side in sides),
        remedy=f"Finish it with `dsql-tui clusters resume {sides[0].identifier}@{sides[0].region}`"
        f" or delete it with `undo`; the client token was {wish.client_token}.",
    )


def _progress(step: LifecycleStep, cluster: Cluster, message: str) -> LifecycleProgress:
    return LifecycleProgress(step, cluster.region, cluster.identifier, message)
