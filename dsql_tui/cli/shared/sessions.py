"""The one way from a command line to sessions of a cluster, and what may be done on them.

Every command says whether it may write; on a cluster that the setting `safety.read_only` protects
one that may is refused before a session is opened, unless `--allow-writes` is given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dsql_tui.aws.clusters import find_cluster
from dsql_tui.aws.session import AwsSession
from dsql_tui.aws.tokens import generate_token
from dsql_tui.cli.shared.signals import INTERRUPTION
from dsql_tui.cli.shared.target import Target, named
from dsql_tui.errors import ClusterReadOnly
from dsql_tui.model.cluster import Cluster
from dsql_tui.model.endpoint import Endpoint, Profile
from dsql_tui.pg.session import Session


@dataclass(frozen=True, slots=True)
class Reached:
    """A cluster as a role, with what opens sessions there.

    Attributes:
        aws: Signed calls.
        cluster: The cluster.
        endpoint: Where and as whom.
        is_protected: `safety.read_only` names it.
        token_lifetime_s: How long a token opens sessions.
    """

    aws: AwsSession
    cluster: Cluster
    endpoint: Endpoint
    is_protected: bool
    token_lifetime_s: int

    def connect(self) -> Session:
        """Open a session, whose statements a signal cancels.

        Raises:
            ConnectError: Which step failed and what to do.
        """
        token = generate_token(self.aws, self.endpoint, lifetime_s=self.token_lifetime_s)
        return INTERRUPTION.watch(Session.open(self.endpoint, token))


def reach(profile: Profile, target: Target, cluster: str | None, role: str) -> Reached:
    """Find a cluster; no session is opened.

    Raises:
        UsageError: None was named (click's).
        AwsError: It cannot be found.
    """
    aws = AwsSession(profile)
    found_cluster = find_cluster(aws, aws.regions, named(cluster, target))
    return Reached(
        aws,
        found_cluster,
        found_cluster.endpoint(profile, target.role_for(found_cluster, role)),
        target.config.for_cluster(found_cluster).opens_read_only,
        target.config.token_lifetime_s,
    )


def require_writable(clusters: Sequence[Cluster], target: Target, what: str) -> None:
    """Refuse what may write on clusters that are protected.

    Args:
        clusters: All endpoints that would be written through.
        target: Holds the setting, and whether writes were allowed.
        what: What may write, as `batch writes`.

    Raises:
        ClusterReadOnly: One of them is protected.
    """
    for cluster in clusters:
        if not target.allow_writes and target.config.for_cluster(cluster).opens_read_only:
            raise read_only_error(cluster, what)


def read_only_error(cluster: Cluster, what: str) -> ClusterReadOnly:
    """Return the refusal of what may write."""
    return ClusterReadOnly(
        f"{what}, and {cluster.name} is read-only by the setting safety.read_only."
        " Nothing was sent.",
        remedy="To write there, add --allow-writes.",
    )
