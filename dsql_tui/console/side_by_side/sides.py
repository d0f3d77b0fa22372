"""The sides to compare a session with, their results, and how the results differ.

Values and pure functions: nothing here opens a session or draws.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dsql_tui.errors import DsqlTuiError, StatementError
from dsql_tui.model.cluster import Cluster
from dsql_tui.model.endpoint import Endpoint
from dsql_tui.model.result import Completed
from dsql_tui.results.compare import Comparison
from dsql_tui.results.store import ResultStore
from dsql_tui.sql.statements.classify import StatementKind, classify

ROWS_MAX = 10_000
"""Rows of each side that are compared; the rest stays on the server."""


@dataclass(frozen=True, slots=True)
class ComparedSide:
    """The session of one side.

    Attributes:
        region: Its Region, or the cluster as the person named it.
        role: Database role.
        cluster: An ARN or a typed name; empty for the session's cluster.
        profile: AWS profile that signs; empty for the session's profile.
    """

    region: str
    role: str
    cluster: str = ""
    profile: str = ""

    @property
    def label(self) -> str:
        """The side as text."""
        profile = f" (profile {self.profile})" if self.profile else ""
        return f"{self.region} as {self.role}{profile}"


@dataclass(frozen=True, slots=True)
class SideAnswer:
    """The outcome of one side.

    Attributes:
        store: Its rows, up to `ROWS_MAX`; `None` if it answered no result set.
        completed: How it ended; `None` if it was refused or cut off.
        error: Why the server refused it or could not be reached.
        connect_ms: From the token to the open session; `None` if it did not open.
        elapsed_ms: From sending the statement to its end.
        is_partial: There are more rows than were fetched.
    """

    store: ResultStore | None = None
    completed: Completed | None = None
    error: DsqlTuiError | None = None
    connect_ms: float | None = None
    elapsed_ms: float = 0.0
    is_partial: bool = False


@dataclass(frozen=True, slots=True)
class AnswerDifference:
    """How two results differ.

    Attributes:
        words: One sentence.
        is_same: Whether there is no difference.
        comparison: The rows that differ; `None` when there are no rows on both sides.
    """

    words: str
    is_same: bool = False
    comparison: Comparison | None = None


def refusal(statement: str) -> str:
    """Return why a statement cannot be run on two sessions; empty if it can.

    The server refuses all other writes: both sides run in a read-only transaction.
    """
    statement_class = classify(statement)
    if statement_class.is_write:
        return (
            f"{statement_class.command} writes, so it is not run on two sessions. Use EXPLAIN to "
            "compare plans and permissions without running it."
        )
    if (
        statement_class.kind is StatementKind.QUERY
        or statement_class.is_explain
        or statement_class.command == "SHOW"
    ):
        return ""
    return f"{statement_class.command or 'This statement'} returns nothing to compare."


def sides_offered(
    cluster: Cluster, endpoint: Endpoint, roles_of: Callable[[str], Sequence[str]]
) -> tuple[ComparedSide, ...]:
    """Return the sides a session can be compared with: its peers first, then other roles.

    Args:
        cluster: The session's cluster.
        endpoint: Where and as whom the session is.
        roles_of: Roles known for the cluster of an ARN.
    """
    own, sides = endpoint.role, []
    for arn, region in zip(cluster.peer_arns, cluster.peer_regions, strict=True):
        roles = dict.fromkeys((own, *roles_of(arn), *roles_of(cluster.arn)))
        sides += [ComparedSide(region, role, arn) for role in roles]
    sides += [ComparedSide(endpoint.region, role) for role in roles_of(cluster.arn) if role != own]
    return tuple(sides)


def side_typed(text: str, cluster: Cluster, endpoint: Endpoint) -> ComparedSide:
    """Parse `role`, `role@Region` or `role@cluster`; the session's role is the default."""
    role, _, place = (part.strip() for part in text.partition("@"))
    role = role or endpoint.role
    if place in {"", endpoint.region}:
        return ComparedSide(endpoint.region, role)
    peers = dict(zip(cluster.peer_regions, cluster.peer_arns, strict=True))
    return ComparedSide(place, role, peers.get(place, place))


def key_columns(first: ResultStore, second: ResultStore) -> tuple[int, ...]:
    """Return the fewest leading columns that are unique on both sides, or all columns."""
    width = len(first.columns)
    for count in range(width):
        if _are_unique(first, count) and _are_unique(second, count):
            return tuple(range(count))
    return tuple(range(width))


def _are_unique(store: ResultStore, count: int) -> bool:
    known_keys: set[tuple[str | None, ...]] = set()
    for chunk in store.snapshot():
        for row in chunk.rows.texts():
            if row[:count] in known_keys:
                return False
            known_keys.add(row[:count])
    return True


def matched_by(store: ResultStore, keys: Sequence[int]) -> str:
    """Return a sentence about how rows were matched."""
    if len(keys) == len(store.columns):
        return "matched by all columns"
    if not keys:
        return "one row each"
    return f"matched by {', '.join(store.columns[key].name for key in keys)}"


def without_rows(
    first: SideAnswer, second: SideAnswer, labels: tuple[str, str]
) -> AnswerDifference:
    """Return how two results differ if one of them has no rows."""
    errors = [answer.error for answer in (first, second) if answer.error is not None]
    if len(errors) == 2:
        if _spoken(errors[0]) == _spoken(errors[1]):
            return AnswerDifference("Both sides failed with the same error.", is_same=True)
        return AnswerDifference("Both sides failed with different errors.")
    if errors:
        answers = labels[0] if first.error is None else labels[1]
        return AnswerDifference(f"Only {answers} succeeded.")
    return AnswerDifference("Neither side returned rows.", is_same=True)


def _spoken(error: DsqlTuiError) -> tuple[str, str]:
    return error.sqlstate if isinstance(error, StatementError) else "", error.message
