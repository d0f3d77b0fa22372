"""Change streams of a cluster, as the control plane describes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Stream:
    """One change stream, from GetStream or ListStreams.

    Attributes:
        identifier: 26 characters.
        cluster: Identifier of its cluster.
        arn: Amazon Resource Name.
        region: The cluster's Region.
        status: `CREATING`, `ACTIVE`, `DELETING`, `DELETED`, `FAILED` or `IMPAIRED`.
        created_at: Aware UTC.
        ordering: `UNORDERED`.
        format: `JSON`.
        target_arn: The Kinesis data stream written to; empty in a listing.
        role_arn: The role that writes; empty in a listing.
        problem: `StreamFailureErrorCode`, empty when there is none.
        tags: Tag keys and values; empty in a listing.
    """

    identifier: str
    cluster: str
    arn: str
    region: str
    status: str
    created_at: datetime
    ordering: str
    format: str
    target_arn: str = ""
    role_arn: str = ""
    problem: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ResourcePolicy:
    """A cluster's resource policy and the version a change must name.

    Attributes:
        document: JSON text.
        version: What `expectedPolicyVersion` is compared with.
    """

    document: str
    version: str


@dataclass(frozen=True, slots=True)
class PrivateAccess:
    """The PrivateLink service for connecting from a VPC.

    Attributes:
        service_name: `com.amazonaws.<region>.dsql-…`, for creating the VPC endpoint.
        host: The cluster's DNS name through that endpoint; empty if unknown.
    """

    service_name: str
    host: str = ""
