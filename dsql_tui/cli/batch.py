"""`dsql-tui batch`: one large UPDATE, DELETE or INSERT … SELECT as commits of few rows.

stdout is empty; stderr tells how it goes and, when it ends early, the key to go on behind.
"""

from __future__ import annotations

import json
import shlex

import click

from dsql_tui.aws.clusters import find_cluster
from dsql_tui.aws.session import AwsSession
from dsql_tui.aws.tokens import generate_token
from dsql_tui.cli.exit_codes import ExitCode
from dsql_tui.cli.script import stopped_by_interrupt, tell_retry
from dsql_tui.cli.target import Target, profile_of, target_options
from dsql_tui.cli.token import named
from dsql_tui.errors import InputError
from dsql_tui.model.endpoint import ADMIN_ROLE
from dsql_tui.model.span import duration
from dsql_tui.pg.keys import primary_key
from dsql_tui.pg.session import Session
from dsql_tui.scripts.batches import run_batches
from dsql_tui.scripts.events import BatchEnded, Retried, RunEnded
from dsql_tui.sql.batch import DEFAULT_ROWS, NOT_ATOMIC, Key, batch_target, plan_batches


@click.command("batch")
@click.argument("cluster", required=False)
@click.option("-c", "--command", "statement", required=True, help="The statement to cut.")
@click.option("--role", default=ADMIN_ROLE, show_default=True, help="Database role to become.")
@click.option("--rows", default=DEFAULT_ROWS, show_default=True, help="Rows a transaction.")
@click.option("--key", "columns", help="Columns to walk along, instead of the primary key.")
@click.option("--after", help="Go on behind this key, as an earlier run printed it.")
@target_options
def command(
    cluster: str | None,
    statement: str,
    role: str,
    rows: int,
    columns: str | None,
    after: str | None,
    target: Target,
) -> int:
    """Run one large UPDATE, DELETE or INSERT … SELECT on CLUSTER in batches.

    Each batch is a transaction of its own; one that loses against another is run again.
    """
    wanted = batch_target(statement)
    begin = _key(after)
    click.echo(NOT_ATOMIC, err=True)
    reached = begin
    is_complete = False
    with profile_of(target) as profile, stopped_by_interrupt() as stop:
        aws = AwsSession(profile)
        endpoint = find_cluster(aws, aws.regions, named(cluster, target)).endpoint(profile, role)
        lifetime_s = target.config.token_lifetime_s

        def connect() -> Session:
            return Session.open(endpoint, generate_token(aws, endpoint, lifetime_s=lifetime_s))

        session = connect()
        key = tuple(columns.split(",")) if columns else primary_key(session, wanted.relation)
        session.close()
        plan = plan_batches(statement, key, rows=rows)
        try:
            for event in run_batches(connect, plan, after=begin, stop=stop):
                match event:
                    case BatchEnded():
                        reached = event.upto
                        click.echo(_words(event), err=True)
                    case Retried():
                        tell_retry(event)
                    case RunEnded():
                        is_complete = event.is_complete
        finally:
            if not is_complete and reached is not None:
                place = shlex.quote(json.dumps(reached, ensure_ascii=False))
                click.echo(f"To go on: --after {place}", err=True)
    return ExitCode.OK if is_complete else ExitCode.INTERRUPTED


def _words(event: BatchEnded) -> str:
    """Say how far it is: rows of those expected, the rate, the time left."""
    of = f" of ~{event.expected:,}" if event.expected else ""
    share = f" ({event.share:.0%})" if event.share is not None else ""
    rate = event.rows / event.elapsed_s if event.elapsed_s else 0
    left = f" · ~{duration(event.left_s * 1_000)} left" if event.left_s is not None else ""
    return f"{event.rows:,}{of} rows{share} · {rate:,.0f} a second{left}"


def _key(after: str | None) -> Key | None:
    if after is None:
        return None
    try:
        found = json.loads(after)
    except ValueError:
        found = None
    if not isinstance(found, list) or not all(isinstance(part, str) for part in found):
        raise InputError('--after is a list of texts in JSON, such as ["42"].')
    return tuple(found)
