"""`dsql-tui import`: bring another database to a cluster."""

from dsql_tui.cli.import_.group import command

__all__ = ["command"]
