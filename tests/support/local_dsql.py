"""What end-to-end tests need of the local DSQL: a profile, a cluster, a connection."""

from __future__ import annotations

import socket
import ssl
import struct
from contextlib import suppress
from typing import Any

import boto3
import psycopg
import pytest

from dsql_tui.local.process.server_info import ServerInfo
from dsql_tui.model.cluster import Cluster, ClusterStatus
from dsql_tui.model.endpoint import ADMIN_ROLE, Endpoint, Profile

Connection = psycopg.Connection[tuple[Any, ...]]
PROTOCOLS: dict[str, dict[str, Any]] = {
    "simple": {},
    "extended": {"binary": True, "prepare": False},
    "prepared": {"binary": True, "prepare": True},
}
"""How psycopg is made to use each protocol."""


def profile_of(info: ServerInfo, *, aws_profile: str = "", role: str = ADMIN_ROLE) -> Profile:
    """Return the profile that leads to the local DSQL, as `role`'s IAM identity."""
    suffix = "" if role == ADMIN_ROLE else "-" + role.replace("_", "-")
    return Profile(
        name="local",
        aws_profile=aws_profile or info.aws_profile + suffix,
        regions=info.regions,
        config_file=info.config_file,
        credentials_file=info.credentials_file,
        root_certificate=info.root_certificate,
        hostaddr="127.0.0.1",
        port=info.gateway_port,
        websocket_port=info.websocket_port,
    )


def boto_session(info: ServerInfo, role: str = ADMIN_ROLE) -> boto3.Session:
    """Return unmodified boto3 that reads nothing but the local DSQL's own profile files."""
    import botocore.session

    core = botocore.session.Session(profile=profile_of(info, role=role).aws_profile)
    core.set_config_variable("config_file", str(info.config_file))
    core.set_config_variable("credentials_file", str(info.credentials_file))
    return boto3.Session(botocore_session=core)


def clusters(info: ServerInfo) -> list[Cluster]:
    """Return every cluster of every Region."""
    session = boto_session(info)
    found: list[Cluster] = []
    for region in info.regions:
        client = session.client("dsql", region_name=region)
        for listed in client.list_clusters()["clusters"]:
            # One that an earlier test deletes may be gone by now.
            with suppress(client.exceptions.ResourceNotFoundException):
                found.append(_cluster(client.get_cluster(identifier=listed["identifier"]), region))
    return found


def _cluster(answer: Any, region: str) -> Cluster:
    linked = answer.get("multiRegionProperties", {})
    return Cluster(
        identifier=answer["identifier"],
        arn=answer["arn"],
        region=region,
        status=ClusterStatus(answer["status"]),
        endpoint_host=answer["endpoint"],
        created_at=answer["creationTime"],
        deletion_protection=answer["deletionProtectionEnabled"],
        tags=answer["tags"],
        peer_arns=tuple(arn for arn in linked.get("clusters", ()) if arn != answer["arn"]),
        witness_region=linked.get("witnessRegion", ""),
    )


def endpoint_of(
    info: ServerInfo, name: str, *, region: str = "us-east-1", role: str = ADMIN_ROLE
) -> Endpoint:
    """Return a cluster's endpoint by its `Name` tag."""
    cluster = next(c for c in clusters(info) if c.name == name and c.region == region)
    return cluster.endpoint(profile_of(info), role)


def token_for(info: ServerInfo, endpoint: Endpoint, *, lifetime_s: int = 900) -> str:
    """Return an auth token of the endpoint's role, signed by unmodified boto3."""
    client = boto_session(info, endpoint.role).client("dsql", region_name=endpoint.region)
    sign = (
        client.generate_db_connect_admin_auth_token
        if endpoint.is_admin
        else client.generate_db_connect_auth_token
    )
    return str(sign(endpoint.host, endpoint.region, lifetime_s))


def connect(info: ServerInfo, endpoint: Endpoint, **changes: Any) -> Connection:
    """Connect with psycopg, verifying the certificate; `changes` replace libpq's parameters."""
    parameters: dict[str, Any] = {
        "host": endpoint.host,
        "hostaddr": endpoint.hostaddr,
        "port": endpoint.port,
        "user": endpoint.role,
        "dbname": "postgres",
        "sslmode": "verify-full",
        "sslrootcert": str(endpoint.root_certificate),
        "autocommit": True,
    } | changes
    if "password" not in parameters:
        parameters["password"] = token_for(info, endpoint)
    return psycopg.connect(**parameters)


def answer(session: Connection, sql: str, how: dict[str, Any] | None = None) -> str:
    """Return the answer to a statement: tag and rows, or SQLSTATE and message."""
    options = dict(how or {})
    cursor = session.cursor(binary=options.pop("binary", False))
    try:
        cursor.execute(sql.encode(), **options)
    except psycopg.Error as error:
        return f"{error.sqlstate} {error.diag.message_primary}"
    rows = cursor.fetchall() if cursor.description else []
    return f"{cursor.statusmessage} {rows}"


async def asyncpg_to(info: ServerInfo, endpoint: Endpoint) -> Any:
    """Connect with asyncpg; it has no `hostaddr`: PrivateLink's option names the cluster."""
    import asyncpg

    return await asyncpg.connect(
        host="127.0.0.1",
        port=endpoint.port,
        user=endpoint.role,
        password=token_for(info, endpoint),
        database="postgres",
        ssl=ssl.create_default_context(cafile=info.root_certificate),
        server_settings={"options": f"-c amzn-cluster-id={endpoint.host.partition('.')[0]}"},
    )


def refused(session: Connection, statement: str) -> str:
    """Return SQLSTATE and message of a statement that must be refused, without a word of ours."""
    with pytest.raises(psycopg.Error) as caught:
        session.execute(statement.encode())
    assert caught.value.diag.context is None
    return f"{caught.value.sqlstate} {caught.value.diag.message_primary}"


def encrypted_to(info: ServerInfo, endpoint: Endpoint, patience_s: float) -> ssl.SSLSocket:
    """Open a connection of bytes, encrypted and not yet started up; a silent server is an error."""
    context = ssl.create_default_context(cafile=info.root_certificate)
    plain = socket.create_connection(("127.0.0.1", endpoint.port), patience_s)
    plain.sendall(struct.pack("!ii", 8, 80877103))
    assert plain.recv(1) == b"S"
    return context.wrap_socket(plain, server_hostname=endpoint.host)
