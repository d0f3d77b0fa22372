"""The log file of the console: what happened and when, without text of people or databases.

It names clusters, roles, command tags, SQLSTATEs, counts and times. It holds no statement, no
value, no error message of a server and no credentials.
"""

from __future__ import annotations

import logging
import os
import traceback
from contextlib import suppress
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from time import gmtime

from textual.message import Message

from dsql_tui import __version__
from dsql_tui.console.messages.clusters import ListingEnded, ListingStarted
from dsql_tui.console.messages.sessions import SessionFailed, SessionOpened
from dsql_tui.console.messages.statements import (
    StatementCompleted,
    StatementFailed,
    StatementRetried,
)
from dsql_tui.console.shared.work import WorkEnded
from dsql_tui.errors import DsqlTuiError, InputError, StatementError
from dsql_tui.files.atomic import PRIVATE, reason
from dsql_tui.model.cells import inert
from dsql_tui.model.span import duration

SIZE_MAX_BYTES = 1024 * 1024
"""Size at which a file is renamed to `<name>.1` and a new one begins."""
FILES_KEPT = 3
"""Renamed files that are kept: `<name>.1` is the latest."""
_FORMAT = "%(asctime)s.%(msecs)03dZ %(message)s"


class Log:
    """Writes a line for each message about sessions, statements, listings and ended work.

    Args:
        path: The file; it is created readable by its owner alone.

    Raises:
        InputError: The file cannot be written.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._handler = _PrivateFiles(
                path, maxBytes=SIZE_MAX_BYTES, backupCount=FILES_KEPT, encoding="utf-8"
            )
        except OSError as error:
            raise InputError(
                f"The log {path} cannot be written: {reason(error)}.",
                remedy="Name another file with --log.",
            ) from None
        self._handler.setFormatter(_Utc(_FORMAT, "%Y-%m-%dT%H:%M:%S"))
        # Not a logger of `logging`'s tree: other libraries would write to it, secrets included.
        self._logger = logging.Logger("dsql-tui")  # noqa: LOG001
        self._logger.addHandler(self._handler)
        self._logger.info("dsql-tui %s started", __version__)

    def record(self, message: Message) -> None:
        """Write the line of a message, if it has one."""
        if line := line_of(message):
            self._logger.info("%s", inert(line))

    def record_bug(self, error: BaseException) -> None:
        """Write the kind and the frames of an unexpected error, without its text."""
        frames = "".join(traceback.format_tb(error.__traceback__))
        self._logger.error("%s\n%s", type(error).__name__, frames.rstrip())

    def close(self) -> None:
        """Write the end of the console and close the file."""
        self._logger.info("dsql-tui ended")
        with suppress(OSError):  # of lines that a full disk did not take
            self._handler.close()


def line_of(message: Message) -> str:
    """Return the line for a message, or an empty string."""
    match message:
        case ListingStarted(_, regions):
            return f"listing clusters in {', '.join(regions)}"
        case ListingEnded(_, error):
            return f"listing failed: {_kind(error)}" if error else "listing ended"
        case SessionOpened(endpoint):
            return f"session opened on {endpoint.host} as {endpoint.role}"
        case SessionFailed(endpoint, error):
            return f"session failed on {endpoint.host} as {endpoint.role}: {_kind(error)}"
        case StatementCompleted(completed=completed):
            return f"{completed.command_tag} in {duration(completed.elapsed_ms)}"
        case StatementFailed(error=error, elapsed_ms=elapsed_ms):
            return f"statement failed after {duration(elapsed_ms)}: {_kind(error)}"
        case StatementRetried(attempt=attempt, error=error):
            return f"statement retried, attempt {attempt}: {_kind(error)}"
        case WorkEnded(work, spent_s, failed):
            outcome = "failed" if failed else "ended"
            return f"{work} {outcome} after {duration(spent_s * 1_000)}"
    return ""


def _kind(error: DsqlTuiError) -> str:
    """Return the class of an error, and its SQLSTATE; its text may quote a statement or a value."""
    sqlstate = error.sqlstate if isinstance(error, StatementError) else ""
    return f"{type(error).__name__} {sqlstate}".rstrip()


class _PrivateFiles(RotatingFileHandler):
    """A handler that creates its files readable by their owner alone."""

    def _open(self) -> TextIOWrapper:
        handle = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND, PRIVATE)
        return TextIOWrapper(os.fdopen(handle, "ab"), encoding=self.encoding)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        """Drop a line that cannot be written, so that a full disk does not end the console."""


class _Utc(logging.Formatter):
    """A formatter with times in UTC."""

    converter = staticmethod(gmtime)
