"""The settings for results."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import tzinfo
from zoneinfo import ZoneInfo

from dsql_tui.config import Config
from dsql_tui.results.formats import Formats, LocalZone


@dataclass(frozen=True, slots=True)
class ResultChoices:
    """The settings for results.

    Attributes:
        formats: How values are shown.
        spill_bytes: Memory for kept rows before the oldest go to a temporary file; 0 is no bound.
        guard_formulas: Escape spreadsheet formulas with `'` in CSV and TSV.
    """

    formats: Formats = field(default_factory=Formats)
    spill_bytes: int = 512 * 1024 * 1024
    guard_formulas: bool = False


def choices_of(config: Config) -> ResultChoices:
    """Return the settings for results."""
    return ResultChoices(
        formats=Formats(
            group_digits=config.group_separators,
            zone=_zone(config.timezone),
        ),
        spill_bytes=config.spill_limit_mib * 1024 * 1024,
        guard_formulas=config.formula_guard,
    )


def _zone(name: str) -> tzinfo | None:
    if name == "local":
        return LocalZone()
    return ZoneInfo(name) if name else None
