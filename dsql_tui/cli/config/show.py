"""`dsql-tui config show`: every setting with its value and where it comes from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import click

from dsql_tui.cli.config.shared import findings_of, print_findings, source_as_json
from dsql_tui.cli.shared.json_output import json_option, print_json
from dsql_tui.cli.shared.output import output_option
from dsql_tui.cli.shared.table import table
from dsql_tui.cli.shared.target import Target, profile_of, tolerant_target_options
from dsql_tui.cli.shared.values.options import cluster_argument
from dsql_tui.config import SETTINGS, Settings, Source
from dsql_tui.config.settings import BY_CLUSTER_KEY, CLUSTERS, KEYS, Setting
from dsql_tui.config.sources import DEFAULT_SOURCE
from dsql_tui.config.template import toml_value
from dsql_tui.model.cluster import Cluster

Row = tuple[str, object, Source]
"""A setting's path, its value and where that comes from."""


@click.command("show")
@cluster_argument()
@json_option()
@output_option
@tolerant_target_options
def command(cluster: str | None, as_json: bool, target: Target) -> None:
    """Show every setting with its value and where it comes from.

    With CLUSTER, the values for that cluster: those of its sections in the config file
    too. What dsql-tui config check finds is reported on standard error.

    Examples:
      dsql-tui config show
      dsql-tui config show shop@us-east-1 --json
    """
    settings = target.settings
    print_findings(findings_of(settings), err=True)
    if cluster is None:
        rows = [*rows_of(settings), *section_rows(settings)]
    else:
        rows = list(rows_for(settings, _find(target, cluster)))
    if as_json:
        print_json(_as_json(settings, cluster, rows))
    else:
        lines = [(path, shown(value), str(source)) for path, value, source in rows]
        click.echo(table(("SETTING", "VALUE", "SOURCE"), lines))


def _find(target: Target, cluster: str) -> Cluster:
    from dsql_tui.aws.clusters import find_cluster
    from dsql_tui.aws.session import AwsSession

    with profile_of(target) as profile:
        session = AwsSession(profile)
        return find_cluster(session, session.regions, cluster)


def rows_of(settings: Settings) -> Iterator[Row]:
    """Yield the settings for all clusters; of the keys only those that are set."""
    for setting in SETTINGS:
        if setting.path == KEYS:
            for action, keys in settings.config.keys.items():
                path = f"{KEYS}.{action}"
                yield path, keys, settings.source_of(path)
        elif not setting.is_only_for_clusters:
            value = getattr(settings.config, setting.attribute)
            yield setting.path, value, settings.source_of(setting.path)


def section_rows(settings: Settings) -> Iterator[Row]:
    """Yield the settings in sections for some clusters."""
    for section in settings.config.clusters:
        for key, setting in BY_CLUSTER_KEY.items():
            if setting.attribute in section.values:
                path = f"{CLUSTERS}.{section.selector}.{key}"
                value = section.values[setting.attribute]
                yield f'{CLUSTERS}."{section.selector}".{key}', value, settings.source_of(path)


def rows_for(settings: Settings, cluster: Cluster) -> Iterator[Row]:
    """Yield the settings for one cluster."""
    config = settings.config.for_cluster(cluster)
    for path, value, source in rows_of(replace(settings, config=config)):
        setting = next((each for each in SETTINGS if each.path == path), None)
        yield path, value, _deciding(settings, cluster, setting) or source
    for setting in SETTINGS:
        if setting.is_only_for_clusters:
            name = f"{CLUSTERS}.{cluster.name}.{setting.cluster_key}"
            value = getattr(config, setting.attribute)
            yield name, value, _deciding(settings, cluster, setting) or DEFAULT_SOURCE


def _deciding(settings: Settings, cluster: Cluster, setting: Setting | None) -> Source | None:
    """Return the source of the section or rule that decides a setting of a cluster, if one does."""
    if setting is None or not setting.cluster_key:
        return None
    selector = settings.config.deciding(cluster, setting.attribute)
    if selector is None:
        return None
    source = settings.sources.get(f"{CLUSTERS}.{selector}.{setting.cluster_key}")
    if source is None:  # a rule of safety.read_only
        return settings.source_of("safety.read_only")
    return replace(source, section=f'{CLUSTERS}."{selector}"')


def shown(value: object) -> str:
    """Return a value as written in the file; empty for a setting without a value."""
    return "" if value is None else toml_value(value)


def _as_json(settings: Settings, cluster: str | None, rows: list[Row]) -> dict[str, object]:
    return {
        "cluster": cluster,
        "file": str(settings.path),
        "repositoryFile": str(settings.repository_path) if settings.repository_path else None,
        "settings": [
            {"path": path, "value": _plain(value), "source": source_as_json(source)}
            for path, value, source in rows
        ],
    }


def _plain(value: object) -> object:
    """Return a value as JSON has it; amounts of money as strings, which hold every digit."""
    if isinstance(value, Decimal):
        return str(value)
    return list(value) if isinstance(value, tuple) else value
