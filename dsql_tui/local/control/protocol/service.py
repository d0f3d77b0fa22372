"""The interface of an AWS service of the local endpoint."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from dsql_tui.local.control.protocol.protocols import ApiError, Params
from dsql_tui.local.control.protocol.shapes import Violation
from dsql_tui.local.iam.identity import Caller

Item = TypeVar("Item")
Place = tuple[datetime, str]
"""Position of an item in a list: its time of creation, and its identifier."""

Clock = Callable[[], datetime]
"""Returns the time as aware UTC; tests use their own clock."""


@dataclass(frozen=True, slots=True)
class Call:
    """The caller, time and Region of a request.

    Attributes:
        caller: The verified principal.
        region: Region of the request's credential scope.
        now: Aware time of arrival.
    """

    caller: Caller
    region: str
    now: datetime


Operation = Callable[[Call, Params], Params]
"""Performs one operation: takes checked input, returns the output's members.

Raises:
    ApiError: The operation is refused.
"""


@dataclass(frozen=True, slots=True)
class Service:
    """One AWS service.

    Attributes:
        name: botocore's name of its model.
        signing_name: The service name in the signature of its requests.
        operations: The implemented operations by name.
        invalid: Returns the error for input that violates the model's constraints.
        malformed: Returns the error for input that cannot be parsed; its argument is the cause.
        is_regional: Whether it exists only in the simulated Regions.
    """

    name: str
    signing_name: str
    operations: Mapping[str, Operation]
    invalid: Callable[[Sequence[Violation]], ApiError]
    malformed: Callable[[str], ApiError]
    is_regional: bool = True


def sum_up(violations: Sequence[Violation]) -> str:
    """Return AWS's validation message for one or more violations."""
    count = len(violations)
    noun = "validation error" if count == 1 else "validation errors"
    return f"{count} {noun} detected: " + "; ".join(one.message for one in violations)


def page(
    items: Sequence[Item], params: Params, *, default: int, key: Callable[[Item], Place]
) -> tuple[list[Item], str | None]:
    """Return one page of `items` and the token of the next, `None` on the last.

    The token contains the position after which the next page starts, so that items created or
    deleted between two pages do not move the others.

    Args:
        items: All items.
        params: Input with `maxResults` and `nextToken`, both optional.
        default: Page size if `maxResults` is missing.
        key: Returns the position of an item.

    Raises:
        ApiError: The token is not one of an earlier page.
    """
    ordered = sorted(items, key=key)
    if token := params.get("nextToken"):
        place = _read_token(token)
        ordered = [item for item in ordered if key(item) > place]
    size = params.get("maxResults", default)
    chosen = ordered[:size]
    return chosen, _write_token(key(chosen[-1])) if len(ordered) > size else None


def _write_token(place: Place) -> str:
    return base64.urlsafe_b64encode(f"{place[0].isoformat()} {place[1]}".encode()).decode()


def _read_token(token: str) -> Place:
    try:
        moment, _, identifier = base64.urlsafe_b64decode(token).decode().partition(" ")
        return datetime.fromisoformat(moment).astimezone(UTC), identifier
    except (ValueError, OverflowError):
        raise ApiError(
            "ValidationException", "The next token is not valid.", reason="other"
        ) from None
