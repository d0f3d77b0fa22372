"""Reaches an endpoint layer by layer, to distinguish DNS, network and TLS problems.

Nothing of PostgreSQL is spoken here beyond direct TLS (ALPN `postgresql`), which is how sessions
are opened too.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping
from typing import Any

from dsql_tui.errors import ConnectError, ConnectStep
from dsql_tui.model.endpoint import Endpoint

TIMEOUT_S = 5.0


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
    root = endpoint.root_certificate
    context = ssl.create_default_context(cafile=None if root is None else str(root))
    context.set_alpn_protocols(["postgresql"])
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


def _issuer(certificate: Mapping[str, Any]) -> str:
    """Return who signed a certificate, from `getpeercert`'s tuples of (name, value) pairs."""
    names = {name: value for part in certificate.get("issuer", ()) for name, value in part}
    return str(names.get("organizationName") or names.get("commonName") or "an unnamed authority")
