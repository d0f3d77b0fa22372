"""The command line: one file per command, imported when it is asked for."""

from dsql_tui.cli.root import main

__all__ = ["main"]
