"""What the commands about roles share: one session, one snapshot."""

from __future__ import annotations

from contextlib import closing

from dsql_tui.aws.clusters import find_cluster
from dsql_tui.aws.session import AwsSession
from dsql_tui.aws.tokens import generate_token
from dsql_tui.cli.shared.target import Target, named
from dsql_tui.model.access.snapshot import AccessSnapshot
from dsql_tui.model.cluster import Cluster
from dsql_tui.model.endpoint import Profile
from dsql_tui.pg.access import read_access
from dsql_tui.pg.session import Session


def cluster_meant(profile: Profile, target: Target, cluster: str | None) -> Cluster:
    """Return the cluster the command is about.

    Raises:
        AwsError: It cannot be found.
    """
    aws = AwsSession(profile)
    return find_cluster(aws, aws.regions, named(cluster, target))


def access_of(profile: Profile, target: Target, cluster: Cluster, role: str) -> AccessSnapshot:
    """Read a cluster's access as `role`.

    Raises:
        ConnectError: No session could be opened.
        StatementError: The roles cannot be read.
    """
    endpoint = cluster.endpoint(profile, target.role_for(cluster, role))
    token = generate_token(AwsSession(profile), endpoint, lifetime_s=target.config.token_lifetime_s)
    with closing(Session.open(endpoint, token)) as session:
        return read_access(session)
