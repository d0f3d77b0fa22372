"""The limit of open files: raised at the start and divided among kinds of connections.

Every connection, file and pipe uses a descriptor. A process without a free descriptor cannot accept
connections, write its state or start PostgreSQL. So each kind of connection has a maximum number,
and the sum of these is less than the limit.
"""

from __future__ import annotations

import errno
from contextlib import suppress
from dataclasses import dataclass

from dsql_tui.errors import LocalError

LIMIT_MAX = 65_536
"""The limit is raised no further: enough for 10,000 sessions of three clusters."""
LIMIT_MIN = 128
"""The server does not start with a lower limit, which would allow only very few sessions."""
SESSION_DESCRIPTORS = 2
"""A session has two connections: from the client and to PostgreSQL."""
EXHAUSTED = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
"""Errors that mean that this process or the system has no free descriptor or memory."""
NOT_LISTENING = frozenset({errno.EBADF, errno.EINVAL, errno.ENOTSOCK, errno.EOPNOTSUPP})
"""Errors of `accept` that are permanent; after any other error it is called again."""
ACCEPT_PAUSE_S = 0.05
"""Pause after a failed `accept`, which would otherwise fail again at once, in a busy loop."""


@dataclass(frozen=True, slots=True)
class Shares:
    """The maximum number of open connections of each kind.

    Attributes:
        unauthenticated: To the gateway, from clients that have not proved who they are.
        sessions: Sessions of all clusters, `SESSION_DESCRIPTORS` each.
        http: To the AWS endpoint.
        channel: To the private channel: leases and commands.
    """

    unauthenticated: int
    sessions: int
    http: int
    channel: int

    @classmethod
    def of(cls, limit: int) -> Shares:
        """Divide the process's file descriptors.

        One eighth is for unauthenticated clients, one eighth for the AWS endpoint and 1/32 for the
        channel. The server itself needs 64 plus 1/16: for files, pipes and three descriptors per
        running database. The rest, more than half, is for sessions.
        """
        unauthenticated = min(limit // 8, 512)
        http = min(limit // 8, 512)
        channel = max(limit // 32, 8)
        own = 64 + limit // 16
        rest = limit - unauthenticated - http - channel - own
        return cls(unauthenticated, rest // SESSION_DESCRIPTORS, http, channel)


def raise_limit() -> int:
    """Raise this process's limit of open files to the maximum, and return it.

    Raises:
        LocalError: It is less than `LIMIT_MIN` and cannot be raised.
    """
    import resource  # missing on Windows, where the local DSQL does not start

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    highest = LIMIT_MAX if hard == resource.RLIM_INFINITY else min(hard, LIMIT_MAX)
    for new_limit in (highest, 10_240):  # macOS allows 10,240 whatever its hard limit says
        if soft != resource.RLIM_INFINITY and soft < new_limit <= highest:
            with suppress(ValueError, OSError):
                resource.setrlimit(resource.RLIMIT_NOFILE, (new_limit, hard))
                soft = new_limit
    limit = LIMIT_MAX if soft == resource.RLIM_INFINITY else min(soft, LIMIT_MAX)
    if limit < LIMIT_MIN:
        raise LocalError(
            f"The local DSQL needs {LIMIT_MIN} open files, and this process may have {limit}.",
            remedy="Raise the limit: ulimit -n 1024.",
        )
    return limit
