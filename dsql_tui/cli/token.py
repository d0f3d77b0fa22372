"""`dsql-tui token`: an auth token on stdout, for psql and other clients."""

from __future__ import annotations

import shlex

import click

from dsql_tui.cli.shared.target import Target, named, profile_of, target_options
from dsql_tui.cli.shared.terminal import echo_line
from dsql_tui.model.endpoint import ADMIN_ROLE, conninfo


@click.command("token")
@click.argument("cluster", required=False)
@click.option("--role", default=ADMIN_ROLE, show_default=True, help="Database role to become.")
@click.option(
    "--expires-in",
    "lifetime_s",
    type=int,
    help="Lifetime in seconds, at most 604800; the setting token.lifetime_s when not given.",
)
@target_options
def command(cluster: str | None, role: str, lifetime_s: int | None, target: Target) -> None:
    """Print an auth token for CLUSTER: a name, name@region, identifier, ARN or endpoint.

    stdout gets the token and nothing else, so it can be a password:

        PGPASSWORD=$(dsql-tui token shop) psql …

    stderr gets the rest of that line.
    """
    # Imported here: `--help` of this and of commands that name a cluster alike need none of it.
    from dsql_tui.aws.clusters import find_cluster
    from dsql_tui.aws.session import AwsSession
    from dsql_tui.aws.tokens import generate_token

    if lifetime_s is None:
        lifetime_s = target.config.token_lifetime_s
    with profile_of(target) as profile:
        session = AwsSession(profile)
        found_cluster = find_cluster(session, session.regions, named(cluster, target))
        endpoint = found_cluster.endpoint(profile, target.role_for(found_cluster, role))
        token = generate_token(session, endpoint, lifetime_s=lifetime_s)
    echo_line(f"psql {shlex.quote(conninfo(endpoint))}", err=True)
    click.echo(token.value)
