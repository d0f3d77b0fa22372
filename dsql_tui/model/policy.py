"""IAM policies as text: the least a person needs to connect, and to use this console.

Actions and conditions are those of the user guide (authentication-authorization,
rbp-block-public-access, security-iam-id-based-policy-examples).
"""

from __future__ import annotations

import json
from typing import Any

from dsql_tui.model.cluster import Cluster
from dsql_tui.model.endpoint import ADMIN_ROLE

_VERSION = "2012-10-17"
_READ_ACTIONS = (
    "dsql:GetCluster",
    "dsql:GetClusterPolicy",
    "dsql:GetVpcEndpointServiceName",
    "dsql:ListStreams",
    "dsql:GetStream",
    "dsql:ListTagsForResource",
)


def connect_action(role: str) -> str:
    """Return the IAM action that connecting as `role` needs."""
    return "dsql:DbConnectAdmin" if role == ADMIN_ROLE else "dsql:DbConnect"


def connect_policy(cluster: Cluster, role: str) -> str:
    """Return a policy that allows connecting to one cluster as one kind of role, and no more.

    A multi-Region cluster has one ARN per endpoint; all of them are named.
    """
    return _document(
        {
            "Sid": "Connect",
            "Effect": "Allow",
            "Action": connect_action(role),
            "Resource": [cluster.arn, *cluster.peer_arns],
        }
    )


def tag_connect_policy(account: str, role: str, tag: str, value: str) -> str:
    """Return a policy that allows connecting to every cluster that carries a tag."""
    return _document(
        {
            "Sid": "ConnectByTag",
            "Effect": "Allow",
            "Action": connect_action(role),
            "Resource": f"arn:aws:dsql:*:{account}:cluster/*",
            "Condition": {"StringEquals": {f"aws:ResourceTag/{tag}": value}},
        }
    )


def console_policy(cluster: Cluster, role: str) -> str:
    """Return a policy for using this console on one cluster without changing clusters."""
    return _document(
        {"Sid": "List", "Effect": "Allow", "Action": "dsql:ListClusters", "Resource": "*"},
        {
            "Sid": "Look",
            "Effect": "Allow",
            "Action": list(_READ_ACTIONS),
            "Resource": [cluster.arn, *cluster.peer_arns],
        },
        {
            "Sid": "Connect",
            "Effect": "Allow",
            "Action": connect_action(role),
            "Resource": [cluster.arn, *cluster.peer_arns],
        },
        {
            "Sid": "Metrics",
            "Effect": "Allow",
            "Action": ["cloudwatch:ListMetrics", "cloudwatch:GetMetricData"],
            "Resource": "*",
        },
    )


def block_public_access_policy() -> str:
    """Return a resource policy that refuses connections from outside a VPC."""
    return _document(
        {
            "Sid": "BlockPublicAccess",
            "Effect": "Deny",
            "Principal": {"AWS": "*"},
            "Resource": "*",
            "Action": ["dsql:DbConnect", "dsql:DbConnectAdmin"],
            "Condition": {"Null": {"aws:SourceVpc": "true"}},
        }
    )


def _document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": _VERSION, "Statement": list(statements)}, indent=2)
