"""Export of rows: one encoder per format, which returns bytes and needs little memory.

The console, `dsql-tui query` and the clipboard use the same encoders. An encoder knows columns
and row chunks and nothing of where the bytes go.
"""
