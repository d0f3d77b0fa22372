"""Resource policies of clusters, with versions and the lock-out check."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from dsql_tui.local.control.dsql import refusals
from dsql_tui.local.control.dsql.lookup import find_cluster
from dsql_tui.local.control.protocol.protocols import ApiError, Params
from dsql_tui.local.control.protocol.service import Call, Operation
from dsql_tui.local.control.state import AccountState, ClusterRecord
from dsql_tui.local.iam.identity import Caller
from dsql_tui.local.iam.policy import PolicyInvalid, PolicyRequest, denial, denies, statements

_KEEP_POSSIBLE = ("dsql:PutClusterPolicy", "dsql:DeleteClusterPolicy")
"""Actions that a new policy must not deny to the caller, unless the check is bypassed."""


class Policies:
    """The operations PutClusterPolicy, GetClusterPolicy and DeleteClusterPolicy."""

    def __init__(self, state: AccountState) -> None:
        self._state = state
        self.operations: Mapping[str, Operation] = {
            "PutClusterPolicy": self._put,
            "GetClusterPolicy": self._get,
            "DeleteClusterPolicy": self._delete,
        }

    def _put(self, call: Call, params: Params) -> Params:
        record = find_cluster(self._state, call, params["identifier"])
        _check_version(record, params)
        changed = with_policy(record, call.caller, params)
        self._keep(changed)
        return {"policyVersion": changed.policy_version}

    def _get(self, call: Call, params: Params) -> Params:
        record = self._with_policy(call, params)
        return {"policy": record.policy, "policyVersion": record.policy_version}

    def _delete(self, call: Call, params: Params) -> Params:
        record = self._with_policy(call, params)
        _check_version(record, params)
        self._keep(replace(record, policy=""))
        return {"policyVersion": record.policy_version}

    def _keep(self, changed: ClusterRecord) -> None:
        """Save only the policy, because the cluster's status may have changed meanwhile."""
        policy, version = changed.policy, changed.policy_version
        self._state.update(
            changed.identifier, lambda old: replace(old, policy=policy, policy_version=version)
        )

    def _with_policy(self, call: Call, params: Params) -> ClusterRecord:
        record = find_cluster(self._state, call, params["identifier"])
        if not record.policy:
            raise refusals.not_found("policy", record.identifier)
        return record


def with_policy(record: ClusterRecord, caller: Caller, params: Params) -> ClusterRecord:
    """Return the cluster with `params["policy"]` as its next version.

    Raises:
        ApiError: It is not a valid policy, or would lock the caller out.
    """
    policy = params["policy"]
    try:
        statements(policy)
    except PolicyInvalid as error:
        raise refusals.invalid_field("policy", str(error)) from None
    if not params.get("bypassPolicyLockoutSafetyCheck", False) and any(
        denies(policy, PolicyRequest(caller, action, record.arn)) for action in _KEEP_POSSIBLE
    ):
        raise refusals.invalid(
            "The new policy would not allow you to change the cluster's policy in the future."
        )
    # A version is never reused, not even after the policy was deleted.
    version = int(record.policy_version or 0) + 1
    return replace(record, policy=policy, policy_version=str(version))


def check_policy(state: AccountState, name: str, call: Call, params: Params) -> None:
    """Refuse an operation that the cluster's policy denies to the caller.

    Raises:
        ApiError: AccessDenied, with the policy named as the reason.
    """
    arn = params.get("resourceArn", "")
    identifier = params.get("identifier") or params.get("clusterIdentifier") or arn[-26:]
    record = state.cluster(identifier)
    if record is None or record.region != call.region:
        return
    sentence = denial(record.policy, PolicyRequest(call.caller, f"dsql:{name}", record.arn))
    if sentence:
        raise ApiError("AccessDeniedException", sentence)


def _check_version(record: ClusterRecord, params: Params) -> None:
    expected = params.get("expectedPolicyVersion")
    present = record.policy_version if record.policy else ""
    if expected is not None and expected != present:
        raise refusals.conflict(
            "policy",
            record.identifier,
            f"The policy's version is {present or 'none'}, not {expected}.",
        )
