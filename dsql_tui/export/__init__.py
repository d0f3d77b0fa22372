"""Rows into the formats people take away: one encoder per format, bytes out, memory flat.

The console, `dsql-tui query` and the clipboard use the same encoders. An encoder knows columns
and row chunks and nothing of where the bytes go.
"""
