"""Exit codes: one table for every command, part of the contract in `manual/contract.md`.

A code means the same in every command and is used for nothing else. Within a major version, codes
may be added, but their meanings do not change.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum

from dsql_tui.errors import (
    AwsError,
    ClusterReadOnly,
    ConfigError,
    ConnectError,
    DsqlTuiError,
    FileInUse,
    InputError,
    LifecycleFailed,
    LocalError,
    NotConfirmed,
    SessionLost,
    StatementError,
)


class ExitCode(IntEnum):
    """The exit code of the process."""

    OK = 0
    NO = 1
    USAGE = 2
    BAD_INPUT = 3
    AWS = 4
    CONNECT = 5
    SESSION_LOST = 6
    LOCAL = 7
    IN_USE = 8
    READ_ONLY = 9
    TRANSACTION_OPEN = 10
    STATEMENT_FAILED = 11
    PARTIAL = 12
    NOT_CONFIRMED = 13
    OUTCOME_UNKNOWN = 14
    PSQL_FAILED = 21
    PSQL_DISCONNECTED = 22
    PSQL_SCRIPT_STOPPED = 23
    BUG = 70
    HUNG_UP = 129
    INTERRUPTED = 130
    TERMINATED = 143


EXIT_CODES = {
    ExitCode.OK: "success",
    ExitCode.NO: "the answer is no, or there are findings or differences",
    ExitCode.USAGE: "wrong usage: a command, an option or a setting has a value that cannot be"
    " used",
    ExitCode.BAD_INPUT: "a file, SQL, standard input or standard output cannot be used",
    ExitCode.AWS: "AWS refused or did not answer: credentials, permissions, network, no such"
    " cluster",
    ExitCode.CONNECT: "no database session could be opened",
    ExitCode.SESSION_LOST: "the session was lost, and the outcome of its statements is known",
    ExitCode.LOCAL: "the local DSQL cannot start or does not answer",
    ExitCode.IN_USE: "another process uses the same file",
    ExitCode.READ_ONLY: "safety.read_only protects the cluster; nothing was sent",
    ExitCode.TRANSACTION_OPEN: "a transaction was left open and was rolled back",
    ExitCode.STATEMENT_FAILED: "a statement failed",
    ExitCode.PARTIAL: "part of the work was done: rows were rejected, or a Region or cluster could"
    " not be read",
    ExitCode.NOT_CONFIRMED: "not confirmed; nothing was changed",
    ExitCode.OUTCOME_UNKNOWN: "the outcome of a write is unknown",
    ExitCode.PSQL_FAILED: "psql ended with 1: a fatal error in psql, or a statement of -c failed",
    ExitCode.PSQL_DISCONNECTED: "psql ended with 2: its connection could not be opened or was lost",
    ExitCode.PSQL_SCRIPT_STOPPED: "psql ended with 3: a script stopped at an error (ON_ERROR_STOP)",
    ExitCode.BUG: "a bug in dsql-tui; the traceback is on standard error",
    ExitCode.HUNG_UP: "ended by SIGHUP",
    ExitCode.INTERRUPTED: "ended by SIGINT (Ctrl-C)",
    ExitCode.TERMINATED: "ended by SIGTERM",
}
"""Exit code → what it means, in the words of the help and the manual."""

ALWAYS = (
    *(ExitCode.OK, ExitCode.USAGE, ExitCode.BAD_INPUT, ExitCode.BUG),
    *(ExitCode.HUNG_UP, ExitCode.INTERRUPTED, ExitCode.TERMINATED),
)
"""What every command can end with."""

_CLUSTER = (ExitCode.AWS, ExitCode.LOCAL)
_SESSION = (
    *(ExitCode.AWS, ExitCode.CONNECT, ExitCode.SESSION_LOST, ExitCode.LOCAL),
    ExitCode.STATEMENT_FAILED,
)
_WRITE = (*_SESSION, ExitCode.READ_ONLY, ExitCode.NOT_CONFIRMED, ExitCode.OUTCOME_UNKNOWN)
_CONFIRMED = (*_CLUSTER, ExitCode.NOT_CONFIRMED)
_PSQL = (
    *(*_CLUSTER, ExitCode.READ_ONLY, ExitCode.NOT_CONFIRMED),
    *(ExitCode.PSQL_FAILED, ExitCode.PSQL_DISCONNECTED, ExitCode.PSQL_SCRIPT_STOPPED),
)
BY_COMMAND: Mapping[str, tuple[ExitCode, ...]] = {
    "launch": (ExitCode.LOCAL,),
    "query": (*_WRITE, ExitCode.IN_USE, ExitCode.TRANSACTION_OPEN),
    "clusters": (*_CLUSTER, ExitCode.PARTIAL),
    "clusters.list": (*_CLUSTER, ExitCode.PARTIAL),
    "clusters.get": _CLUSTER,
    "clusters.create": (*_CLUSTER, ExitCode.PARTIAL),
    "clusters.resume": (*_CLUSTER, ExitCode.PARTIAL),
    "clusters.undo": (*_CONFIRMED, ExitCode.PARTIAL),
    "clusters.update": (*_CLUSTER, ExitCode.PARTIAL),
    "clusters.delete": (*_CONFIRMED, ExitCode.PARTIAL),
    "clusters.wait": (*_CLUSTER, ExitCode.PARTIAL),
    "clusters.tag": _CLUSTER,
    "clusters.untag": _CLUSTER,
    "clusters.tags": _CLUSTER,
    "clusters.policy.get": _CLUSTER,
    "clusters.policy.put": _CONFIRMED,
    "clusters.policy.delete": _CONFIRMED,
    "clusters.policy.block-public-access": _CONFIRMED,
    "clusters.stream.list": _CLUSTER,
    "clusters.stream.get": _CLUSTER,
    "clusters.stream.create": _CLUSTER,
    "clusters.stream.delete": _CONFIRMED,
    "clusters.vpc-endpoint": _CLUSTER,
    "clusters.stanza": _CLUSTER,
    "clusters.quotas": (*_CLUSTER, ExitCode.PARTIAL),
    "token": _CLUSTER,
    "connect": _PSQL,
    "metrics": _CLUSTER,
    "script": (*_WRITE, ExitCode.IN_USE),
    "batch": (*_WRITE, ExitCode.IN_USE),
    "schema.dump": _SESSION,
    "schema.diff": (*_SESSION, ExitCode.NO),
    "schema.apply": (*_WRITE, ExitCode.NO, ExitCode.IN_USE),
    "schema.check": (*_SESSION, ExitCode.NO),
    "dump": (*_SESSION, ExitCode.IN_USE, ExitCode.NOT_CONFIRMED),
    "restore": (*_WRITE, ExitCode.IN_USE, ExitCode.PARTIAL),
    "lint": (ExitCode.NO,),
    "load": (*_WRITE, ExitCode.IN_USE, ExitCode.PARTIAL),
    "import.postgres": (*_WRITE, ExitCode.IN_USE, ExitCode.PARTIAL),
    "bench": (*_WRITE, ExitCode.NO),
    "roles": (*_SESSION, ExitCode.NO),
    "why": (*_SESSION, ExitCode.NO),
    "snippet": _CLUSTER,
    "local.start": (ExitCode.LOCAL,),
    "local.status": (ExitCode.LOCAL,),
    "local.env": (ExitCode.LOCAL,),
    "local.token": _CLUSTER,
    "local.psql": _PSQL,
    "local.set": (ExitCode.LOCAL,),
    "local.stop": (ExitCode.LOCAL,),
    "local.reset": (ExitCode.LOCAL, ExitCode.NOT_CONFIRMED),
    "bug-report": (ExitCode.LOCAL,),
    "doctor": (ExitCode.LOCAL, ExitCode.NO),
    "config.show": _CLUSTER,
    "config.path": (),
    "config.edit": (ExitCode.NO,),
    "config.check": (ExitCode.NO,),
    "config.schema": (),
    "manual": (),
    "completion": (),
}
"""Command, by its path, → what it can end with besides `ALWAYS`."""

_BY_ERROR: tuple[tuple[type[DsqlTuiError], ExitCode], ...] = (
    (StatementError, ExitCode.STATEMENT_FAILED),
    (ConfigError, ExitCode.USAGE),
    (FileInUse, ExitCode.IN_USE),
    (InputError, ExitCode.BAD_INPUT),
    (NotConfirmed, ExitCode.NOT_CONFIRMED),
    (ClusterReadOnly, ExitCode.READ_ONLY),
    (AwsError, ExitCode.AWS),
    (ConnectError, ExitCode.CONNECT),
    (SessionLost, ExitCode.SESSION_LOST),
    (LocalError, ExitCode.LOCAL),
)
_BY_PSQL = {
    1: ExitCode.PSQL_FAILED,
    2: ExitCode.PSQL_DISCONNECTED,
    3: ExitCode.PSQL_SCRIPT_STOPPED,
}
_SIGNAL_BASE = 128


def exit_code_of(error: DsqlTuiError) -> ExitCode:
    """Return the code an error ends the process with."""
    if isinstance(error, SessionLost) and error.outcome_unknown:
        return ExitCode.OUTCOME_UNKNOWN
    if isinstance(error, LifecycleFailed) and error.made:
        return ExitCode.PARTIAL
    return next(code for kind, code in _BY_ERROR if isinstance(error, kind))


def exit_code_of_psql(returned: int) -> int:
    """Return the code for psql's exit status; a negative status is a signal's number."""
    if returned < 0:
        return _SIGNAL_BASE - returned
    return _BY_PSQL.get(returned, returned)


def described_codes(path: str) -> list[str]:
    """Return a command's codes besides `ALWAYS`, one a line; none for a group."""
    return [described(code) for code in sorted(BY_COMMAND.get(path, ()))]


def described(code: ExitCode) -> str:
    """Return a code and its meaning on one line."""
    return f"{code.value:<3} {EXIT_CODES[code]}"
