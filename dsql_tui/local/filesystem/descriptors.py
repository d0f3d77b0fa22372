"""The limit of open files: raised at the start and divided among kinds of connections.

Every connection, file and pipe is a descriptor. A process that has none left cannot accept, cannot
write its state and cannot start PostgreSQL; so each kind of connection has a share, and the shares
together are less than the limit.
"""

from __future__ import annotations

import errno
from contextlib import suppress
from dataclasses import dataclass

from dsql_tui.errors import LocalError

LIMIT_MAX = 65_536
"""The limit is raised no further: enough for 10,000 sessions of three clusters."""
LIMIT_MIN = 128
"""With less nothing but the server itself and a handful of sessions would fit."""
SESSION_DESCRIPTORS = 2
"""A session is the client's connection and its own one to PostgreSQL."""
EXHAUSTED = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
"""Errors that say that this process or the system has no descriptor or no memory left."""
NOT_LISTENING = frozenset({errno.EBADF, errno.EINVAL, errno.ENOTSOCK, errno.EOPNOTSUPP})
"""Errors of `accept` that no later call is spared; after every other one it is called again."""
ACCEPT_PAUSE_S = 0.05
"""Pause after a failed `accept`: what waits keeps the listener ready, and that would spin."""


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

        An eighth is for unauthenticated clients, an eighth for the AWS endpoint, a 32nd for the
        channel. 64 and a 16th are the server's own: files, pipes and three for each database that
        runs. Sessions have the rest, more than half.
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
        LocalError: It is too low to serve anybody.
    """
    import resource  # not on Windows, where the local DSQL does not start

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    highest = LIMIT_MAX if hard == resource.RLIM_INFINITY else min(hard, LIMIT_MAX)
    for wanted in (highest, 10_240):  # macOS allows 10,240 whatever its hard limit says
        if soft != resource.RLIM_INFINITY and soft < wanted <= highest:
            with suppress(ValueError, OSError):
                resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
                soft = wanted
    limit = LIMIT_MAX if soft == resource.RLIM_INFINITY else min(soft, LIMIT_MAX)
    if limit < LIMIT_MIN:
        raise LocalError(
            f"The local DSQL needs {LIMIT_MIN} open files, and this process may have {limit}.",
            remedy="Raise the limit: ulimit -n 1024.",
        )
    return limit
