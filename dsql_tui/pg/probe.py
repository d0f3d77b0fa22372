"""Reaches an endpoint layer by layer, to distinguish DNS, network and TLS problems.

Of PostgreSQL's protocol only direct TLS (ALPN `postgresql`) is used, as sessions do; of WebSockets
only the upgrade (RFC 6455, 4.1).
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import socket
import ssl
from collections.abc import Mapping
from typing import Any

from dsql_tui.errors import ConnectError, ConnectStep
from dsql_tui.model.endpoint import Endpoint

TIMEOUT_S = 5.0
_HEAD_MAX_BYTES = 16 * 1024
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_CLOSE_FRAME = bytes((0x88, 0x80, 0, 0, 0, 0))
"""Empty, masked by zeros."""
_WEBSOCKET_REMEDY = (
    "Only drivers in browsers and at the edge use WebSockets. Check that firewalls and proxies let"
    " them through."
)


def resolve(endpoint: Endpoint) -> list[str]:
    """Return the addresses of a host.

    Raises:
        ConnectError: The name has no address.
    """
    if endpoint.hostaddr:
        return [endpoint.hostaddr]
    try:
        addresses = socket.getaddrinfo(endpoint.host, endpoint.port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        raise ConnectError(
            f"{endpoint.host} has no address ({error.strerror}).",
            step=ConnectStep.DNS,
            remedy="Check the network, the VPN or the private DNS of the endpoint.",
        ) from None
    return list(dict.fromkeys(str(address[0]) for *_, address in addresses))


def dial(address: str, port: int) -> socket.socket:
    """Return a connected TCP socket.

    Raises:
        ConnectError: Nothing answers there.
    """
    try:
        return socket.create_connection((address, port), timeout=TIMEOUT_S)
    except OSError as error:
        raise ConnectError(
            f"{address}:{port} does not answer ({error.strerror or error}).",
            step=ConnectStep.TCP,
            remedy="Check security groups, firewalls and, for private clusters, the VPC endpoint.",
        ) from None


def handshake(connected: socket.socket, endpoint: Endpoint) -> tuple[str, str]:
    """Perform a verified TLS handshake with SNI; return its version and the certificate's issuer.

    Raises:
        ConnectError: The certificate does not verify, or the other side does not speak TLS.
    """
    context = _context(endpoint, "postgresql")
    try:
        with context.wrap_socket(connected, server_hostname=endpoint.host) as secured:
            return secured.version() or "TLS", _issuer(secured.getpeercert() or {})
    except ssl.SSLCertVerificationError as error:
        raise ConnectError(
            f"The certificate does not verify: {error.verify_message}.",
            step=ConnectStep.TLS,
            remedy="Check that nothing intercepts TLS and that the root certificate is right.",
        ) from None
    except (ssl.SSLError, OSError) as error:
        raise ConnectError(
            f"The TLS handshake failed: {error}.",
            step=ConnectStep.TLS,
            remedy="Check that a proxy lets TLS through to the endpoint unchanged.",
        ) from None


def _context(endpoint: Endpoint, protocol: str) -> ssl.SSLContext:
    """Return a context that verifies the endpoint's certificate and asks for a protocol."""
    root = endpoint.root_certificate
    context = ssl.create_default_context(cafile=None if root is None else str(root))
    context.set_alpn_protocols([protocol])
    return context


def open_websocket(connected: socket.socket, endpoint: Endpoint) -> str:
    """Open a WebSocket to an endpoint and close it; return the status line of its answer.

    Raises:
        ConnectError: There is no TLS, or the answer is not that of a WebSocket.
    """
    key = base64.b64encode(secrets.token_bytes(16)).decode()
    lines = (
        "GET / HTTP/1.1",
        f"Host: {endpoint.host}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {key}",
    )
    try:
        with _context(endpoint, "http/1.1").wrap_socket(
            connected, server_hostname=endpoint.host
        ) as secured:
            secured.sendall("".join(f"{line}\r\n" for line in (*lines, "")).encode())
            status, fields = _http_head(secured)
            secured.sendall(_CLOSE_FRAME)
    except OSError as error:
        raise ConnectError(
            f"The WebSocket cannot be opened: {error}.",
            step=ConnectStep.TLS,
            remedy=_WEBSOCKET_REMEDY,
        ) from None
    accepted = base64.b64encode(hashlib.sha1(key.encode() + _GUID, usedforsecurity=False).digest())
    if fields.get("sec-websocket-accept") != accepted.decode():
        raise ConnectError(
            f"The endpoint opens no WebSocket: {status or 'no answer'}.",
            step=ConnectStep.SERVER,
            remedy=_WEBSOCKET_REMEDY,
        )
    return status


def _http_head(secured: ssl.SSLSocket) -> tuple[str, Mapping[str, str]]:
    """Read the head of an HTTP answer: its status line, and its fields by names in lower case."""
    received = b""
    while b"\r\n\r\n" not in received and len(received) < _HEAD_MAX_BYTES:
        part = secured.recv(4096)
        if not part:
            break
        received += part
    status, *lines = received.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines)
    return status, {name.strip().lower(): value.strip() for name, _, value in pairs}


def _issuer(certificate: Mapping[str, Any]) -> str:
    """Return who signed a certificate, from `getpeercert`'s tuples of (name, value) pairs."""
    names = {name: value for part in certificate.get("issuer", ()) for name, value in part}
    return str(names.get("organizationName") or names.get("commonName") or "an unnamed authority")
