"""Clusters with nothing in them, for tests that compare two."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from dsql_tui.aws.session import AwsSession
from dsql_tui.aws.tokens import generate_token
from dsql_tui.local.process.server_info import ServerInfo
from dsql_tui.pg.session import Session
from tests.support.local_dsql import boto_session, endpoint_of, profile_of


@contextmanager
def new_clusters(info: ServerInfo, *names: str) -> Iterator[None]:
    """Create clusters of these names and delete them after the block."""
    client = boto_session(info).client("dsql", region_name="us-east-1")
    made = [
        client.create_cluster(deletionProtectionEnabled=False, tags={"Name": name})["identifier"]
        for name in names
    ]
    try:
        for identifier in made:
            client.get_waiter("cluster_active").wait(
                identifier=identifier, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
            )
        yield
    finally:
        for identifier in made:
            client.delete_cluster(identifier=identifier)


def open_session(info: ServerInfo, cluster: str, role: str = "admin") -> Session:
    """Open a session of a role on the cluster of a name."""
    endpoint = endpoint_of(info, cluster, role=role)
    aws = AwsSession(profile_of(info, role=role))
    return Session.open(endpoint, generate_token(aws, endpoint))


def run_all(session: Session, statements: list[str]) -> None:
    """Run statements one by one; the jobs that they start are awaited at the end."""
    for statement in statements:
        session.fetch(statement)
    for (job_id,) in session.fetch("SELECT job_id FROM sys.jobs"):
        session.fetch(f"CALL sys.wait_for_job('{job_id}')")
