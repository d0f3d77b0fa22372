"""Exit codes are an API: one table, printed by `--help` and repeated in the manual."""

from __future__ import annotations

from enum import IntEnum

from dsql_tui.errors import (
    AwsError,
    ClusterReadOnly,
    ConfigError,
    ConnectError,
    DsqlTuiError,
    FileInUse,
    InputError,
    LocalError,
    SessionLost,
    StatementError,
)


class ExitCode(IntEnum):
    """What the process ends with."""

    OK = 0
    STATEMENT_FAILED = 1
    USAGE = 2
    BAD_INPUT = 3
    AWS = 4
    CONNECT = 5
    SESSION_LOST = 6
    LOCAL = 7
    IN_USE = 8
    READ_ONLY = 9
    TRANSACTION_OPEN = 10
    HUNG_UP = 129
    INTERRUPTED = 130
    TERMINATED = 143


EXIT_CODES = {
    ExitCode.OK: "success",
    ExitCode.STATEMENT_FAILED: "a statement was refused",
    ExitCode.USAGE: "wrong usage",
    ExitCode.BAD_INPUT: "a setting or a file cannot be used",
    ExitCode.AWS: "credentials or AWS API",
    ExitCode.CONNECT: "no session could be opened",
    ExitCode.SESSION_LOST: "the session was lost, a write's outcome may be unknown",
    ExitCode.LOCAL: "the local DSQL cannot run",
    ExitCode.IN_USE: "another process is at work with the same file",
    ExitCode.READ_ONLY: "safety.read_only protects the cluster; nothing was sent",
    ExitCode.TRANSACTION_OPEN: "a transaction was left open and was rolled back",
    ExitCode.HUNG_UP: "ended by SIGHUP",
    ExitCode.INTERRUPTED: "interrupted by SIGINT (Ctrl-C)",
    ExitCode.TERMINATED: "ended by SIGTERM",
}

_BY_ERROR: tuple[tuple[type[DsqlTuiError], ExitCode], ...] = (
    (StatementError, ExitCode.STATEMENT_FAILED),
    (ConfigError, ExitCode.BAD_INPUT),
    (FileInUse, ExitCode.IN_USE),
    (InputError, ExitCode.BAD_INPUT),
    (ClusterReadOnly, ExitCode.READ_ONLY),
    (AwsError, ExitCode.AWS),
    (ConnectError, ExitCode.CONNECT),
    (SessionLost, ExitCode.SESSION_LOST),
    (LocalError, ExitCode.LOCAL),
)


def exit_code_of(error: DsqlTuiError) -> ExitCode:
    """Return the code an error ends the process with."""
    return next(code for kind, code in _BY_ERROR if isinstance(error, kind))
