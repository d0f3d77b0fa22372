"""Write rows out, chunk by chunk in flat memory; the console and `query` share it."""

from dsql_tui.export.formats import Format, Writer, writer

__all__ = ["Format", "Writer", "writer"]
