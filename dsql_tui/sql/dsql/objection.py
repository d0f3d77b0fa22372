"""The findings of the rules that complement `dsql-lint`."""

from __future__ import annotations

from typing import NamedTuple


class Objection(NamedTuple):
    """Something the service would refuse; the range counts from the statement's start.

    It is `unsure` if the sources disagree or if it depends on the catalog.
    """

    rule: str
    message: str
    suggestion: str
    start: int
    end: int
    unsure: bool = False
