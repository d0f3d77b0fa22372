"""Quotas of the service, and how much of them is used (user guide, CHAP_quotas, Sept 2026)."""

from __future__ import annotations

from dataclasses import dataclass

from dsql_tui.model.metrics import in_unit

SINGLE_REGION_CLUSTERS = 20
MULTI_REGION_CLUSTERS = 5
STREAMS = 5
"""Per cluster; whether it can be raised is not documented."""
SCHEMAS = 10
"""Without public and sys."""
TABLES = 1_000
VIEWS = 5_000
SEQUENCES = 5_000
INDEXES_PER_TABLE = 24
STORAGE_GIB = 10 * 1_024
"""10 TiB by default, up to 256 TiB on request."""
CONNECTIONS = 10_000
CONNECTS_PER_S = 100
CONNECT_BURST = 1_000


@dataclass(frozen=True, slots=True)
class QuotaUse:
    """One quota and how much of it is used.

    Attributes:
        name: What is counted.
        used: How many; `None` when it could not be found out.
        limit: The default quota; an account may have been given more.
        raisable: Whether AWS raises it on request.
        unit: `bytes`, or nothing for what is counted.
    """

    name: str
    used: int | None
    limit: int
    raisable: bool
    unit: str = ""

    @property
    def words(self) -> tuple[str, str]:
        """Used part and limit as people read them; `?` when not known."""
        used, limit = (self._words(number) for number in (self.used, self.limit))
        return used, limit

    def _words(self, number: int | None) -> str:
        if number is None:
            return "?"
        return in_unit(number, self.unit) if self.unit else f"{number:,}"

    @property
    def share(self) -> float | None:
        """Used part, 0–1 and above; `None` when not known."""
        return None if self.used is None else self.used / self.limit
