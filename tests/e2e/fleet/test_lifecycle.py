"""The life of clusters through our own code."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

import pytest

from dsql_tui.aws import lifecycle
from dsql_tui.aws.clusters import get_cluster
from dsql_tui.aws.session import AwsSession
from dsql_tui.aws.waiting import wait_for
from dsql_tui.errors import (
    ClusterNotFound,
    DeletionProtected,
    InputError,
    LifecycleFailed,
    QuotaExceeded,
    ResourceConflict,
)
from dsql_tui.model.cluster import Cluster, ClusterStatus
from dsql_tui.model.lifecycle import Goal, LifecycleProgress, LifecycleStep, NewCluster
from tests.e2e.fleet.conftest import QUICK
from tests.support.control_plane import Aws

PAIR = NewCluster(
    regions=("us-east-1", "us-east-2"),
    witness_region="us-west-2",
    client_token="t1",
    tags={"Name": "shop"},
    deletion_protection=False,
)
SINGLE = replace(PAIR, regions=("eu-west-1",), witness_region="")


def created(session: AwsSession, wish: NewCluster) -> list[Cluster]:
    """Create and return the sides as the API shows them afterwards."""
    seen = {
        event.arn: event
        for event in lifecycle.create(session, wish, pace=QUICK)
        if isinstance(event, Cluster)
    }
    return [get_cluster(session, each.region, each.identifier) for each in seen.values()]


def test_a_single_region_cluster_is_created_and_awaited(aws: Aws, session: AwsSession) -> None:
    [cluster] = created(session, SINGLE)
    assert (cluster.name, cluster.region, cluster.status) == (
        "shop",
        "eu-west-1",
        ClusterStatus.ACTIVE,
    )
    assert not cluster.deletion_protection


def test_a_pair_is_created_peered_and_awaited(aws: Aws, session: AwsSession) -> None:
    east, west = created(session, PAIR)
    assert (east.status, west.status) == (ClusterStatus.ACTIVE, ClusterStatus.ACTIVE)
    assert east.peer_arns == (west.arn,)
    assert west.peer_arns == (east.arn,)
    assert east.witness_region == west.witness_region == "us-west-2"
    assert len(aws.hooks.databases) == 1


def test_the_same_client_token_creates_the_same_clusters(aws: Aws, session: AwsSession) -> None:
    first = created(session, SINGLE)
    again = created(session, SINGLE)
    assert [each.arn for each in again] == [each.arn for each in first]


@pytest.mark.parametrize("stopped_after", [1, 2])
def test_a_set_up_interrupted_anywhere_can_be_resumed(
    aws: Aws, session: AwsSession, stopped_after: int
) -> None:
    first = interrupted(session, stopped_after)
    assert first.status is ClusterStatus.PENDING_SETUP
    list(lifecycle.resume(session, first, client_token="t2", peer_region="us-east-2", pace=QUICK))
    sides = lifecycle.find_sides(session, get_cluster(session, "us-east-1", first.identifier))
    assert [side.region for side in sides] == ["us-east-1", "us-east-2"]
    assert all(side.status is ClusterStatus.ACTIVE for side in sides)
    assert len(aws.state.clusters()) == 2


@pytest.mark.parametrize("stopped_after", [1, 2])
def test_a_setup_interrupted_anywhere_can_be_reverted(
    aws: Aws, session: AwsSession, stopped_after: int
) -> None:
    first = interrupted(session, stopped_after)
    list(lifecycle.undo(session, first, client_token="t3", pace=QUICK))
    assert not aws.state.clusters()


def interrupted(session: AwsSession, after: int) -> Cluster:
    """Create a pair, stop after that many sides, and return the first one as it is then."""
    events = lifecycle.create(session, replace(PAIR, deletion_protection=True), pace=QUICK)
    sides = (event for event in events if isinstance(event, Cluster))
    first, *_ = islice(sides, after)
    return get_cluster(session, first.region, first.identifier)


def test_a_set_up_that_is_peered_already_is_only_awaited(aws: Aws, session: AwsSession) -> None:
    aws.hooks.may_work.clear()
    first, _ = (e for e in lifecycle.create(session, PAIR, wait=False) if isinstance(e, Cluster))
    first = get_cluster(session, first.region, first.identifier)
    assert first.status is ClusterStatus.CREATING
    aws.hooks.may_work.set()
    events = lifecycle.resume(session, first, client_token="t2", pace=QUICK)
    assert all(isinstance(event, Cluster) for event in events)
    assert aws.active() == 2


def test_resuming_needs_the_other_region_when_nothing_is_there_yet(
    aws: Aws, session: AwsSession
) -> None:
    first = interrupted(session, 1)
    with pytest.raises(InputError, match="was never created"):
        list(lifecycle.resume(session, first, client_token="t", pace=QUICK))


def test_a_finished_pair_is_neither_resumed_nor_undone(aws: Aws, session: AwsSession) -> None:
    east, _ = created(session, PAIR)
    with pytest.raises(InputError, match="only an incomplete setup"):
        list(lifecycle.undo(session, east, client_token="t", pace=QUICK))
    events = list(lifecycle.resume(session, east, client_token="t", pace=QUICK))
    assert [event.message for event in events if isinstance(event, LifecycleProgress)] == [
        "The setup is already complete."
    ]


def test_deleting_a_pair_deletes_both_sides_and_explains_pending_delete(
    aws: Aws, session: AwsSession
) -> None:
    east, west = created(session, PAIR)
    told = [
        event.message
        for event in lifecycle.delete(
            session, (east, west), lift_protection=False, client_token="d", pace=QUICK
        )
        if isinstance(event, LifecycleProgress) and event.step is LifecycleStep.DELETE
    ]
    assert told[0] == (
        "PENDING_DELETE: it is deleted together with its peer in us-east-2;"
        " the peer is deleted next."
    )
    assert told[1] == "DELETING."
    assert not aws.state.clusters()


def test_one_side_alone_stays_pending_delete(aws: Aws, session: AwsSession) -> None:
    east, west = created(session, PAIR)
    list(lifecycle.delete(session, [east], lift_protection=False, client_token="d", pace=QUICK))
    now = get_cluster(session, "us-east-1", east.identifier)
    assert now.status is ClusterStatus.PENDING_DELETE
    assert get_cluster(session, "us-east-2", west.identifier).status is ClusterStatus.ACTIVE


def test_protection_is_honoured_before_anything_is_called(aws: Aws, session: AwsSession) -> None:
    sides = created(session, replace(PAIR, deletion_protection=True))
    with pytest.raises(DeletionProtected):
        list(lifecycle.delete(session, sides, lift_protection=False, client_token="d"))
    assert aws.active() == 2
    list(lifecycle.delete(session, sides, lift_protection=True, client_token="d", pace=QUICK))
    assert not aws.state.clusters()


def test_protection_turned_on_meanwhile_is_the_services_own_refusal(
    aws: Aws, session: AwsSession
) -> None:
    [cluster] = created(session, replace(SINGLE, deletion_protection=True))
    stale = replace(cluster, deletion_protection=False)
    with pytest.raises(DeletionProtected, match="deletion protection is enabled"):
        list(lifecycle.delete(session, [stale], lift_protection=False, client_token="d"))


def test_a_failure_half_way_says_what_exists_and_how_to_go_on(
    aws: Aws, session: AwsSession
) -> None:
    for _ in range(5):
        aws.client(region="us-east-2").create_cluster(
            multiRegionProperties={"witnessRegion": "us-west-2"}
        )
    with pytest.raises(LifecycleFailed, match="You have reached the cluster limit") as failed:
        created(session, PAIR)
    [record] = aws.state.clusters("us-east-1")
    assert failed.value.made == (record.arn,)
    assert f"resume {record.identifier}@us-east-1" in failed.value.remedy


def test_a_quota_that_stops_the_first_call_leaves_nothing(aws: Aws, session: AwsSession) -> None:
    for _ in range(20):
        aws.client(region="eu-west-1").create_cluster()
    with pytest.raises(QuotaExceeded, match="You have reached the cluster limit"):
        created(session, SINGLE)


def test_a_cluster_that_fails_ends_the_wait_at_once(aws: Aws, session: AwsSession) -> None:
    aws.hooks.broken = True
    with pytest.raises(LifecycleFailed, match="FAILED"):
        created(session, SINGLE)


def test_a_wait_for_a_lonely_side_ends_at_once_too(aws: Aws, session: AwsSession) -> None:
    first = interrupted(session, 1)
    with pytest.raises(LifecycleFailed, match="waits for its peer"):
        list(wait_for(session, [first], Goal.READY, QUICK))


def test_a_wait_times_out_and_reports_the_current_state(aws: Aws, session: AwsSession) -> None:
    aws.hooks.may_work.clear()
    events = lifecycle.create(session, SINGLE, pace=replace(QUICK, timeout_s=0.05))
    with pytest.raises(LifecycleFailed, match=r"Not ready after 0 s: eu-west-1 CREATING"):
        list(events)


def test_another_wish_under_a_used_token_is_a_conflict(aws: Aws, session: AwsSession) -> None:
    created(session, SINGLE)
    with pytest.raises(ResourceConflict):
        created(session, replace(SINGLE, tags={"Name": "other"}))


def test_a_region_that_goes_down_is_asked_again(aws: Aws, session: AwsSession) -> None:
    [cluster] = created(session, SINGLE)
    pauses: list[float] = []

    def come_back(seconds: float) -> None:
        pauses.append(seconds)
        aws.regions_down.clear()

    aws.regions_down.add("eu-west-1")
    events = list(wait_for(session, [cluster], Goal.READY, replace(QUICK, pause=come_back)))
    assert isinstance(events[0], LifecycleProgress)
    assert "Retrying more slowly" in events[0].message
    assert len(pauses) == 1


def test_a_deleted_cluster_is_not_found(aws: Aws, session: AwsSession) -> None:
    [cluster] = created(session, SINGLE)
    list(lifecycle.delete(session, [cluster], lift_protection=False, client_token="d", pace=QUICK))
    with pytest.raises(ClusterNotFound):
        get_cluster(session, "eu-west-1", cluster.identifier)
