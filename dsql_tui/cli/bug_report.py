"""`dsql-tui bug-report`: what a report of a bug needs, without names and secrets."""

from __future__ import annotations

import os
import platform
import re
import shutil
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import click

from dsql_tui.cli.shared.output import output_option
from dsql_tui.cli.shared.target import Target, named, profile_of, tolerant_target_options
from dsql_tui.cli.shared.values.options import cluster_argument, role_option
from dsql_tui.config import SETTINGS, Settings
from dsql_tui.config.settings import KEYS
from dsql_tui.config.sources import DEFAULT_SOURCE
from dsql_tui.model.cluster import Cluster
from dsql_tui.model.endpoint import ADMIN_ROLE

LIBRARIES = ("textual", "rich", "psycopg", "boto3", "botocore", "sqlparse", "dsql-lint", "pyarrow")
TERMINAL = ("TERM", "COLORTERM", "TERM_PROGRAM", "LANG", "LC_ALL", "LC_CTYPE", "NO_COLOR")
"""Variables that decide how the console is drawn."""
MULTIPLEXERS = {"TMUX": "tmux", "STY": "GNU screen", "SSH_TTY": "SSH", "WSL_DISTRO_NAME": "WSL"}
_REPLACED = (
    (re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{8,}\b"), "<access key>"),
    (re.compile(r"\bkey …\w+"), "key …"),
    (re.compile(r"\barn:aws[\w-]*:(?:iam|sts)::\d*:[^\s'\",]+"), "<identity>"),
    (re.compile(r"\b[a-z0-9]{26}\b"), "<cluster>"),
    (re.compile(r"\b\d{12}\b"), "<account>"),
    (re.compile(r"\b(?!127\.)(?:\d{1,3}\.){3}\d{1,3}\b"), "<address>"),
    (re.compile(r"\b(?:[0-9a-f]{1,4}:){4,7}[0-9a-f]{1,4}\b"), "<address>"),
)


@click.command("bug-report")
@cluster_argument()
@role_option()
@output_option
@tolerant_target_options
def command(cluster: str | None, role: str | None, target: Target) -> None:
    """Print what a bug report needs: versions, terminal, settings and a diagnosis of CLUSTER.

    Account numbers, identities, cluster identifiers, addresses, the name of CLUSTER and of its
    role are replaced, and of texts in the settings only that they are set is printed. Read the
    report before you send it.

    Examples:
      dsql-tui bug-report
      dsql-tui bug-report shop -o report.md
    """
    for heading, lines in (
        ("Versions", _versions()),
        ("Terminal", _terminal()),
        ("Settings that are not the default", _settings(target.settings)),
    ):
        click.echo(f"### {heading}\n")
        click.echo("\n".join(f"- {line}" for line in [*lines] or ["none"]) + "\n")
    click.echo("### dsql-tui doctor\n")
    if cluster is None and not target.local:
        click.echo("No cluster was named.")
        return
    click.echo("```text")
    for line in _diagnosis(named(cluster, target), role, target):
        click.echo(line)
    click.echo("```")


def _versions() -> Iterator[str]:
    yield f"dsql-tui {version('dsql-tui')}, Python {platform.python_version()}"
    yield " ".join(filter(None, (platform.system(), platform.release(), platform.machine())))
    for name in LIBRARIES:
        try:
            yield f"{name} {version(name)}"
        except PackageNotFoundError:
            yield f"{name} is not installed"


def _terminal() -> Iterator[str]:
    size = shutil.get_terminal_size()
    yield f"{size.columns}×{size.lines}"
    yield from (f"{name}={os.environ[name]}" for name in TERMINAL if name in os.environ)
    yield from (
        f"inside {name}" for variable, name in MULTIPLEXERS.items() if variable in os.environ
    )


def _settings(settings: Settings) -> Iterator[str]:
    """Yield what is set; of texts and lists, which may name somebody, not the value."""
    config = settings.config
    if config.keys:
        yield f"{KEYS}: {', '.join(sorted(config.keys))}"
    if config.clusters:
        yield f"sections of clusters: {len(config.clusters)}"
    for setting in SETTINGS:
        if setting.path == KEYS or setting.is_only_for_clusters:
            continue
        source = settings.source_of(setting.path)
        if source != DEFAULT_SOURCE:
            value = getattr(config, setting.attribute)
            shown = f" = {value}" if isinstance(value, bool | int | float) else " is set"
            yield f"{setting.path}{shown} ({source.kind})"


def _diagnosis(cluster: str, role: str | None, target: Target) -> Iterator[str]:
    from dsql_tui.aws.session import AwsSession
    from dsql_tui.doctor import as_text, examine

    names = {cluster: "<name>"}

    def role_of(resolved: Cluster | None) -> str:
        if resolved is not None:
            names.update({resolved.name: "<name>", resolved.identifier: "<cluster>"})
        chosen = target.role_for(resolved, role)
        if chosen != ADMIN_ROLE:
            names[chosen] = "<role>"
        return chosen

    with profile_of(target) as profile:
        for finding in examine(AwsSession(profile), cluster, role_of):
            yield without_names(as_text(finding), names)


def without_names(text: str, names: dict[str, str]) -> str:
    """Return a text with everything replaced that identifies an account, a person or a cluster.

    Args:
        text: Any text.
        names: Further words, with what takes their place.
    """
    text = text.replace(str(Path.home()), "~")
    for pattern, shown in _REPLACED:
        text = pattern.sub(shown, text)
    for name in sorted(names, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", names[name], text)
    return text
