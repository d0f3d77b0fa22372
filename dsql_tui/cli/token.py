"""`dsql-tui token`: print an auth token for psql and other clients."""

from __future__ import annotations

import shlex

import click

from dsql_tui.cli.shared.target import Target, profile_of, target_options
from dsql_tui.cli.shared.terminal import narrate
from dsql_tui.cli.shared.values.options import cluster_argument, role_option
from dsql_tui.cli.shared.values.types import WholeNumber
from dsql_tui.model.endpoint import conninfo
from dsql_tui.model.token import TOKEN_LIFETIME_MAX_S


@click.command("token")
@cluster_argument()
@role_option()
@click.option(
    "--expires-in",
    "lifetime_s",
    type=WholeNumber(1, TOKEN_LIFETIME_MAX_S, "seconds"),
    metavar="SECONDS",
    help=f"Lifetime, 1 to {TOKEN_LIFETIME_MAX_S} seconds.  [default: setting token.lifetime_s]",
)
@target_options
def command(cluster: str | None, role: str | None, lifetime_s: int | None, target: Target) -> None:
    """Print an auth token for CLUSTER.

    Standard output gets the token alone, so that it can be a password; standard error gets the psql
    command that goes with it.

    Examples:
      PGPASSWORD=$(dsql-tui token shop) psql 'host=… user=admin dbname=postgres'
      dsql-tui token shop --role app_ro --expires-in 3600
    """
    # Imported here: --help need not wait for them.
    from dsql_tui.aws.tokens import generate_token
    from dsql_tui.cli.shared.sessions import reach

    if lifetime_s is None:
        lifetime_s = target.config.token_lifetime_s
    with profile_of(target) as profile:
        reached = reach(profile, target, cluster, role)
        token = generate_token(reached.aws, reached.endpoint, lifetime_s=lifetime_s)
    narrate(f"psql {shlex.quote(conninfo(reached.endpoint))}")
    click.echo(token.value)
