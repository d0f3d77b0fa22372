"""IAM policies as text: the minimum for connecting, and for using this console.

Actions and conditions are those of the user guide (authentication-authorization,
rbp-block-public-access, security-iam-id-based-policy-examples).
"""

from __future__ import annotations

import json
import re
from typing import Any

from dsql_tui.model.cluster import Cluster
from dsql_tui.model.endpoint import ADMIN_ROLE

_VERSION = "2012-10-17"
ARN_COLONS = 5
_ACTION = re.compile(r"[a-z0-9-]+:[A-Za-z0-9*?]+")
_READ_ACTIONS = (
    "dsql:GetCluster",
    "dsql:GetClusterPolicy",
    "dsql:GetVpcEndpointServiceName",
    "dsql:ListStreams",
    "dsql:GetStream",
    "dsql:ListTagsForResource",
)


def connect_action(role: str) -> str:
    """Return the IAM action for connecting as `role`."""
    return "dsql:DbConnectAdmin" if role == ADMIN_ROLE else "dsql:DbConnect"


def connect_policy(cluster: Cluster, role: str) -> str:
    """Return a policy that only allows connecting to one cluster as one kind of role.

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


def action_policy(action: str, resource: str = "*") -> str:
    """Return a policy that allows one action."""
    return _document({"Effect": "Allow", "Action": action, "Resource": resource})


def tag_connect_policy(account: str, role: str, tag: str, value: str) -> str:
    """Return a policy that allows connecting to every cluster with a tag."""
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
    """Return a resource policy that denies connections from outside a VPC."""
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


def policy_problems(document: str) -> tuple[str, ...]:
    """Return the structural problems of an identity or resource policy; none if it is valid.

    Only IAM can determine whether a policy is accepted: this finds values that no service accepts.
    """
    try:
        policy = json.loads(document)
    except json.JSONDecodeError as error:
        return (f"line {error.lineno}: it is not JSON ({error.msg})",)
    except RecursionError:
        return ("it is nested too deeply",)
    if not isinstance(policy, dict):
        return ("it is not a JSON object",)
    problems = [] if policy.get("Version") == _VERSION else [f"its Version is not {_VERSION}"]
    statements = policy.get("Statement")
    if isinstance(statements, dict):
        statements = [statements]
    if not isinstance(statements, list) or not statements:
        return (*problems, "it has no Statement")
    for number, statement in enumerate(statements, start=1):
        problems += [f"statement {number}: {problem}" for problem in _problems(statement)]
    return tuple(problems)


def _problems(statement: object) -> list[str]:
    if not isinstance(statement, dict):
        return ["it is not an object"]
    problems = []
    if statement.get("Effect") not in {"Allow", "Deny"}:
        problems.append("Effect is neither Allow nor Deny")
    for name in ("Action", "Resource"):
        present = [key for key in (name, f"Not{name}") if key in statement]
        if len(present) != 1:
            problems.append(f"it needs either {name} or Not{name}")
        elif not _texts(statement[present[0]]):
            problems.append(f"{present[0]} is neither a string nor a list of strings")
    problems += [
        f"{action!r} is not service:Action"
        for action in _texts(statement.get("Action"))
        if action != "*" and not _ACTION.fullmatch(action)
    ]
    problems += [
        f"{resource!r} is not an ARN"
        for resource in _texts(statement.get("Resource"))
        if resource != "*" and resource.count(":") < ARN_COLONS
    ]
    return problems


def _texts(value: object) -> list[str]:
    """Return one or many strings as a list, empty for anything else."""
    listed = [value] if isinstance(value, str) else value
    if isinstance(listed, list) and all(isinstance(each, str) for each in listed):
        return listed
    return []


def _document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": _VERSION, "Statement": list(statements)}, indent=2)
