"""What the commands of the group share: finding, following, confirming, printing."""

from __future__ import annotations

import json
import secrets
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from dsql_tui.aws.clusters import find_cluster
from dsql_tui.aws.session import AwsSession
from dsql_tui.cli.shared.target import Target, named, profile_of
from dsql_tui.cli.shared.terminal import echo_line
from dsql_tui.errors import InputError
from dsql_tui.model.cells import inert
from dsql_tui.model.cluster import Cluster
from dsql_tui.model.lifecycle import LifecycleEvent, LifecycleProgress, LifecycleStep
from dsql_tui.model.stream import ResourcePolicy, Stream

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def json_option() -> Decorator:
    """Return the `--json` option."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")


def yes_option() -> Decorator:
    """Return the `--yes` option."""
    return click.option("--yes", is_flag=True, help="Do not ask.")


def client_token_option() -> Decorator:
    """Return the option that makes two runs of a command one request."""
    return click.option(
        "--client-token",
        default=lambda: secrets.token_hex(16),
        show_default="random",
        help="Idempotency token; repeat a failed command with its token and nothing is done twice.",
    )


@contextmanager
def session_of(target: Target) -> Iterator[AwsSession]:
    """Yield a session of the target's profile."""
    with profile_of(target) as profile:
        yield AwsSession(profile)


@contextmanager
def cluster_of(target: Target, text: str | None) -> Iterator[tuple[AwsSession, Cluster]]:
    """Yield a session and the cluster that is named.

    Raises:
        AwsError: It was not found, or the API could not be asked.
    """
    with session_of(target) as session:
        yield session, find_cluster(session, session.regions, named(text, target))


def follow(events: Iterator[LifecycleEvent]) -> dict[str, Cluster]:
    """Tell events on stderr as they come and return the clusters seen, by ARN.

    Ctrl-C stops the telling, not what AWS has begun; what was made is said before it goes on.
    """
    seen: dict[str, Cluster] = {}
    created: list[LifecycleProgress] = []
    try:
        for event in events:
            match event:
                case Cluster():
                    seen[event.arn] = event
                    _tell(event.region, event.identifier, event.status.value)
                case LifecycleProgress():
                    if event.step is LifecycleStep.CREATE:
                        created.append(event)
                    _tell(event.region, event.identifier, f"{event.step}: {event.message}")
    except KeyboardInterrupt:
        for event in created:
            echo_line(f"Exists now: {event.identifier} in {event.region}.", err=True)
        click.echo(
            "What AWS has begun goes on. `dsql-tui clusters wait` waits for it; a pair that is "
            "PENDING_SETUP is finished with `resume` or taken back with `undo`.",
            err=True,
        )
        raise
    return seen


def confirm(question: str, expected: str, *, yes: bool) -> None:
    """Have the person type `expected` as it is shown, unless `--yes` was given.

    Raises:
        click.UsageError: Nobody is there to type.
        InputError: Something else was typed.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise click.UsageError("Nobody is there to confirm this; add --yes to mean it.")
    shown = inert(expected)
    typed = click.prompt(f"{question}\nType {shown} to confirm", default="", err=True)
    if typed != shown:
        raise InputError("Not confirmed; nothing was changed.")


def print_json(value: object) -> None:
    """Print a value as JSON."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def print_fields(fields: dict[str, object]) -> None:
    """Print names and values, one a line, values aligned."""
    width = max(map(len, fields))
    for name, value in fields.items():
        echo_line(f"{name.ljust(width)}  {'–' if value in (None, '') else value}")


def cluster_json(cluster: Cluster) -> dict[str, object]:
    """Return what `--json` says of a cluster."""
    return {
        "name": cluster.name,
        "identifier": cluster.identifier,
        "arn": cluster.arn,
        "region": cluster.region,
        "status": cluster.status.value,
        "endpoint": cluster.endpoint_host,
        "createdAt": cluster.created_at.isoformat(),
        "deletionProtection": cluster.deletion_protection,
        "peerArns": list(cluster.peer_arns),
        "witnessRegion": cluster.witness_region or None,
        "encryption": {
            "type": cluster.encryption_type or None,
            "status": cluster.encryption_status or None,
            "kmsKeyArn": cluster.kms_key_arn or None,
        },
        "metricGroups": list(cluster.metric_groups),
        "tags": dict(cluster.tags),
    }


def parse_tags(pairs: tuple[str, ...]) -> dict[str, str]:
    """Return tags given as `key=value`.

    Raises:
        InputError: One has no `=`.
    """
    tags: dict[str, str] = {}
    for pair in pairs:
        key, separator, value = pair.partition("=")
        if not separator or not key:
            raise InputError(f"{pair!r} is not a tag.", remedy="Write key=value.")
        tags[key] = value
    return tags


def read_text(path: Path) -> str:
    """Return a file's text; `-` is stdin.

    Raises:
        InputError: It cannot be read or is not UTF-8 text.
    """
    try:
        if str(path) == "-":
            return sys.stdin.buffer.read().decode()
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise InputError(f"{path} is not UTF-8 text.", remedy="Save it as UTF-8.") from None


def policy_json(present: ResourcePolicy | None) -> dict[str, object]:
    """Return what `--json` says of a policy; both `null` when there is none."""
    if present is None:
        return {"policy": None, "policyVersion": None}
    return {"policy": json.loads(present.document), "policyVersion": present.version}


def stream_json(present: Stream) -> dict[str, object]:
    """Return what `--json` says of a stream."""
    return {
        "identifier": present.identifier,
        "arn": present.arn,
        "status": present.status,
        "createdAt": present.created_at.isoformat(),
        "ordering": present.ordering,
        "format": present.format,
        "kinesisArn": present.target_arn or None,
        "roleArn": present.role_arn or None,
        "problem": present.problem or None,
        "tags": dict(present.tags),
    }


def print_endpoints(clusters: list[Cluster], *, as_json: bool) -> None:
    """Print clusters that were created: as JSON, or the endpoint of each."""
    if as_json:
        print_json([cluster_json(cluster) for cluster in clusters])
    else:
        for cluster in clusters:
            echo_line(cluster.endpoint_host or cluster.arn)


def deletion_question(sides: tuple[Cluster, ...]) -> str:
    """Return the question that names every cluster a command would delete."""
    lines = [f"  {side.identifier} in {side.region} ({side.status.value})" for side in sides]
    return "\n".join([inert(f"This deletes {sides[0].name} and its data for good:"), *lines])


def print_sides(sides: tuple[Cluster, ...], *, as_json: bool) -> None:
    """Print clusters that were deleted, if as JSON."""
    if as_json:
        print_json([{"identifier": side.identifier, "region": side.region} for side in sides])


def _tell(region: str, identifier: str, message: str) -> None:
    echo_line("  ".join(filter(None, (region, identifier, message))), err=True)
