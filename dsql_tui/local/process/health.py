"""Checks from outside whether a running server's ports respond."""

from __future__ import annotations

import http.client
import socket
import ssl
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import urlsplit

from dsql_tui.local.process.server import AWS_ENDPOINT, DATABASE_ENDPOINTS, WEBSOCKETS
from dsql_tui.local.process.server_info import ServerInfo
from dsql_tui.local.process.shell import LOOPBACK
from dsql_tui.local.protocol.wire import SSL_REQUEST

ANSWER_TIMEOUT_S = 3.0
"""How long each port may take."""


@dataclass(frozen=True, slots=True)
class Health:
    """The ports that respond.

    Attributes:
        aws_endpoint: Whether the AWS endpoint answers a request.
        database_endpoints: Whether the gateway accepts a connection and offers TLS.
        websockets: Whether it answers on its port for WebSockets, if it has one.
    """

    aws_endpoint: bool
    database_endpoints: bool
    websockets: bool

    @property
    def silent(self) -> list[str]:
        """The names of the ports that do not respond."""
        answers = {
            AWS_ENDPOINT: self.aws_endpoint,
            DATABASE_ENDPOINTS: self.database_endpoints,
            WEBSOCKETS: self.websockets,
        }
        return [name for name, does in answers.items() if not does]


def check(info: ServerInfo) -> Health:
    """Check all ports in parallel, for at most twice `ANSWER_TIMEOUT_S`."""
    with ThreadPoolExecutor(3) as pool:
        endpoint = pool.submit(_endpoint_answers, info.api_url)
        websockets = pool.submit(_websockets_answer, info)
        return Health(
            database_endpoints=_gateway_answers(info),
            aws_endpoint=endpoint.result(),
            websockets=websockets.result(),
        )


def _endpoint_answers(url: str) -> bool:
    """Whether the endpoint answers with HTTP; a request without a signature gets an error."""
    return _answers(http.client.HTTPConnection(urlsplit(url).netloc, timeout=ANSWER_TIMEOUT_S))


def _answers(connection: http.client.HTTPConnection) -> bool:
    try:
        connection.request("GET", "/")
        connection.getresponse().close()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True


def _gateway_answers(info: ServerInfo) -> bool:
    request = (8).to_bytes(4) + SSL_REQUEST.to_bytes(4)
    try:
        address = (LOOPBACK, info.gateway_port)
        with socket.create_connection(address, ANSWER_TIMEOUT_S) as connection:
            connection.sendall(request)
            return connection.recv(1) == b"S"
    except OSError:
        return False


def _websockets_answer(info: ServerInfo) -> bool:
    """Whether the port answers with HTTP over TLS; a request without an upgrade gets an error."""
    if not info.websocket_port:
        return True
    context = ssl.create_default_context(cafile=str(info.root_certificate))
    connection = http.client.HTTPSConnection(
        "localhost", info.websocket_port, timeout=ANSWER_TIMEOUT_S, context=context
    )
    try:
        connection.sock = context.wrap_socket(
            socket.create_connection((LOOPBACK, info.websocket_port), ANSWER_TIMEOUT_S),
            server_hostname="localhost",
        )
    except OSError:
        return False
    return _answers(connection)
