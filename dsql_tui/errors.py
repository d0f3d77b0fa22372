"""Every error that a package raises; errors of libraries are translated in one place each.

Errors of a driver are translated only in the package that calls it; an exception that is not in
this tree is a bug and ends the program. Messages are one sentence; `remedy` says what to do.

    DsqlTuiError
    ├── ConfigError                 a flag, variable or config file that cannot be used
    ├── InputError                  a SQL file, an export path or typed text that cannot be used
    │   ├── FileInUse               another process works with the same file
    │   └── WriteFailed             a file in which progress is kept could not be written
    ├── NotConfirmed                a question was answered with no, or nobody could be asked
    ├── ClusterReadOnly             the setting safety.read_only protects the cluster from a write
    ├── LocalError                  the embedded local DSQL cannot start or answer
    ├── AwsError                    the AWS API, before any database session
    │   ├── CredentialsMissing
    │   ├── CredentialsExpired
    │   ├── AccessDenied            names the IAM action that is missing
    │   ├── RegionUnreachable
    │   ├── ClusterNotFound
    │   ├── QuotaExceeded           one more than the account may have (HTTP 402)
    │   ├── ResourceConflict        the resource's state or version does not allow it (409)
    │   ├── InvalidRequest          the service refuses a value; `fields` says which
    │   │   └── DeletionProtected
    │   ├── ServiceBusy             throttled or failed on AWS's side, retried in vain
    │   └── LifecycleFailed         a cluster did not get where it was going; `made` is what exists
    ├── ConnectError                opening a database session; `step` says how far it came
    │   └── TokenRefused            the server refused the token; `hint` is its reason
    ├── SessionLost                 the connection ended; `outcome_unknown` if a write was in flight
    └── StatementError              the server refused a statement (SQLSTATE, position, hint)
        ├── OccConflict             lost against another transaction, OC000 or OC001
        └── StatementCancelled      the person asked for it
"""

from __future__ import annotations

from enum import StrEnum


class DsqlTuiError(Exception):
    """The base class: an error with a message of one sentence.

    Args:
        message: The problem, in words; never a token, key or query text.
        remedy: What to do about it; empty when there is nothing to do.
    """

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy


class ConfigError(DsqlTuiError):
    """A flag, an environment variable or the config file contains an invalid value."""


class InputError(DsqlTuiError):
    """A file or an argument given by the user cannot be used."""


class FileInUse(InputError):
    """Another process uses the same file; the message names it."""


class WriteFailed(InputError):
    """A file with progress could not be written; work done before counts."""


class NotConfirmed(DsqlTuiError):
    """A change was not confirmed, so nothing was changed."""


class ClusterReadOnly(DsqlTuiError):
    """The operation may write, and the setting `safety.read_only` protects the cluster."""


class LocalError(DsqlTuiError):
    """The embedded local DSQL cannot start, or stopped responding."""


