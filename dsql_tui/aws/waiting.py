"""Waits for clusters to reach a status; botocore's waiter supports only ACTIVE.

It polls at increasing intervals, and at longer ones while the API throttles.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from dsql_tui.aws.clusters import get_cluster
from dsql_tui.aws.session import AwsSession
from dsql_tui.errors import ClusterNotFound, LifecycleFailed, RegionUnreachable, ServiceBusy
from dsql_tui.model.cluster import Cluster, ClusterStatus
from dsql_tui.model.lifecycle import Goal, LifecycleEvent, LifecycleProgress, LifecycleStep

_FAILURES = {
    Goal.READY: {
        ClusterStatus.FAILED,
        ClusterStatus.DELETING,
        ClusterStatus.DELETED,
        ClusterStatus.PENDING_DELETE,
    },
    Goal.DELETED: {ClusterStatus.FAILED},
    Goal.PENDING_DELETE: {ClusterStatus.FAILED},
}


@dataclass(frozen=True, slots=True)
class Pace:
    """The interval and the maximum duration of polling.

    Attributes:
        first_s: Seconds before the second question.
        longest_s: Seconds between questions at most.
        timeout_s: Seconds after which to give up.
        pause: Waits that many seconds.
    """

    first_s: float = 0.5
    longest_s: float = 5.0
    timeout_s: float = 600.0
    pause: Callable[[float], None] = time.sleep


def wait_for(
    session: AwsSession, clusters: Sequence[Cluster], goal: Goal, pace: Pace | None = None
) -> Iterator[LifecycleEvent]:
    """Yield clusters whose status changes until all have reached the goal.

    Raises:
        LifecycleFailed: A cluster has failed, or the time is up; `made` names the existing
            clusters.
        AwsError: The API could not be asked.
    """
    pace = pace or Pace()
    deadline = time.monotonic() + pace.timeout_s
    interval_s = pace.first_s
    last_states = {cluster.arn: cluster for cluster in clusters}
    waiting = dict(last_states)
    while waiting:
        try:
            for arn, before in list(waiting.items()):
                now = _look(session, before)
                if now is None or now.status is not before.status:
                    yield now or _gone(before)
                if now is not None:
                    last_states[arn] = waiting[arn] = now
                if reached(now, goal):
                    del waiting[arn]
                else:
                    _check(now or before, goal, last_states)
        except (ServiceBusy, RegionUnreachable) as error:
            interval_s = min(interval_s * 2, pace.longest_s * 6)
            region = next(iter(waiting.values())).region
            yield LifecycleProgress(
                LifecycleStep.WAIT, region, "", f"{error.message} Retrying more slowly."
            )
        if waiting:
            _check_time(waiting, last_states, deadline, pace, goal)
            pace.pause(interval_s)
            interval_s = min(interval_s * 1.5, max(interval_s, pace.longest_s))


def reached(cluster: Cluster | None, goal: Goal) -> bool:
    """Whether a cluster (`None` when deleted) has reached the goal."""
    if cluster is None or cluster.status is ClusterStatus.DELETED:
        return goal is not Goal.READY
    if goal is Goal.PENDING_DELETE:
        return cluster.status is ClusterStatus.PENDING_DELETE
    return goal is Goal.READY and cluster.status.is_ready


def _look(session: AwsSession, cluster: Cluster) -> Cluster | None:
    try:
        return get_cluster(session, cluster.region, cluster.identifier)
    except ClusterNotFound:
        return None


def _gone(cluster: Cluster) -> LifecycleProgress:
    return LifecycleProgress(
        LifecycleStep.WAIT, cluster.region, cluster.identifier, "The cluster was deleted."
    )


def _check(cluster: Cluster, goal: Goal, seen: dict[str, Cluster]) -> None:
    """Refuse to wait for a status that cannot be reached."""
    if cluster.status in _FAILURES[goal]:
        raise LifecycleFailed(
            f"{cluster.name} in {cluster.region} is {cluster.status.value}.",
            made=tuple(seen),
            remedy="Check its details. A FAILED cluster can only be deleted.",
        )
    alone = cluster.status is ClusterStatus.PENDING_SETUP and not cluster.peer_arns
    if goal is Goal.READY and alone:
        raise LifecycleFailed(
            f"{cluster.name} in {cluster.region} waits for its peer (PENDING_SETUP).",
            made=tuple(seen),
            remedy="Finish it with `dsql-tui clusters resume`, or delete it with `undo`.",
        )


def _check_time(
    waiting: dict[str, Cluster], seen: dict[str, Cluster], deadline: float, pace: Pace, goal: Goal
) -> None:
    if time.monotonic() < deadline:
        return
    states = ", ".join(f"{one.region} {one.status.value}" for one in waiting.values())
    raise LifecycleFailed(
        f"Not {goal.value} after {pace.timeout_s:.0f} s: {states}.",
        made=tuple(seen),
        remedy="The operation continues. Wait again with `dsql-tui clusters wait`.",
    )
