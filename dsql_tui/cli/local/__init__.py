"""`dsql-tui local`: the local DSQL as a server of its own, for any client."""

from dsql_tui.cli.local.group import command

__all__ = ["command"]
