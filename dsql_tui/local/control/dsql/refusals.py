"""The errors of the DSQL API, each built in one place with the members its shape requires."""

from __future__ import annotations

from collections.abc import Sequence

from dsql_tui.local.control.protocol.protocols import ApiError
from dsql_tui.local.control.protocol.service import sum_up
from dsql_tui.local.control.protocol.shapes import Violation

_QUOTA_TEXTS = {
    "cluster": "You have reached the cluster limit.",
    "stream": "You have reached the stream limit.",
    "tag": "You have reached the tag limit.",
}
"""The first two are quoted (user guide, CHAP_quotas); the third is modelled on them."""


def not_found(resource_type: str, resource_id: str) -> ApiError:
    """Return the error for a resource that does not exist in this Region."""
    return ApiError(
        "ResourceNotFoundException",
        f"The {resource_type} {resource_id} does not exist.",
        resourceId=resource_id,
        resourceType=resource_type,
    )


def conflict(resource_type: str, resource_id: str, message: str) -> ApiError:
    """Return the error for a change that the resource's current status does not allow."""
    return ApiError(
        "ConflictException", message, resourceId=resource_id, resourceType=resource_type
    )


def quota_exceeded(resource_type: str, resource_id: str = "") -> ApiError:
    """Return the error (HTTP 402) for exceeding a quota.

    The service's quota codes are not published; the code here shows that it is the local DSQL's.
    """
    return ApiError(
        "ServiceQuotaExceededException",
        _QUOTA_TEXTS[resource_type],
        resourceId=resource_id,
        resourceType=resource_type,
        serviceCode="dsql",
        quotaCode="local",
    )


def invalid(message: str, *, reason: str = "other") -> ApiError:
    """Return the error for input that the model allows and the service does not."""
    return ApiError("ValidationException", message, reason=reason)


def invalid_fields(violations: Sequence[Violation]) -> ApiError:
    """Return the error for input that the model does not allow, field by field."""
    return ApiError(
        "ValidationException",
        sum_up(violations),
        reason="fieldValidationFailed",
        fieldList=[{"name": one.name, "message": one.message} for one in violations],
    )


def invalid_field(name: str, message: str) -> ApiError:
    """Return the error for one field that the model allows and the service does not."""
    return ApiError(
        "ValidationException",
        message,
        reason="fieldValidationFailed",
        fieldList=[{"name": name, "message": message}],
    )
