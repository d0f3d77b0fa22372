"""Helpers shared by the commands of the group."""

from __future__ import annotations

from dsql_tui.cli.clusters.shared import confirm
from dsql_tui.model.cells import inert
from dsql_tui.model.cluster import Cluster

VERSION_HELP = "Change the policy only if it has this version, as `policy get --json` prints it."


def confirm_change(cluster: Cluster, question: str, *, yes: bool) -> None:
    """Ask the user to type the name of the cluster whose policy is changed."""
    confirm(inert(f"{question} {cluster.name} in {cluster.region}."), cluster.name, yes=yes)
