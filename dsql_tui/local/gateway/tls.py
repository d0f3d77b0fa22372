"""The certificate authority of a data folder and the certificate of its endpoints.

The authority is created once; the server's certificate is created at every start, for all Regions
and for the names of the loopback.
"""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from dsql_tui.errors import LocalError
from dsql_tui.local.control.state import PRIVATE_SERVICE
from dsql_tui.local.filesystem import ownership
from dsql_tui.local.filesystem.private_files import write_private
from dsql_tui.local.remedies import start_over

ALPN = "postgresql"
WEBSOCKET_ALPN = "http/1.1"
_AUTHORITY_DAYS = 3650
_SERVER_DAYS = 90
_CLOCK_SLACK = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Authority:
    """The certificate authority.

    Attributes:
        certificate_file: PEM file for `sslrootcert`.
        certificate: The same, parsed.
        key: Its private key.
    """

    certificate_file: Path
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def _name(common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "dsql-tui local DSQL, not AWS"),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def _pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def _builder(
    subject: str, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, days: int
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCK_SLACK)
        .not_valid_after(now + timedelta(days=days))
    )


def authority(folder: Path) -> Authority:
    """Return the authority stored in `folder`, created if missing.

    Raises:
        LocalError: It cannot be written, or the stored files are damaged.
    """
    certificate_file, key_file = folder / "ca.pem", folder / "ca.key"
    if not (certificate_file.exists() and key_file.exists()):
        _make_authority(certificate_file, key_file)
    try:
        certificate = x509.load_pem_x509_certificate(ownership.read_bytes(certificate_file))
        key = serialization.load_pem_private_key(ownership.read_bytes(key_file), password=None)
    except (OSError, ValueError) as error:
        raise LocalError(
            f"The certificate authority in {folder} cannot be read.",
            remedy=start_over(folder.parent),
        ) from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise LocalError(
            f"The key in {key_file} is not an elliptic-curve key.",
            remedy=start_over(folder.parent),
        )
    return Authority(certificate_file, certificate, key)


def _make_authority(certificate_file: Path, key_file: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = "Local DSQL root"
    usage = x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=True,
        crl_sign=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
    certificate = (
        _builder(subject, _name(subject), key, _AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    write_private(key_file, _pem(key))
    write_private(certificate_file, certificate.public_bytes(serialization.Encoding.PEM).decode())


def server_context(issuer: Authority, regions: Sequence[str]) -> ssl.SSLContext:
    """Return a TLS context with a certificate for every endpoint of `regions`.

    Raises:
        LocalError: The certificate cannot be written.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    names: list[x509.GeneralName] = [
        x509.DNSName(f"*.{service}.{region}.on.aws")
        for region in regions
        for service in ("dsql", PRIVATE_SERVICE)
    ]
    names += [
        x509.DNSName("localhost"),
        x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
        x509.IPAddress(ipaddress.ip_address("::1")),
    ]
    authority_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key())
    certificate = (
        _builder("Local DSQL endpoint", issuer.certificate.subject, key, _SERVER_DAYS)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(authority_key, critical=False)
        .sign(issuer.key, hashes.SHA256())
    )
    chain = issuer.certificate_file.with_name("endpoint.pem")
    pem = certificate.public_bytes(serialization.Encoding.PEM).decode()
    write_private(chain, pem + _pem(key))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols([ALPN, WEBSOCKET_ALPN])
    context.load_cert_chain(chain)
    return context
