"""The endpoint, role and AWS profile of a connection."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path

DATABASE = "postgres"
"""The one database a cluster has (user guide, CHAP_quotas)."""
DEFAULT_PORT = 5432
WEBSOCKET_PORT = 443
"""Port on which an endpoint speaks the same protocol in a WebSocket."""
ADMIN_ROLE = "admin"


Settings = tuple[tuple[str, str], ...]
"""Names and values of settings a session has changed, in the form `set_config` takes."""


RegionDown = Callable[[str], AbstractContextManager[object]]
"""Takes a Region down for as long as the context lasts."""


@dataclass(frozen=True, slots=True)
class Profile:
    """The settings for reaching AWS and its endpoints, without secrets.

    Attributes:
        name: The name shown to the user.
        aws_profile: The profile's name in the AWS config; `None` is boto3's own default chain.
        regions: Regions to list; empty means "decide from the AWS configuration".
        config_file: An AWS config file other than the user's own, or `None`.
        credentials_file: An AWS credentials file other than the user's own, or `None`.
        endpoint_url: Where the AWS API is served in place of AWS's own endpoints, or `None`.
        root_certificate: CA file that endpoints are verified against; `None` is the system's store.
        hostaddr: IP address dialled in place of resolving an endpoint's name, or `None`.
        port: TCP port of database endpoints.
        websocket_port: TCP port of database endpoints for WebSockets; `None` if there is none.
        names_cluster: The cluster's identifier is sent at start-up too, for a way on which the name
            in TLS may not arrive (`amzn-cluster-id`; user guide, privatelink-managing-clusters).
        region_down: Takes a Region down for a drill; `None` if that is not possible.
        role_profiles: AWS profiles by the database role that their identity is mapped to, as far
            as they are known.
    """

    name: str = "default"
    aws_profile: str | None = None
    regions: tuple[str, ...] = ()
    config_file: Path | None = None
    credentials_file: Path | None = None
    endpoint_url: str | None = None
    root_certificate: Path | None = None
    hostaddr: str | None = None
    port: int = DEFAULT_PORT
    websocket_port: int | None = WEBSOCKET_PORT
    names_cluster: bool = False
    region_down: RegionDown | None = field(default=None, repr=False, compare=False)
    role_profiles: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)

    def for_role(self, role: str) -> Profile:
        """Return the profile with the AWS profile whose identity a database role is mapped to."""
        return replace(self, aws_profile=self.role_profiles.get(role, self.aws_profile))

    def endpoint(
        self, host: str, region: str, role: str, *, name: str, identifier: str
    ) -> Endpoint:
        """Return how to reach a cluster's host as a role.

        Args:
            host: DNS name of the endpoint.
            region: The cluster's Region.
            role: Database role.
            name: The user's name for the cluster.
            identifier: 26 characters.
        """
        return Endpoint(
            host=host,
            region=region,
            role=role,
            port=self.port,
            hostaddr=self.hostaddr,
            root_certificate=self.root_certificate,
            cluster_name=name,
            cluster_id=identifier if self.names_cluster else "",
        )


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One cluster's data-plane address and a database role.

    Attributes:
        host: The name that is signed into the token, sent as SNI and verified in the certificate.
        region: The cluster's Region.
        role: Database role; `admin` needs `dsql:DbConnectAdmin`, every other `dsql:DbConnect`.
        port: TCP port.
        hostaddr: IP address dialled in place of resolving `host`, or `None`.
        root_certificate: CA file; `None` is the system's store.
        cluster_name: The user's name for the cluster.
        cluster_id: Identifier to send at start-up, or empty.
    """

    host: str
    region: str
    role: str = ADMIN_ROLE
    port: int = DEFAULT_PORT
    hostaddr: str | None = None
    root_certificate: Path | None = None
    cluster_name: str = ""
    cluster_id: str = ""

    @property
    def options(self) -> str:
        """The value of libpq's `options`: only the cluster, because DSQL refuses most settings."""
        return f"-c amzn-cluster-id={self.cluster_id}" if self.cluster_id else ""

    @property
    def is_admin(self) -> bool:
        """Whether the role requires the admin action in its token."""
        return self.role == ADMIN_ROLE


def conninfo(endpoint: Endpoint) -> str:
    """Return libpq's connection string for an endpoint, without the password."""
    parts = {
        "host": endpoint.host,
        "hostaddr": endpoint.hostaddr,
        "port": endpoint.port,
        "user": endpoint.role,
        "dbname": DATABASE,
        "sslmode": "verify-full",
        "sslrootcert": endpoint.root_certificate or "system",
        "options": endpoint.options or None,
    }
    return " ".join(
        f"{key}={_quoted(str(value))}" for key, value in parts.items() if value is not None
    )


def _quoted(value: str) -> str:
    if value and not set(value) & set(" '\\"):
        return value
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
