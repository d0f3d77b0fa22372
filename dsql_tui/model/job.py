"""An asynchronous job of the service: an index build, a validation, an automatic ANALYZE."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class JobStatus(StrEnum):
    """`sys.jobs.status` (user guide, working-with-systems-tables, September 2026)."""

    SUBMITTED = "submitted"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    UNKNOWN = "unknown"

    @classmethod
    def _missing_(cls, _value: object) -> JobStatus:
        """Return `UNKNOWN` for a word that the service adds."""
        return cls.UNKNOWN

    @property
    def is_over(self) -> bool:
        """Whether the job has ended."""
        return self in {JobStatus.COMPLETED, JobStatus.FAILED}


@dataclass(frozen=True, slots=True)
class Job:
    """One row of `sys.jobs`; the service removes it half an hour after its end.

    Attributes:
        identifier: 26 characters.
        status: Its status.
        sort: `INDEX_BUILD`, `VALIDATE_CONSTRAINT`, `ANALYZE`, `DROP`.
        object_name: The object, with its schema; empty after the object was dropped.
        details: The error of a failed one, else empty.
        started_at: Aware UTC, `None` if unknown.
        updated_at: Likewise.
    """

    identifier: str
    status: JobStatus
    sort: str = ""
    object_name: str = ""
    details: str = ""
    started_at: datetime | None = None
    updated_at: datetime | None = None

    @property
    def was_asked_for(self) -> bool:
        """Whether a user started it; the service also analyzes and cleans up by itself."""
        return self.sort not in {"ANALYZE", "DROP"}
