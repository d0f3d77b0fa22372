"""Every error that leaves a room of dsql-tui, born at one edge per library.

Drivers' errors are translated where the driver is called and nowhere else; what is not in this
tree is a bug and ends the program. Messages are one sentence; `remedy` says what to do about it.

    DsqlTuiError
    ├── ConfigError                 a flag, variable or config file that cannot be used
    ├── InputError                  a SQL file, an export path or typed text that cannot be used
    ├── LocalError                  the embedded local DSQL cannot start or answer
    ├── AwsError                    the AWS API, before any database session
    │   ├── CredentialsMissing
    │   ├── CredentialsExpired
    │   ├── AccessDenied            names the IAM action that is missing
    │   ├── RegionUnreachable
    │   └── ClusterNotFound
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
    """The root: something a person can be told in one sentence.

    Args:
        message: What went wrong, in words; never a token, key or query text.
        remedy: What to do about it; empty when there is nothing to do.
    """

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy


class ConfigError(DsqlTuiError):
    """A flag, an environment variable or the config file holds a value that cannot be used."""


class InputError(DsqlTuiError):
    """A file or a text given by the person cannot be used."""


class LocalError(DsqlTuiError):
    """The embedded local DSQL cannot start, or stopped answering."""


class AwsError(DsqlTuiError):
    """The AWS API answered with an error, or could not be asked.

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
    """The AWS credentials were found but are expired, or their SSO login is."""


class AccessDenied(AwsError):
    """The identity may not do this; `action` is the missing IAM action, empty when unknown."""

    def __init__(self, message: str, *, action: str = "", remedy: str = "") -> None:
        super().__init__(message, code="AccessDeniedException", remedy=remedy)
        self.action = action


class RegionUnreachable(AwsError):
    """The Region's endpoint could not be reached."""


class ClusterNotFound(AwsError):
    """No cluster goes by that name, identifier or host."""


class ConnectStep(StrEnum):
    """How far opening a session came; the step that failed."""

    CREDENTIALS = "credentials"
    DNS = "name look-up"
    TCP = "network"
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
    """

    def __init__(self, message: str, *, outcome_unknown: bool, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.outcome_unknown = outcome_unknown


class StatementError(DsqlTuiError):
    """The server refused a statement.

    Args:
        message: The server's primary message.
        sqlstate: Five characters.
        detail: The server's DETAIL, or empty.
        hint: The server's HINT, or empty.
        position: 1-based character position in the statement sent, `None` when not given.
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


class OccConflict(StatementError):
    """The transaction lost against another one (40001); `kind` is the tag inside the message."""

    @property
    def kind(self) -> str:
        """`OC000` (data), `OC001` (schema), or empty when the message carries no tag."""
        return next((tag for tag in ("OC000", "OC001") if tag in self.message), "")


class StatementCancelled(StatementError):
    """The server confirmed that the statement was cancelled (57014)."""
