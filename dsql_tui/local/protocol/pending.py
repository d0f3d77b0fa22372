"""An expected response of PostgreSQL, its recipient, and how it has ended."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from dsql_tui.local.protocol.wire import InsertedRows, ServerMessage

READY = b"Z"
"""Type of ReadyForQuery, which ends the answers to a Query and to a Sync."""


@dataclass(slots=True, eq=False)
class DueAnswer:
    """An expected response.

    Attributes:
        ends: Types of the messages that end it.
        forwarded: Whether it is sent to the client.
        is_sync: It is the answer to a Sync; after an error PostgreSQL skips all messages before it.
        tag: Command tag to send instead of PostgreSQL's, or empty.
        offset: Number that is added to the position in an error, code points.
        keeps_error: Whether an error is kept in `error` and not forwarded.
        held_back: Buffers the beginning of an answer, so that an error can be kept too; or `None`.
        dropped: Message types that are dropped when the rest is forwarded.
        digest: Digest that is updated with the rows, or `None`.
        rows: Collects the rows, which are then not forwarded; or `None`.
        reword: Returns the error to report instead of its error, or `None` to report it unchanged.
        replacement: The error to report instead of any error, or `None`.
        inserted: Rows it has inserted, if its transaction is a block.
        is_answered: It has ended without an error.
        error: The error it ended in, its own or an earlier one of its batch.
        is_reported: The client has received that error.
        is_copying: PostgreSQL waits for the client's copy data.
        command: PostgreSQL's command tag.
        suspended: It ended with rows left in the portal.
    """

    ends: bytes
    forwarded: bool = True
    is_sync: bool = False
    tag: str = ""
    offset: int = 0
    keeps_error: bool = False
    held_back: list[bytes] | None = None
    dropped: bytes = b""
    digest: hashlib.blake2b | None = None
    rows: list[bytes] | None = None
    reword: Callable[[ServerMessage], ServerMessage | None] | None = None
    replacement: ServerMessage | None = None
    inserted: tuple[InsertedRows, ...] = ()
    is_answered: bool = False
    error: ServerMessage | None = None
    is_reported: bool = False
    is_copying: bool = False
    command: str = ""
    suspended: bool = False

    @property
    def is_query(self) -> bool:
        """Whether it is the response to a Query, whose error ends with its own ReadyForQuery."""
        return self.ends == READY and not self.is_sync

    @classmethod
    def of_sync(cls, *, forwarded: bool = False) -> DueAnswer:
        """Return the expected response to a Sync; `forwarded` for one that the client has sent."""
        return cls(READY, forwarded=forwarded, is_sync=True)
