"""The life cycle of clusters, from CreateCluster to DeleteCluster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from dsql_tui.local.control.dsql import peering, refusals
from dsql_tui.local.control.dsql.lifecycle import Lifecycle
from dsql_tui.local.control.dsql.lookup import find_cluster
from dsql_tui.local.control.dsql.policies import with_policy
from dsql_tui.local.control.dsql.tags import check_tags
from dsql_tui.local.control.protocol.protocols import Params
from dsql_tui.local.control.protocol.service import Call, Operation, page
from dsql_tui.local.control.state import (
    PRIVATE_SERVICE,
    AccountState,
    ClusterRecord,
    StoredStatus,
    new_identifier,
)
from dsql_tui.local.iam.identity import ACCOUNT
from dsql_tui.local.metering.counters import Counters
from dsql_tui.sql.dsql.limits import MULTI_REGION_CLUSTERS, SINGLE_REGION_CLUSTERS

UPDATING_FOR = timedelta(seconds=0.5)
"""How long an updated cluster has the status UPDATING; the service's time is not published."""
IDLE_AFTER = timedelta(minutes=10)
INACTIVE_AFTER = timedelta(minutes=60)
"""Times without a session after which a cluster is IDLE, then INACTIVE; the service's times are not
published."""
PAGE_SIZE = 10
"""Clusters per page if `maxResults` is not given; the service's default is not published."""
AWS_OWNED_KEY = "AWS_OWNED_KMS_KEY"


