"""`dsql-tui clusters stream`: change streams to Kinesis."""

from dsql_tui.cli.clusters.stream.group import command

__all__ = ["command"]
