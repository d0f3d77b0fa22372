"""Sessions of a cluster for commands, and checks before writing.

Every command states whether it may write. On a cluster that the setting `safety.read_only`
protects, a command that may write asks before a session is opened, unless `--allow-writes` is
given; without a terminal it is refused.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import closing

from dsql_tui.aws.clusters import find_cluster
from dsql_tui.aws.session import AwsSession
from dsql_tui.aws.tokens import generate_token
from dsql_tui.cli.shared.confirm import ask, has_person
from dsql_tui.cli.shared.signals import INTERRUPTION
from dsql_tui.cli.shared.target import Target, named
from dsql_tui.cli.shared.terminal import narrate_details
from dsql_tui.errors import AwsError, ClusterReadOnly
from dsql_tui.known_names import KnownNames
from dsql_tui.model.access.snapshot import AccessSnapshot
from dsql_tui.model.address import address_of
from dsql_tui.model.cluster import Cluster
from dsql_tui.model.endpoint import ADMIN_ROLE, Profile
from dsql_tui.model.span import duration
from dsql_tui.pg.access import read_access
from dsql_tui.pg.session import Session

_ALLOW = "To write there, add --allow-writes."


class Reached:
    """A cluster and a role, with the means to open sessions.

    With an endpoint, a connection URI or an ARN, no request is sent to AWS until more than the
    address of the cluster is needed.

    Args:
        aws: Signed calls.
        target: The options and settings.
        text: What names the cluster.
        role: Database role to connect as; `None` is that of the settings.

    Attributes:
        aws: Signed calls.
        endpoint: Where and as whom.
    """

    def __init__(self, aws: AwsSession, target: Target, text: str, role: str | None) -> None:
        self.aws = aws
        self._target = target
        self._text = text
        self._cluster: Cluster | None = None
        address = address_of(text)
        profile = aws.profile
        if address is None or (role is None and target.config.sets_for_clusters("role")):
            role = target.role_for(self.cluster, role)
        role = role or target.config.role or ADMIN_ROLE
        self.endpoint = (
            self.cluster.endpoint(profile, role)
            if address is None
            else address.endpoint(profile, role)
        )
        narrate_details(f"Cluster {self.endpoint.host} as role {self.endpoint.role}.")

    @property
    def cluster(self) -> Cluster:
        """The cluster's details from AWS, requested once.

        Raises:
            AwsError: It cannot be found.
        """
        if self._cluster is None:
            self._cluster = find_cluster(self.aws, self.aws.regions, self._text)
        return self._cluster

    @property
    def may_be_protected(self) -> bool:
        """Whether `safety.read_only` protects the cluster, or the cluster's tags are unknown."""
        if self._target.allow_writes:
            return False
        return self._cluster is None or self._is_protected

    @property
    def token_lifetime_s(self) -> int:
        """How long a token can be used to open sessions."""
        return self._target.config.token_lifetime_s

    def require_writable(self, subject: str) -> None:
        """Ask before writing to a protected cluster; requests the cluster's tags if needed.

        Args:
            subject: What may write, as `batch writes`.

        Raises:
            ClusterReadOnly: The cluster is protected and nobody can be asked, or whether it is
                protected cannot be determined.
            NotConfirmed: The answer was no.
        """
        if self._target.allow_writes:
            return
        try:
            is_protected = self._is_protected
        except AwsError as error:
            raise ClusterReadOnly(
                f"{subject}, and whether safety.read_only protects the cluster could not be"
                f" determined. Nothing was sent. {error.message}",
                remedy=_ALLOW,
            ) from None
        if is_protected:
            _ask_to_write(self.cluster, subject)

    def connect(self) -> Session:
        """Open a session whose statements are cancelled by a signal.

        Raises:
            ConnectError: Which step failed and what to do.
        """
        token = generate_token(self.aws, self.endpoint, lifetime_s=self.token_lifetime_s)
        started = time.monotonic()
        session = Session.open(self.endpoint, token)
        narrate_details(f"Session opened in {duration((time.monotonic() - started) * 1_000)}.")
        return INTERRUPTION.watch(session)

    @property
    def _is_protected(self) -> bool:
        return self._target.config.for_cluster(self.cluster).opens_read_only


def reach(profile: Profile, target: Target, cluster: str | None, role: str | None) -> Reached:
    """Find where a cluster is; no session is opened.

    Raises:
        UsageError: None was named (click's).
        AwsError: It cannot be found.
    """
    return Reached(AwsSession(profile), target, named(cluster, target), role)


def require_writable(clusters: Sequence[Cluster], target: Target, subject: str) -> None:
    """Ask before writing to protected clusters.

    Args:
        clusters: All endpoints that would be written through.
        target: Holds the setting, and whether writes were allowed.
        subject: What may write, as `batch writes`.

    Raises:
        ClusterReadOnly: One of them is protected, and nobody can be asked.
        NotConfirmed: The answer was no.
    """
    for cluster in clusters:
        if not target.allow_writes and target.config.for_cluster(cluster).opens_read_only:
            _ask_to_write(cluster, subject)


def _ask_to_write(cluster: Cluster, subject: str) -> None:
    """Ask whether to write to a protected cluster.

    Raises:
        ClusterReadOnly: Standard input is not a terminal.
        NotConfirmed: The answer was no.
    """
    reason = f"{subject}, and {cluster.name} is read-only by the setting safety.read_only."
    if not has_person():
        raise ClusterReadOnly(f"{reason} Nothing was sent.", remedy=_ALLOW)
    ask(f"{reason}\nWrite to {cluster.name} in {cluster.region}?")


def cluster_meant(profile: Profile, target: Target, cluster: str | None) -> Cluster:
    """Return the cluster of the command.

    Raises:
        AwsError: It cannot be found.
    """
    aws = AwsSession(profile)
    return find_cluster(aws, aws.regions, named(cluster, target))


def access_of(
    profile: Profile, target: Target, cluster: Cluster, role: str | None
) -> AccessSnapshot:
    """Read a cluster's access as a role; `None` is that of the settings.

    Raises:
        ConnectError: No session could be opened.
        StatementError: The roles cannot be read.
    """
    endpoint = cluster.endpoint(profile, target.role_for(cluster, role))
    token = generate_token(AwsSession(profile), endpoint, lifetime_s=target.config.token_lifetime_s)
    with closing(Session.open(endpoint, token)) as session:
        snapshot = read_access(session)
    KnownNames().store_access(cluster.name, snapshot)
    return snapshot
