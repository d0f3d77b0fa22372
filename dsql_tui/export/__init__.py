"""Export of rows: one encoder per format, which returns bytes and needs little memory.

The console, `dsql-tui query` and the clipboard use the same encoders. An encoder receives columns
and row chunks and does not depend on the destination of the bytes.
"""
