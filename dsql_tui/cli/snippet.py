"""`dsql-tui snippet`: a program that connects to a cluster, filled in."""

from __future__ import annotations

from pathlib import Path

import click

from dsql_tui.cli.shared.open_access import cluster_meant
from dsql_tui.cli.shared.target import Target, profile_of, target_options
from dsql_tui.cli.shared.terminal import echo_line
from dsql_tui.errors import InputError
from dsql_tui.model.endpoint import ADMIN_ROLE
from dsql_tui.snippets import Language, SnippetFile, render


@click.command("snippet")
@click.argument("language", type=click.Choice([each.value for each in Language]))
@click.argument("cluster", required=False)
@click.option("--role", default=ADMIN_ROLE, show_default=True, help="Database role to become.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write the files into this folder instead of printing them.",
)
@target_options
def command(
    language: str, cluster: str | None, role: str, out: Path | None, target: Target
) -> None:
    """Print a program in LANGUAGE that connects to CLUSTER as a role.

    It signs its tokens itself where it runs; nothing secret is printed.
    """
    chosen = Language(language)
    with profile_of(target) as profile:
        found_cluster = cluster_meant(profile, target, cluster)
        files = render(chosen, found_cluster, target.role_for(found_cluster, role), profile)
    if chosen.dials_by_name_only and profile.hostaddr:
        told = (
            f"{found_cluster.endpoint_host} must resolve to {profile.hostaddr}, port {profile.port}"
        )
        echo_line(f"{chosen.label} knows endpoints by name only: {told}.", err=True)
    if out is None:
        _print(files)
    else:
        _write(out, files)


def _print(files: tuple[SnippetFile, ...]) -> None:
    for number, file in enumerate(files):
        if number:
            click.echo(f"\n# {file.name}")
        click.echo(file.text, nl=False)


def _write(folder: Path, files: tuple[SnippetFile, ...]) -> None:
    """Write the files; one that is there already is not replaced.

    Raises:
        InputError: A file is there, or the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file in files:
            with (folder / file.name).open("x", encoding="utf-8") as out:
                out.write(file.text)
            echo_line(str(folder / file.name), err=True)
    except FileExistsError as error:
        raise InputError(f"{error.filename} is there already; it was not replaced.") from None
    except OSError as error:
        raise InputError(f"{folder} cannot be written: {error.strerror}.") from None
