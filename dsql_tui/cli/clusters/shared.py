"""Helpers shared by the commands of the group: lookup, progress, confirmation, output."""

from __future__ import annotations

import json
import secrets
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from dsql_tui.aws.clusters import find_cluster
from dsql_tui.aws.session import AwsSession
from dsql_tui.cli.shared.confirm import require_person
from dsql_tui.cli.shared.json_output import print_json
from dsql_tui.cli.shared.target import Target, named, profile_of
from dsql_tui.cli.shared.terminal import echo_line, narrate
from dsql_tui.cli.shared.values.types import CLIENT_TOKEN, Duration
from dsql_tui.errors import AwsError, InputError, NotConfirmed
from dsql_tui.model.cells import inert
from dsql_tui.model.cluster import Cluster
from dsql_tui.model.lifecycle import LifecycleEvent, LifecycleProgress, LifecycleStep
from dsql_tui.model.stream import ResourcePolicy, Stream

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def wait_option(text: str) -> Decorator:
    """Return the `--wait/--no-wait` option."""
    return click.option("--wait/--no-wait", default=True, show_default=True, help=text)


def timeout_option() -> Decorator:
    """Return the option for the maximum wait in seconds."""
    return click.option(
        "--timeout",
        default="600s",
        show_default=True,
        type=Duration(0, 86_400),
        metavar="DURATION",
        help="Longest wait, such as 90s or 10m.",
    )


def client_token_option() -> Decorator:
    """Return the option that makes repeated runs of a command one request."""
    return click.option(
        "--client-token",
        default=lambda: secrets.token_hex(16),
        show_default="random",
        type=CLIENT_TOKEN,
        metavar="TOKEN",
        help="Idempotency token: repeating a command with the same token has no further effect.",
    )


@dataclass(slots=True)
class Failures:
    """What could not be read, with the errors.

    Attributes:
        regions: Errors by Region.
        clusters: Errors by the cluster's identifier and Region.
    """

    regions: dict[str, AwsError] = field(default_factory=dict)
    clusters: dict[str, AwsError] = field(default_factory=dict)

    @property
    def first(self) -> AwsError:
        """The error to exit with if nothing could be read."""
        return next(iter((*self.regions.values(), *self.clusters.values())))

    def report(self) -> None:
        """Print each error once on standard error, with everything it applies to."""
        about: dict[str, list[str]] = {}
        for name, error in (*self.regions.items(), *self.clusters.items()):
            about.setdefault(error.message, []).append(name)
        for message, names in about.items():
            echo_line(f"{', '.join(names)}: {message}", err=True)


@contextmanager
def session_of(target: Target) -> Iterator[AwsSession]:
    """Yield a session of the target's profile."""
    with profile_of(target) as profile:
        yield AwsSession(profile)


@contextmanager
def cluster_of(target: Target, text: str | None) -> Iterator[tuple[AwsSession, Cluster]]:
    """Yield a session and the named cluster.

    Raises:
        AwsError: It was not found, or the API could not be asked.
    """
    with session_of(target) as session:
        yield session, find_cluster(session, session.regions, named(text, target))


def follow(events: Iterator[LifecycleEvent]) -> dict[str, Cluster]:
    """Print events on stderr as they come and return the clusters seen, by ARN.

    Ctrl-C stops waiting, not what AWS has begun; what was created is printed first.
    """
    clusters: dict[str, Cluster] = {}
    created: list[LifecycleProgress] = []
    try:
        for event in events:
            match event:
                case Cluster():
                    clusters[event.arn] = event
                    _narrate_side(event.region, event.identifier, event.status.value)
                case LifecycleProgress():
                    if event.step is LifecycleStep.CREATE:
                        created.append(event)
                    _narrate_side(event.region, event.identifier, f"{event.step}: {event.message}")
    except KeyboardInterrupt:
        for event in created:
            echo_line(f"Created: {event.identifier} in {event.region}.", err=True)
        narrate(
            "AWS continues in the background; `dsql-tui clusters wait` waits for it. `resume` "
            "completes a pair that is PENDING_SETUP, and `undo` deletes it."
        )
        raise
    return clusters


def confirm(question: str, expected: str, *, yes: bool) -> None:
    """Ask the user to type `expected`, which is shown, unless `--yes` was given.

    Raises:
        NotConfirmed: Something else was typed, or standard input is not a terminal.
    """
    if yes:
        return
    require_person()
    shown = inert(expected)
    typed = click.prompt(f"{question}\nType {shown} to confirm", default="", err=True)
    if typed != shown:
        raise NotConfirmed("Not confirmed; nothing was changed.")


def print_fields(fields: dict[str, object]) -> None:
    """Print names and values, one pair a line, with the values aligned."""
    width = max(map(len, fields))
    for name, value in fields.items():
        echo_line(f"{name.ljust(width)}  {'–' if value in (None, '') else value}")


def cluster_json(cluster: Cluster) -> dict[str, object]:
    """Return a cluster as printed by `--json`."""
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
    """Return the text of a file; `-` is stdin.

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
    """Return a policy as printed by `--json`; both fields are `null` without one."""
    if present is None:
        return {"policy": None, "policyVersion": None}
    return {"policy": json.loads(present.document), "policyVersion": present.version}


def stream_json(present: Stream) -> dict[str, object]:
    """Return a stream as printed by `--json`."""
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
        print_json({"clusters": [cluster_json(cluster) for cluster in clusters]})
    else:
        for cluster in clusters:
            echo_line(cluster.endpoint_host or cluster.arn)


def deletion_question(sides: tuple[Cluster, ...]) -> str:
    """Return the question that names every cluster a command would delete."""
    lines = [f"  {side.identifier} in {side.region} ({side.status.value})" for side in sides]
    return "\n".join([inert(f"This permanently deletes {sides[0].name} and its data:"), *lines])


def print_sides(sides: tuple[Cluster, ...], *, as_json: bool) -> None:
    """Print the deleted clusters, with `--json` only."""
    if as_json:
        listed = [{"identifier": side.identifier, "region": side.region} for side in sides]
        print_json({"clusters": listed})


def _narrate_side(region: str, identifier: str, message: str) -> None:
    narrate("  ".join(filter(None, (region, identifier, message))))
