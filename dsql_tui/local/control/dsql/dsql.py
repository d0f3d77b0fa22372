"""The DSQL API as a service, with resource policies and client tokens."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime, timedelta
from functools import partial

from dsql_tui.local.control.dsql import refusals
from dsql_tui.local.control.dsql.clusters import ClusterOperations
from dsql_tui.local.control.dsql.lifecycle import Lifecycle
from dsql_tui.local.control.dsql.policies import Policies, check_policy
from dsql_tui.local.control.dsql.streams import Streams
from dsql_tui.local.control.dsql.tags import TagOperations
from dsql_tui.local.control.protocol.protocols import Params
from dsql_tui.local.control.protocol.service import Call, Operation, Service
from dsql_tui.local.control.state import AccountState
from dsql_tui.local.metering.counters import Counters

TOKENS_MAX = 1_000
"""Most client tokens that are remembered; the oldest are removed first."""
TOKEN_FOR = timedelta(hours=8)
"""How long a client token is remembered; the service's time is not published."""


def dsql_service(state: AccountState, lifecycle: Lifecycle, counters: Counters) -> Service:
    """Return the DSQL API over one state.

    Args:
        state: The clusters.
        lifecycle: Creates and deletes their databases.
        counters: Count sessions, and so show which clusters are in use.
    """
    once = _Once(state)
    parts = (
        ClusterOperations(state, lifecycle, counters),
        Policies(state),
        Streams(state),
        TagOperations(state),
    )
    return Service(
        name="dsql",
        signing_name="dsql",
        operations={
            name: partial(once.perform, name, operation)
            for part in parts
            for name, operation in part.operations.items()
        },
        invalid=refusals.invalid_fields,
        malformed=partial(refusals.invalid, reason="cannotParse"),
    )


class _Once:
    """Performs operations that policies allow, and only once for each client token."""

    def __init__(self, state: AccountState) -> None:
        self._state = state
        self._answered: OrderedDict[tuple[str, str, str], tuple[datetime, Params, Params]]
        self._answered = OrderedDict()

    def perform(self, name: str, operation: Operation, call: Call, params: Params) -> Params:
        """Perform an operation, or return its earlier answer if its client token is known."""
        check_policy(self._state, name, call, params)
        token = params.get("clientToken")
        if token is None:
            return operation(call, params)
        key = (name, call.region, token)
        at, asked, answer = self._answered.get(key, (call.now, params, None))
        if answer is None or call.now - at > TOKEN_FOR:
            answer = operation(call, params)
            self._answered[key] = (call.now, params, answer)
            while len(self._answered) > TOKENS_MAX:
                self._answered.popitem(last=False)
        elif asked != params:
            kind = "stream" if "streamIdentifier" in answer else "cluster"
            identifier = answer.get("streamIdentifier") or {**params, **answer}.get(
                "identifier", ""
            )
            raise refusals.conflict(
                kind, identifier, "The client token was used before with different parameters."
            )
        return answer
