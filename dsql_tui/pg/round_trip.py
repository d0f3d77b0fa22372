"""Round-trip times to Regions, measured as the time that opening a TCP connection takes.

No TLS handshake follows and no token is sent, so that a cluster at rest is not woken up.
"""

from __future__ import annotations

import socket
import time

from dsql_tui.errors import ConnectError
from dsql_tui.model.endpoint import Endpoint
from dsql_tui.pg.probe import resolve

SAMPLES = 5
BOUND_S = 3.0
"""Time after which no further connection is awaited, for all samples together."""


def round_trip_ms(endpoint: Endpoint, *, bound_s: float = BOUND_S) -> float | None:
    """Return the median time of five connections to an endpoint in ms, to the microsecond.

    They are opened one after the other. A connection that is not answered counts as the slowest
    and is the last one tried. `None` if fewer than three are answered in `bound_s` seconds, or if
    the name has no address.
    """
    try:
        address = resolve(endpoint)[0]
    except ConnectError:
        return None
    times_ms: list[float] = []
    ends_at = time.monotonic() + bound_s
    while len(times_ms) < SAMPLES and (left_s := ends_at - time.monotonic()) > 0:
        started = time.monotonic()
        try:
            socket.create_connection((address, endpoint.port), timeout=left_s).close()
        except OSError:
            break
        times_ms.append((time.monotonic() - started) * 1_000)
    middle = SAMPLES // 2
    return round(sorted(times_ms)[middle], 3) if len(times_ms) > middle else None
