"""What the rules that complement `dsql-lint` return."""

from __future__ import annotations

from typing import NamedTuple


class Objection(NamedTuple):
    """One thing the service would refuse; the range counts from the statement's start.

    Where the sources disagree, or only the catalog could tell, it is `unsure`.
    """

    rule: str
    message: str
    suggestion: str
    start: int
    end: int
    unsure: bool = False
