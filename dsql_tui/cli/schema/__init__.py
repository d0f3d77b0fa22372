"""`dsql-tui schema`: print, compare and apply the definitions of a database."""

from dsql_tui.cli.schema.group import command

__all__ = ["command"]
