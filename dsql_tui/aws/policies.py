"""Resource policies, changed only in a known version, and PrivateLink names."""

from __future__ import annotations

from dsql_tui.aws.checks import check_policy
from dsql_tui.aws.session import AwsSession, translated
from dsql_tui.errors import AwsError
from dsql_tui.model.cluster import Cluster
from dsql_tui.model.stream import PrivateAccess, ResourcePolicy


def get_policy(session: AwsSession, cluster: Cluster) -> ResourcePolicy | None:
    """Return the resource policy, or `None` if the cluster has none.

    Raises:
        AwsError: The call failed.
    """
    try:
        with translated(cluster.region):
            answer = session.client("dsql", cluster.region).get_cluster_policy(
                identifier=cluster.identifier
            )
    except AwsError as error:
        if error.code == "ResourceNotFoundException":
            return None
        raise
    return ResourcePolicy(answer["policy"], answer["policyVersion"])


def put_policy(
    session: AwsSession,
    cluster: Cluster,
    document: str,
    *,
    client_token: str,
    expected_version: str = "",
    bypass_lockout_check: bool = False,
) -> ResourcePolicy:
    """Replace the resource policy and return it with its version.

    Args:
        session: Whose cluster.
        cluster: One cluster of a pair; each has its own policy.
        document: JSON text.
        client_token: Makes a retry the same request.
        expected_version: The version that was read; if empty, the version is not checked.
        bypass_lockout_check: Accept a policy that locks its author out.

    Raises:
        InputError: The policy's shape is wrong; nothing was called.
        ResourceConflict: Somebody else has changed it since.
        AwsError: The call failed.
    """
    check_policy(document)
    expected = {"expectedPolicyVersion": expected_version} if expected_version else {}
    with translated(cluster.region):
        answer = session.client("dsql", cluster.region).put_cluster_policy(
            identifier=cluster.identifier,
            policy=document,
            bypassPolicyLockoutSafetyCheck=bypass_lockout_check,
            clientToken=client_token,
            **expected,
        )
    return ResourcePolicy(document, answer["policyVersion"])


def delete_policy(
    session: AwsSession, cluster: Cluster, *, client_token: str, expected_version: str = ""
) -> None:
    """Remove the resource policy.

    Raises:
        ResourceConflict: Somebody else has changed it since.
        AwsError: The call failed, or there is no policy.
    """
    expected = {"expectedPolicyVersion": expected_version} if expected_version else {}
    with translated(cluster.region):
        session.client("dsql", cluster.region).delete_cluster_policy(
            identifier=cluster.identifier, clientToken=client_token, **expected
        )


def private_access(session: AwsSession, cluster: Cluster) -> PrivateAccess:
    """Return how to connect to the cluster from a VPC.

    Raises:
        AwsError: The call failed.
    """
    with translated(cluster.region):
        answer = session.client("dsql", cluster.region).get_vpc_endpoint_service_name(
            identifier=cluster.identifier
        )
    return PrivateAccess(answer["serviceName"], answer.get("clusterVpcEndpoint", ""))
