"""Limits of Aurora DSQL.

Source: user guide, CHAP_quotas, September 2026; those of transactions are confirmed on clusters.
"""

from __future__ import annotations

TRANSACTION_ROWS = 3_000
"""Rows changed; cascades count, entries of secondary indexes do not."""
TRANSACTION_BYTES = 10 * 1024 * 1024
"""Data written, index entries included; checked at COMMIT."""
TRANSACTION_AGE_S = 300
"""From BEGIN to the end of COMMIT."""
SESSION_AGE_S = 3_600
"""From the connect until the service ends the session."""