class ClusterOperations:
    """The operations on clusters, and the one that returns their VPC service name."""

    def __init__(self, state: AccountState, lifecycle: Lifecycle, counters: Counters) -> None:
        self._state = state
        self._lifecycle = lifecycle
        self._counters = counters
        self.operations: Mapping[str, Operation] = {
            "CreateCluster": self._create,
            "GetCluster": self._get,
            "UpdateCluster": self._update,
            "DeleteCluster": self._delete,
            "ListClusters": self._list,
            "GetVpcEndpointServiceName": self._get_vpc_endpoint_service_name,
        }

    def _create(self, call: Call, params: Params) -> Params:
        properties = params.get("multiRegionProperties")
        self._check_quota(call.region, is_multi_region=bool(properties))
        identifier = new_identifier()
        record = ClusterRecord(
            identifier=identifier,
            region=call.region,
            database_id=identifier,
            status=StoredStatus.CREATING,
            created_at=call.now,
            tags=check_tags(params.get("tags", {})),
            deletion_protection=params.get("deletionProtectionEnabled", True),
            kms_key=_kms_arn(params.get("kmsEncryptionKey", AWS_OWNED_KEY), call.region),
            metric_groups=_metric_groups(params) or (),
        )
        if properties:
            record = replace(record, status=StoredStatus.PENDING_SETUP)
            record = peering.with_properties(record, properties, self._state)
        if "policy" in params:
            record = with_policy(record, call.caller, params)
        return self._description(self._begin(record), call.now)

    def _get(self, call: Call, params: Params) -> Params:
        record = find_cluster(self._state, call, params["identifier"])
        return {**self._description(record, call.now), "tags": record.tags}

    def _update(self, call: Call, params: Params) -> Params:
        record = find_cluster(self._state, call, params["identifier"])
        if record.status not in {StoredStatus.ACTIVE, StoredStatus.PENDING_SETUP}:
            raise _wrong_status(record)
        changed = replace(
            record,
            deletion_protection=params.get("deletionProtectionEnabled", record.deletion_protection),
            metric_groups=_metric_groups(params, record.metric_groups),
        )
        if "kmsEncryptionKey" in params:
            changed = replace(changed, kms_key=_kms_arn(params["kmsEncryptionKey"], call.region))
        properties = params.get("multiRegionProperties")
        if properties and record.status is StoredStatus.PENDING_SETUP:
            changed = peering.with_properties(changed, properties, self._state)
        elif properties and peering.parts(record, properties):
            changed, *others = peering.parted(changed, self._state)
            self._state.save(changed, *others)
            return self._summary(changed, call.now)
        if changed.status is StoredStatus.ACTIVE:
            changed = replace(changed, updating_until=call.now + UPDATING_FOR)
            self._state.save(changed)
        else:
            changed = self._begin(changed)
        return self._summary(changed, call.now)

    def _delete(self, call: Call, params: Params) -> Params:
        record = find_cluster(self._state, call, params["identifier"])
        if record.deletion_protection:
            raise refusals.invalid(
                "The cluster cannot be deleted because deletion protection is enabled.",
                reason="deletionProtectionEnabled",
            )
        if record.status in {
            StoredStatus.CREATING,
            StoredStatus.DELETING,
            StoredStatus.PENDING_DELETE,
        }:
            raise _wrong_status(record)
        endpoints = self._state.endpoints_of(record.database_id)
        others = [one for one in endpoints if one.identifier != record.identifier]
        if any(one.status is not StoredStatus.PENDING_DELETE for one in others):
            record = replace(record, status=StoredStatus.PENDING_DELETE)
            self._state.save(record)
        else:
            deleting = [replace(one, status=StoredStatus.DELETING) for one in (record, *others)]
            self._state.save(*deleting)
            record = deleting[0]
            self._lifecycle.delete(record.database_id)
        return self._summary(record, call.now)

    def _list(self, call: Call, params: Params) -> Params:
        clusters = self._state.clusters(call.region)
        chosen, token = page(
            clusters, params, default=PAGE_SIZE, key=lambda one: (one.created_at, one.identifier)
        )
        summaries = [{"identifier": one.identifier, "arn": one.arn} for one in chosen]
        return {"clusters": summaries, "nextToken": token}

    def _get_vpc_endpoint_service_name(self, call: Call, params: Params) -> Params:
        record = find_cluster(self._state, call, params["identifier"])
        return {
            "serviceName": f"com.amazonaws.{record.region}.{PRIVATE_SERVICE}",
            "clusterVpcEndpoint": record.private_host,
        }

    def _begin(self, record: ClusterRecord) -> ClusterRecord:
        """Save a new or newly linked cluster, and start creating its database if it is complete."""
        if record.status is StoredStatus.CREATING:
            self._state.save(record)
            self._lifecycle.create(record.database_id)
            return record
        both = peering.linked(record, self._state)
        if both is None:
            self._state.save(record)
            return record
        self._state.save(*both)
        self._lifecycle.create(both[0].database_id)
        return both[0]

    def _check_quota(self, region: str, *, is_multi_region: bool) -> None:
        clusters = self._state.clusters(region)
        alike = sum(bool(one.witness_region) == is_multi_region for one in clusters)
        if alike >= (MULTI_REGION_CLUSTERS if is_multi_region else SINGLE_REGION_CLUSTERS):
            raise refusals.quota_exceeded("cluster")

    def _description(self, record: ClusterRecord, now: datetime) -> Params:
        """Return the response of CreateCluster and GetCluster for a cluster."""
        described = {
            **self._summary(record, now),
            "deletionProtectionEnabled": record.deletion_protection,
            "endpoint": record.endpoint_host,
            "encryptionDetails": _encryption(record),
        }
        if record.witness_region:
            described["multiRegionProperties"] = {
                "witnessRegion": record.witness_region,
                "clusters": [record.arn, *record.peer_arns],
            }
        if record.metric_groups:
            described["metricGroups"] = [{"metricGroup": one} for one in record.metric_groups]
        return described

    def _summary(self, record: ClusterRecord, now: datetime) -> Params:
        return {
            "identifier": record.identifier,
            "arn": record.arn,
            "status": self._shown_status(record, now),
            "creationTime": record.created_at,
        }

    def _shown_status(self, record: ClusterRecord, now: datetime) -> str:
        if record.status is not StoredStatus.ACTIVE:
            return record.status.value
        if record.updating_until is not None and now < record.updating_until:
            return "UPDATING"
        silent_for = now - max(record.created_at, self._counters.last_used(record.identifier))
        if silent_for < IDLE_AFTER:
            return "ACTIVE"
        return "IDLE" if silent_for < INACTIVE_AFTER else "INACTIVE"


def _encryption(record: ClusterRecord) -> Params:
    if not record.kms_key:
        return {"encryptionType": AWS_OWNED_KEY, "encryptionStatus": "ENABLED"}
    return {
        "encryptionType": "CUSTOMER_MANAGED_KMS_KEY",
        "kmsKeyArn": record.kms_key,
        "encryptionStatus": "ENABLED",
    }


def _kms_arn(key: str, region: str) -> str:
    """Return the ARN of a key given by ARN, alias or ID; empty for the AWS owned key."""
    if key == AWS_OWNED_KEY:
        return ""
    if key.startswith("arn:"):
        return key
    resource = key if key.startswith("alias/") else f"key/{key}"
    return f"arn:aws:kms:{region}:{ACCOUNT}:{resource}"


def _metric_groups(params: Params, present: tuple[str, ...] = ()) -> tuple[str, ...]:
    if "metricGroups" not in params:
        return present
    return tuple(dict.fromkeys(group["metricGroup"] for group in params["metricGroups"]))


def _wrong_status(record: ClusterRecord) -> Exception:
    return refusals.conflict(
        "cluster", record.identifier, f"The cluster is in status {record.status.value}."
    )
