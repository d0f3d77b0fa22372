"""A small HTTP/1.1 server on the loopback interface, independent of AWS.

There are limits for the size of a request's headers and body, for the time that it may take to
arrive, and for the number of open connections.
"""

from __future__ import annotations

import io
import json
import selectors
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from dsql_tui.local.control.protocol.protocols import HttpRequest, HttpResponse
from dsql_tui.local.filesystem.descriptors import ACCEPT_PAUSE_S, NOT_LISTENING

BODY_MAX_BYTES = 1 << 20
"""Largest request body; the largest member of a DSQL request is a policy, 20,480 characters."""
CONNECTIONS_MAX = 512
"""Most open connections; for one more, an idle one is closed. A console with 20 Regions keeps about
300 open: it has a dsql and a cloudwatch client per Region, and boto3 keeps up to ten connections
for each client."""
CUT_TIMEOUT_S = 1.0
"""How long a new connection waits until the idle one that is closed for it has ended."""
IDLE_S = 30.0
"""How long a connection may send nothing, within a request or between two."""
REQUEST_S = 60.0
"""How long a request may take to arrive completely, even if its bytes arrive steadily."""

Answer = Callable[[HttpRequest], HttpResponse | None]
"""Answers a request from any thread; `None` drops the connection."""


class HttpEndpoint:
    """Serves `answer` on 127.0.0.1 in its own threads until it is closed.

    Args:
        answer: Called for each well-formed request.
        port: TCP port; 0 selects a free one.
        connections_max: How many connections may be open at once.

    Attributes:
        port: The port it listens on.

    Raises:
        OSError: The port is busy.
    """

    def __init__(
        self, answer: Answer, port: int = 0, connections_max: int = CONNECTIONS_MAX
    ) -> None:
        self._server = _Server(answer, port, connections_max)
        self._closing = threading.Event()
        self.port = int(self._server.server_address[1])
        self._wake, self._woken = socket.socketpair()
        self._thread = threading.Thread(target=self._serve, name="http-endpoint", daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """The URL of the server."""
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        """Stop listening and end every connection."""
        self._closing.set()
        self._wake.close()
        self._thread.join()
        self._woken.close()
        self._server.server_close()
        self._server.end_connections()

    def _serve(self) -> None:
        """Accept connections until woken; `serve_forever` would poll twenty times a second."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._server, selectors.EVENT_READ)
            selector.register(self._woken, selectors.EVENT_READ)
            while True:
                ready = [key.fileobj for key, _ in selector.select()]
                if self._woken in ready:
                    return
                if not self._server.accept():
                    self._closing.wait(ACCEPT_PAUSE_S)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = CONNECTIONS_MAX

    def __init__(self, answer: Answer, port: int, connections_max: int) -> None:
        self.answer = answer
        self._slots = threading.BoundedSemaphore(connections_max)
        self._open: set[socket.socket] = set()
        self._idle: dict[socket.socket, bool] = {}  # whether it was ever served; longest idle first
        self._lock = threading.Lock()
        super().__init__(("127.0.0.1", port), _Handler)
        self.socket.setblocking(False)

    def accept(self) -> bool:
        """Accept the pending connection; return whether it still existed.

        Raises:
            OSError: The socket does not listen anymore.
        """
        try:
            connection, address = self.get_request()
        except OSError as error:
            if error.errno in NOT_LISTENING:
                raise
            self._cut_idle()
            return False
        self._start(connection, address)
        return True

    def _start(self, connection: socket.socket, address: Any) -> None:
        if not self.verify_request(connection, address):
            self.shutdown_request(connection)
            return
        try:
            self.process_request(connection, address)
        except RuntimeError:  # the system cannot create a thread
            self.shutdown_request(connection)

    def verify_request(self, request: Any, client_address: Any) -> bool:  # noqa: ARG002
        """Reserve a slot, by closing an idle connection if needed; without one, refuse."""
        if not self._slots.acquire(blocking=False) and not (
            self._cut_idle() and self._slots.acquire(timeout=CUT_TIMEOUT_S)
        ):
            return False
        with self._lock:
            self._open.add(request)
            self._idle[request] = False
        return True

    def idle(self, connection: socket.socket, *, served: bool) -> None:
        """Record that a connection waits for a request, and whether an earlier one succeeded."""
        with self._lock:
            if connection in self._open:
                self._idle.pop(connection, None)
                self._idle[connection] = served

    def busy(self, connection: socket.socket) -> None:
        """Record that a request has arrived completely and is being answered."""
        with self._lock:
            self._idle.pop(connection, None)

    def _cut_idle(self) -> bool:
        """End the longest idle connection, first of those without a successful request."""
        with self._lock:
            chosen = min(self._idle, key=lambda one: self._idle[one], default=None)
            if chosen is None:
                return False
            del self._idle[chosen]
            with suppress(OSError):
                chosen.shutdown(socket.SHUT_RDWR)  # its thread then ends by itself
        return True

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            known = request in self._open
            self._open.discard(request)
            self._idle.pop(request, None)
        super().shutdown_request(request)
        if known:
            self._slots.release()

    def end_connections(self) -> None:
        """Cut every open connection; its thread then ends by itself."""
        with self._lock:
            for connection in self._open:
                with suppress(OSError):  # the client has already disconnected
                    connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore a client that has disconnected; print the traceback of any other error."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Arriving(io.RawIOBase):
    """A connection's input; `begin` starts the time limit of a request at its first byte."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._ends_at_s: float | None = None

    def begin(self) -> None:
        """Wait for the next request."""
        self._ends_at_s = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        now_s = time.monotonic()
        left_s = IDLE_S if self._ends_at_s is None else min(IDLE_S, self._ends_at_s - now_s)
        if left_s <= 0:
            raise TimeoutError
        self._connection.settimeout(left_s)
        count = self._connection.recv_into(buffer)
        if self._ends_at_s is None:
            self._ends_at_s = time.monotonic() + REQUEST_S
        return count


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "dsql-tui-local"
    timeout = IDLE_S
    default_request_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def setup(self) -> None:
        """Limit the time that a request may take to arrive."""
        super().setup()
        self._arriving = _Arriving(self.connection)
        self.rfile = io.BufferedReader(self._arriving)
        self._is_served = False

    def handle_one_request(self) -> None:
        """Serve the next request, or end the connection if none arrives in time."""
        self._arriving.begin()
        self.server.idle(self.connection, served=self._is_served)
        super().handle_one_request()

    def version_string(self) -> str:
        """Return the Server header, which shows that this is not AWS."""
        return self.server_version

    def __getattr__(self, name: str) -> Any:
        """Answer every method in one place; http.server looks for `do_<METHOD>`."""
        if name.startswith("do_"):
            return self._serve
        raise AttributeError(name)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Log nothing: requests carry signatures."""

    def send_error(self, code: int, *_details: Any, **_more: Any) -> None:
        """Answer an invalid request without repeating any of it, and end the connection."""
        self.close_connection = True
        body = json.dumps({"message": HTTPStatus(code).phrase}).encode()
        headers = {"Content-Type": "application/json", "Connection": "close"}
        self._send(HttpResponse(code, body, headers))

    def _serve(self) -> None:
        body = self._body()
        if body is None:
            return
        path, _, query = self.path.partition("?")
        self.server.busy(self.connection)
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = HttpRequest(self.command, path, query, headers, body)
        response = self.server.answer(request)
        if response is None:
            self.close_connection = True
        else:
            self._is_served |= response.status < HTTPStatus.BAD_REQUEST  # its signature was valid
            self._send(response)

    def _body(self) -> bytes | None:
        """Read the body; `None` if that fails, after sending an error if there is one for it."""
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not (length.isascii() and length.isdigit()):
            self.send_error(HTTPStatus.LENGTH_REQUIRED)
            return None
        if len(length) > 9 or int(length) > BODY_MAX_BYTES:
            self.send_error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return None
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            self.close_connection = True
            return None
        return body

    def _send(self, response: HttpResponse) -> None:
        self.connection.settimeout(IDLE_S)
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)