class AwsError(DsqlTuiError):
    """The AWS API returned an error, or could not be called.

    Args:
        message: One sentence.
        code: The service's error code (`ThrottlingException`), empty when none was received.
        remedy: What to do.
    """

    def __init__(self, message: str, *, code: str = "", remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.code = code


class CredentialsMissing(AwsError):
    """No AWS credentials were found in any place boto3 looks."""


class CredentialsExpired(AwsError):
    """The AWS credentials, or their SSO login, have expired."""


class AccessDenied(AwsError):
    """The identity lacks a permission; `action` is the IAM action, empty if unknown."""

    def __init__(self, message: str, *, action: str = "", remedy: str = "") -> None:
        super().__init__(message, code="AccessDeniedException", remedy=remedy)
        self.action = action


class RegionUnreachable(AwsError):
    """The Region's endpoint could not be reached."""


class ClusterNotFound(AwsError):
    """No cluster has that name, identifier or host."""


class QuotaExceeded(AwsError):
    """A quota is exceeded; retrying does not help, deleting or raising the quota does."""


class ResourceConflict(AwsError):
    """The resource is in a state, or of a version, that does not allow the change."""


class InvalidRequest(AwsError):
    """The service rejected the request as invalid.

    Args:
        message: One sentence.
        reason: `ValidationException.reason`, empty when not told.
        fields: Field name and what is wrong with it, as the service says.
        remedy: What to do.
    """

    def __init__(
        self,
        message: str,
        *,
        reason: str = "",
        fields: tuple[tuple[str, str], ...] = (),
        remedy: str = "",
    ) -> None:
        super().__init__(message, code="ValidationException", remedy=remedy)
        self.reason = reason
        self.fields = fields


class DeletionProtected(InvalidRequest):
    """The cluster's deletion protection is on."""


class ServiceBusy(AwsError):
    """AWS throttled the call or failed, and the SDK's retries did not help."""


class LifecycleFailed(AwsError):
    """A cluster did not reach the expected status.

    Args:
        message: One sentence.
        made: ARNs of what exists now because of the attempt.
        remedy: How to go on or back.
    """

    def __init__(self, message: str, *, made: tuple[str, ...] = (), remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.made = made


class ConnectStep(StrEnum):
    """The steps of opening a session; the one that failed."""

    CREDENTIALS = "credentials"
    DNS = "DNS lookup"
    TCP = "network"
    ADDRESS = "local address"
    TLS = "TLS"
    TOKEN = "token"
    SETTINGS = "start-up settings"
    LIMIT = "connection limit"
    WAKING = "waking up"
    SERVER = "server"


class ConnectError(DsqlTuiError):
    """A database session could not be opened.

    Args:
        message: One sentence.
        step: The step that failed.
        sqlstate: The server's SQLSTATE, empty when the server was not reached.
        hint: The server's own HINT, empty when there was none.
        remedy: What to do.
    """

    def __init__(
        self,
        message: str,
        *,
        step: ConnectStep,
        sqlstate: str = "",
        hint: str = "",
        remedy: str = "",
    ) -> None:
        super().__init__(message, remedy=remedy)
        self.step = step
        self.sqlstate = sqlstate
        self.hint = hint


class TokenRefused(ConnectError):
    """The server checked the token and refused it (08006)."""


class SessionLost(DsqlTuiError):
    """The connection ended while it was in use.

    Args:
        message: One sentence.
        outcome_unknown: A write or a COMMIT was in flight; it may or may not have completed.
        remedy: What to do.
        check: A query whose answer tells whether it completed, or empty.
    """

    def __init__(
        self, message: str, *, outcome_unknown: bool, remedy: str = "", check: str = ""
    ) -> None:
        super().__init__(message, remedy=remedy)
        self.outcome_unknown = outcome_unknown
        self.check = check


class StatementError(DsqlTuiError):
    """The server refused a statement.

    Args:
        message: The server's primary message.
        sqlstate: Five characters.
        detail: The server's DETAIL, or empty.
        hint: The server's HINT, or empty.
        position: 1-based character position in the statement sent, `None` when not given.

    Attributes:
        index: Which of the statements of one transaction it is about, from 0.
    """

    def __init__(
        self,
        message: str,
        *,
        sqlstate: str,
        detail: str = "",
        hint: str = "",
        position: int | None = None,
        remedy: str = "",
    ) -> None:
        super().__init__(message, remedy=remedy)
        self.sqlstate = sqlstate
        self.detail = detail
        self.hint = hint
        self.position = position
        self.index = 0


class OccConflict(StatementError):
    """The transaction conflicts with another one (40001); `kind` is the tag in the message."""

    @property
    def kind(self) -> str:
        """`OC000` (data), `OC001` (schema), or empty if the message has no tag."""
        return next((tag for tag in ("OC000", "OC001") if tag in self.message), "")


class StatementCancelled(StatementError):
    """The server confirmed that the statement was cancelled (57014)."""
