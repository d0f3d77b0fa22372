"""Asynchronous jobs, read from `sys.jobs`.

Polled rather than awaited with `CALL sys.wait_for_job`: that blocks the session, and the call would
fail if a build took longer than the maximum duration of a transaction.
"""

from __future__ import annotations

from datetime import UTC, datetime

from dsql_tui.model.job import Job, JobStatus
from dsql_tui.pg.session import Session

_COLUMNS = """
SELECT job_id, status, job_type, object_name, details,
       extract(epoch FROM start_time), extract(epoch FROM update_time)
FROM sys.jobs
"""
_ALL = _COLUMNS + "ORDER BY start_time DESC NULLS FIRST, job_id"
_ONE = _COLUMNS + "WHERE job_id = $1"


def jobs(session: Session) -> list[Job]:
    """Return the jobs that the service lists, newest first."""
    return [_job(row) for row in session.fetch(_ALL)]


def job(session: Session, identifier: str) -> Job | None:
    """Return one job; `None` if the service no longer lists it."""
    rows = session.fetch(_ONE, [identifier])
    return _job(rows[0]) if rows else None


def _job(row: tuple[str | None, ...]) -> Job:
    identifier, status, sort, object_name, details, started_at, updated_at = row
    return Job(
        identifier or "",
        JobStatus(status or ""),
        sort or "",
        object_name or "",
        details or "",
        _instant(started_at),
        _instant(updated_at),
    )


def _instant(epoch: str | None) -> datetime | None:
    return None if epoch is None else datetime.fromtimestamp(float(epoch), UTC)
