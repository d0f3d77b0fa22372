"""`dsql-tui connect`: hand over to psql, with the token in its environment and nowhere else."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress

import click

from dsql_tui.aws.tokens import generate_token
from dsql_tui.cli.shared.sessions import reach, require_writable
from dsql_tui.cli.shared.signals import Interrupted
from dsql_tui.cli.shared.target import Target, allow_writes_option, profile_of, target_options
from dsql_tui.errors import InputError
from dsql_tui.model.endpoint import ADMIN_ROLE, conninfo
from dsql_tui.pg.environment import without_libpq

CANCEL_TIMEOUT_S = 1.0
"""How long psql may take to cancel its statement before it is ended."""


@click.command("connect", context_settings={"ignore_unknown_options": True})
@click.argument("cluster", required=False)
@click.option("--role", default=ADMIN_ROLE, show_default=True, help="Database role to become.")
@allow_writes_option
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
        reached = reach(profile, target, cluster, role)
        # Nothing could hold psql to reading: DSQL refuses the settings for that.
        require_writable([reached.cluster], target, "psql may write")
        token = generate_token(reached.aws, reached.endpoint, lifetime_s=reached.token_lifetime_s)
        environment = without_libpq(os.environ) | {"PGPASSWORD": token.value}
        # psql handles ctrl+c itself (it cancels the statement); this process only waits for it.
        before = signal.signal(signal.SIGINT, lambda *_: None)
        try:
            return _wait_for([psql, conninfo(reached.endpoint), *psql_args], environment)
        finally:
            signal.signal(signal.SIGINT, before)


def _wait_for(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run psql to its end; a signal to this process cancels its statement and ends it."""
    with subprocess.Popen(command, env=environment) as psql:
        try:
            return psql.wait()
        except Interrupted:
            psql.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                psql.wait(CANCEL_TIMEOUT_S)
            psql.terminate()
            raise
