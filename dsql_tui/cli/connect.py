"""`dsql-tui connect`: hand over to psql, with the token in its environment and nowhere else."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess

import click

from dsql_tui.aws.clusters import find_cluster
from dsql_tui.aws.session import AwsSession
from dsql_tui.aws.tokens import generate_token
from dsql_tui.cli.target import Target, profile_of, target_options
from dsql_tui.cli.token import named
from dsql_tui.errors import InputError
from dsql_tui.model.endpoint import ADMIN_ROLE, conninfo


@click.command("connect", context_settings={"ignore_unknown_options": True})
@click.argument("cluster", required=False)
@click.option("--role", default=ADMIN_ROLE, show_default=True, help="Database role to become.")
@target_options
@click.argument("psql_args", nargs=-1, type=click.UNPROCESSED)
def command(cluster: str | None, role: str, psql_args: tuple[str, ...], target: Target) -> int:
    """Open psql on CLUSTER; what follows `--` goes to psql."""
    psql = shutil.which("psql")
    if psql is None:
        raise InputError(
            "psql is not installed.",
            remedy="Install the PostgreSQL client (14 or newer), or use `dsql-tui query`.",
        )
    with profile_of(target) as profile:
        aws = AwsSession(profile)
        endpoint = find_cluster(aws, aws.regions, named(cluster, target)).endpoint(profile, role)
        token = generate_token(aws, endpoint, lifetime_s=target.config.token_lifetime_s)
        environment = os.environ | {"PGPASSWORD": token.value}
        # psql handles ctrl+c itself (it cancels the statement); this process only waits for it.
        before = signal.signal(signal.SIGINT, lambda *_: None)
        try:
            done = subprocess.run(
                [psql, conninfo(endpoint), *psql_args], env=environment, check=False
            )
        finally:
            signal.signal(signal.SIGINT, before)
    return done.returncode
