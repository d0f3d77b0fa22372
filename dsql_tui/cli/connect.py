"""`dsql-tui connect`: run psql, with the token only in its environment."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress

import click

from dsql_tui.aws.tokens import generate_token
from dsql_tui.cli.shared.exit_codes import exit_code_of_psql
from dsql_tui.cli.shared.lazy import PsqlCommand
from dsql_tui.cli.shared.sessions import reach
from dsql_tui.cli.shared.signals import Interrupted
from dsql_tui.cli.shared.target import Target, allow_writes_option, profile_of, target_options
from dsql_tui.cli.shared.values.options import cluster_argument, role_option
from dsql_tui.errors import InputError
from dsql_tui.model.endpoint import conninfo
from dsql_tui.pg.environment import without_libpq

CANCEL_TIMEOUT_S = 1.0
"""How long psql may take to cancel its statement before it is ended."""


@click.command("connect", cls=PsqlCommand, context_settings={"ignore_unknown_options": True})
@cluster_argument()
@role_option()
@allow_writes_option
@target_options
@click.argument("psql_args", nargs=-1, type=click.UNPROCESSED, metavar="[-- PSQL_ARGS...]")
def command(
    cluster: str | None, role: str | None, psql_args: tuple[str, ...], target: Target
) -> int:
    """Open psql on CLUSTER; what follows -- goes to psql.

    The token is in psql's environment and nowhere else. psql needs to be installed, version 14 or
    newer. A cluster that safety.read_only protects needs --allow-writes.

    Examples:
      dsql-tui connect shop
      dsql-tui connect --local -- -c 'select 1'
      dsql-tui connect shop --role app_ro -- -XAt -f report.sql
    """
    psql = shutil.which("psql")
    if psql is None:
        raise InputError(
            "psql is not installed.",
            remedy="Install the PostgreSQL client (14 or newer), or use `dsql-tui query`.",
        )
    with profile_of(target) as profile:
        reached = reach(profile, target, cluster, role)
        # Nothing could hold psql to reading: DSQL refuses the settings for that.
        reached.require_writable("psql may write")
        token = generate_token(reached.aws, reached.endpoint, lifetime_s=reached.token_lifetime_s)
        environment = without_libpq(os.environ) | {"PGPASSWORD": token.value}
        # psql handles ctrl+c itself (it cancels the statement); this process only waits for it.
        before = signal.signal(signal.SIGINT, lambda *_: None)
        try:
            command = [psql, conninfo(reached.endpoint), *psql_args]
            return exit_code_of_psql(_wait_for(command, environment))
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
