"""`dsql-tui local`: run the local DSQL as a server for any client."""

from dsql_tui.cli.local.group import command

__all__ = ["command"]
