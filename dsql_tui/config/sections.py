"""Sections of a file with settings for some clusters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dsql_tui.model.cluster import Cluster
from dsql_tui.model.selector import Rank, rank_of


@dataclass(frozen=True, slots=True)
class Section:
    """A section such as `[clusters."tag:env=prod"]`.

    Attributes:
        selector: Which clusters it is about; see `dsql_tui.model.selector`.
        values: Its settings, by attribute of `Config`.
    """

    selector: str
    values: Mapping[str, object]


def applied(sections: Iterable[Section], cluster: Cluster) -> list[Section]:
    """Return the sections that select a cluster, in increasing precedence."""
    ranked = [(rank_of(cluster, each.selector), each) for each in sections]
    selecting = [pair for pair in ranked if pair[0] is not Rank.NONE]
    return [section for _, section in sorted(selecting, key=lambda pair: pair[0])]
