"""`dsql-tui clusters policy`: the resource policy of a cluster."""

from dsql_tui.cli.clusters.policy.group import command

__all__ = ["command"]
