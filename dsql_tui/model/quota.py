"""A quota of the service and its usage."""

from __future__ import annotations

from dataclasses import dataclass

from dsql_tui.model.metrics import in_unit


@dataclass(frozen=True, slots=True)
class QuotaUse:
    """One quota and its usage.

    Attributes:
        name: The name of the quota.
        used: How many; `None` when it could not be determined.
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
        """Usage and limit for display; `?` if unknown."""
        used, limit = (self._words(number) for number in (self.used, self.limit))
        return used, limit

    def _words(self, number: int | None) -> str:
        if number is None:
            return "?"
        return in_unit(number, self.unit) if self.unit else f"{number:,}"

    @property
    def share(self) -> float | None:
        """Usage as a share of the limit, 0–1 and above; `None` if unknown."""
        return None if self.used is None else self.used / self.limit
