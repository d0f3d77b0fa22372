"""`dsql-tui config`: show, edit and check settings."""

from dsql_tui.cli.config.group import command

__all__ = ["command"]
