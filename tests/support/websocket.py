"""A WebSocket client, and a bridge that lets drivers without WebSockets use one."""

from __future__ import annotations

import base64
import secrets
import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from select import select

from dsql_tui.local.process.server_info import ServerInfo
from dsql_tui.model.endpoint import Endpoint

PATIENCE_S = 20.0
BINARY, CLOSE, PING, PONG = 2, 8, 9, 10


class WebSocket:
    """An open WebSocket to an endpoint of the local DSQL."""

    def __init__(self, info: ServerInfo, endpoint: Endpoint) -> None:
        context = ssl.create_default_context(cafile=str(info.root_certificate))
        plain = socket.create_connection(("127.0.0.1", info.websocket_port), PATIENCE_S)
        self.socket = context.wrap_socket(plain, server_hostname=endpoint.host)
        key = base64.b64encode(secrets.token_bytes(16)).decode()
        lines = (
            f"GET / HTTP/1.1\r\nHost: {endpoint.host}\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Key: {key}\r\n\r\n"
        )
        self.socket.sendall(lines.encode())
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += self._exactly(1)
        assert head.startswith(b"HTTP/1.1 101 "), head

    def send(self, payload: bytes, opcode: int = BINARY, *, is_last: bool = True) -> None:
        """Send a frame."""
        mask = secrets.token_bytes(4)
        head = struct.pack("!BBQ", opcode | (0x80 if is_last else 0), 0x80 | 127, len(payload))
        if len(payload) < 126:
            head = bytes((head[0], 0x80 | len(payload)))
        body = bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))
        self.socket.sendall(head + mask + body)

    def receive(self) -> tuple[int, bytes]:
        """Return the next message's opcode and payload."""
        opcode, payload, is_last = -1, b"", False
        while not is_last:
            first, length = self._exactly(2)
            is_last = bool(first & 0x80)
            if length == 126:
                (length,) = struct.unpack("!H", self._exactly(2))
            elif length == 127:
                (length,) = struct.unpack("!Q", self._exactly(8))
            opcode = first & 0x0F if opcode < 0 else opcode
            payload += self._exactly(length)
        return opcode, payload

    def close(self) -> None:
        """End the connection without a closing frame."""
        self.socket.close()

    def _exactly(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            part = self.socket.recv(count - len(data))
            if not part:
                raise EOFError
            data += part
        return data


@contextmanager
def bridged(info: ServerInfo, endpoint: Endpoint) -> Iterator[int]:
    """Yield a port of the loopback on which one client speaks PostgreSQL's protocol unencrypted."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(PATIENCE_S)
        serving = threading.Thread(target=_serve, args=(listener, info, endpoint))
        serving.start()
        yield listener.getsockname()[1]
        serving.join(PATIENCE_S)
        assert not serving.is_alive()


def _serve(listener: socket.socket, info: ServerInfo, endpoint: Endpoint) -> None:
    """Forward in both directions in one thread: two must not use one TLS connection."""
    client, _ = listener.accept()
    web = WebSocket(info, endpoint)
    sources: list[socket.socket] = [client, web.socket]
    with suppress(EOFError, OSError):
        while True:
            ready = sources if web.socket.pending() else select(sources, [], [], PATIENCE_S)[0]
            if web.socket in ready and not _answered(web, client):
                break
            if client in ready and client in select([client], [], [], 0)[0]:
                data = client.recv(10_000)
                if data:
                    _forward(data, web)
                else:
                    sources.remove(client)
                    web.send(b"", CLOSE)
    with suppress(OSError):
        client.shutdown(socket.SHUT_RDWR)
    client.close()
    web.close()


def _answered(web: WebSocket, client: socket.socket) -> bool:
    """Forward one message of the server; return whether it was not the last one."""
    opcode, payload = web.receive()
    if opcode == BINARY:
        client.sendall(payload)
    return opcode != CLOSE


def _forward(data: bytes, web: WebSocket) -> None:
    """Send data in two frames with a ping between them."""
    half = len(data) // 2
    web.send(data[:half], is_last=False)
    web.send(b"still there?", PING)
    web.send(data[half:], 0)
