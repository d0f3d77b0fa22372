"""A quota of the service, and how much of it is used."""

from __future__ import annotations

from dataclasses import dataclass

from dsql_tui.model.metrics import in_unit


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
