"""The command line: one module per command, imported when the command is called."""

from dsql_tui.cli.root import main

__all__ = ["main"]
