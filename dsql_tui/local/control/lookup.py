"""Finding what an operation is about, or saying in the service's way that it is not there."""

from __future__ import annotations

from dsql_tui.local.control import refusals
from dsql_tui.local.control.service import Call
from dsql_tui.local.state import ClusterRecord, State


def find_cluster(state: State, call: Call, identifier: str) -> ClusterRecord:
    """Return a cluster of the call's Region.

    Raises:
        ApiError: There is none of that identifier.
    """
    record = state.cluster(identifier)
    if record is None or record.region != call.region:
        raise refusals.not_found("cluster", identifier)
    return record
