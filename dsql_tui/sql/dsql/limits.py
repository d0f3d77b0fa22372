"""Limits of Aurora DSQL, for the console and the local DSQL.

Source: user guide, CHAP_quotas and supported data types, September 2026, where no other is named.
"""

from __future__ import annotations

TRANSACTION_ROWS = 3_000
"""Rows changed; cascades count, entries of secondary indexes do not. Confirmed on clusters."""
TRANSACTION_BYTES = 10 * 1024 * 1024
"""Data written, index entries included; checked at COMMIT. Confirmed on clusters."""
TRANSACTION_AGE_S = 300
"""From BEGIN to the end of COMMIT. Confirmed on clusters; a newer emulator rule says 1,800 s."""
SESSION_AGE_S = 3_600
"""From the connect until the service ends the session."""

KEY_COLUMNS = 8
"""Columns of a primary key or an index."""
KEY_BYTES = 1_981
"""What the columns of a key may hold: passed on a cluster; the user guide says 1 KiB."""
COLUMN_BYTES = {"varchar": 65_535, "char": 4_096}
"""What a column of the type may be declared to hold."""

SINGLE_REGION_CLUSTERS = 20
"""Per account and Region."""
MULTI_REGION_CLUSTERS = 5
"""Per account and Region."""
STREAMS = 5
"""Per cluster; whether it can be raised is not documented."""
SCHEMAS = 10
"""Per database, without public and sys."""
TABLES = 1_000
VIEWS = 5_000
SEQUENCES = 5_000
INDEXES_PER_TABLE = 24
COLUMNS = 255
"""Of a table."""
STORAGE_BYTES = 10 * 2**40
"""10 TiB by default, up to 256 TiB on request."""
CONNECTIONS = 10_000
"""Per cluster."""
CONNECTS_PER_S = 100
CONNECT_BURST = 1_000
TAGS = 200
"""Per resource (API reference)."""
