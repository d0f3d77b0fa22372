"""AWS Signature Version 4: computation without stored keys or a clock.

Source: AWS General Reference, "Create a signed AWS API request". `identity.py` verifies signatures
with it.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from urllib.parse import quote, unquote

ALGORITHM = "AWS4-HMAC-SHA256"
EMPTY_PAYLOAD_HASH = hashlib.sha256(b"").hexdigest()
_UNRESERVED = "-_.~"
CLOCK_SKEW = timedelta(minutes=5)
"""How far a caller's clock may be off; AWS's texts name five minutes."""

# The exact messages of AWS services for requests with an invalid signature.
UNKNOWN_KEY = "The security token included in the request is invalid."
EXPIRED_KEY = "The security token included in the request is expired"
BAD_SIGNATURE = (
    "The request signature we calculated does not match the signature you provided. Check your "
    "AWS Secret Access Key and signing method. Consult the service documentation for details."
)

_TIMESTAMP = "%Y%m%dT%H%M%SZ"
_TERMINATOR = "aws4_request"


@dataclass(frozen=True, slots=True)
class CredentialScope:
    """A credential scope: key, date, Region and service."""

    access_key_id: str
    date: str
    region: str
    service: str

    @classmethod
    def parse(cls, credential: str) -> CredentialScope | None:
        """Parse `AKID/YYYYMMDD/REGION/SERVICE/aws4_request`; `None` if it is not valid."""
        parts = credential.split("/")
        if len(parts) != 5 or parts[4] != _TERMINATOR or not all(parts):
            return None
        return cls(*parts[:4])

    @property
    def path(self) -> str:
        """The scope as signed, without the key."""
        return f"{self.date}/{self.region}/{self.service}/{_TERMINATOR}"


@dataclass(frozen=True, slots=True)
class Authorization:
    """The values of an `Authorization` header.

    Attributes:
        scope: Its credential scope.
        signed_headers: Lower-case header names, in the order they were signed.
        signature: The signature as sent; 64 hexadecimal digits if it is well-formed.
    """

    scope: CredentialScope
    signed_headers: tuple[str, ...]
    signature: str

    @classmethod
    def parse(cls, header: str) -> Authorization | None:
        """Parse the header's value; `None` if it is not a SigV4 authorization."""
        algorithm, _, rest = header.strip().partition(" ")
        if algorithm != ALGORITHM:
            return None
        pairs = (part.strip().partition("=") for part in rest.split(","))
        fields = {name: value for name, _, value in pairs}
        scope = CredentialScope.parse(fields.get("Credential", ""))
        signed, signature = fields.get("SignedHeaders", ""), fields.get("Signature", "")
        if scope is None or not signed or not signature:
            return None
        return cls(scope, tuple(signed.split(";")), signature)


def parse_timestamp(text: str) -> datetime | None:
    """Parse `YYYYMMDDTHHMMSSZ`; `None` if it is not valid."""
    try:
        return datetime.strptime(text, _TIMESTAMP).replace(tzinfo=UTC)
    except ValueError:
        return None


def format_timestamp(moment: datetime) -> str:
    """Format an aware datetime as `YYYYMMDDTHHMMSSZ`."""
    return moment.astimezone(UTC).strftime(_TIMESTAMP)


def canonical_query(pairs: Iterable[tuple[str, str]]) -> str:
    """Return decoded query parameters, encoded and sorted for signing."""
    encoded = sorted((quote(k, safe=_UNRESERVED), quote(v, safe=_UNRESERVED)) for k, v in pairs)
    return "&".join(f"{key}={value}" for key, value in encoded)


def query_pairs(query: str) -> list[tuple[str, str]]:
    """Split and decode a raw query string; `+` is a plus sign, as in SigV4."""
    split = (part.partition("=") for part in query.split("&") if part)
    return [(unquote(key), unquote(value)) for key, _, value in split]


def canonical_path(path: str) -> str:
    """Return a request's path encoded once more, as every service but S3 signs it."""
    segments: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            segments[-1:] = []
        elif segment not in {"", "."}:
            segments.append(segment)
    trailing = "/" if segments and path.endswith("/") else ""
    return quote("/" + "/".join(segments) + trailing, safe="/~")


def canonical_request(
    method: str,
    path: str,
    query: str,
    headers: Mapping[str, str],
    payload_hash: str,
) -> str:
    """Return the canonical request, which is hashed and signed.

    Args:
        method: HTTP method.
        path: From `canonical_path`.
        query: From `canonical_query`.
        headers: The signed headers, names in lower case, in the order they were signed.
        payload_hash: Hexadecimal SHA-256 of the body.
    """
    lines = "".join(
        f"{name}:{re.sub(' +', ' ', value.strip())}\n" for name, value in headers.items()
    )
    return "\n".join((method, path, query, lines, ";".join(headers), payload_hash))


@lru_cache(maxsize=64)
def _signing_key(secret: str, date: str, region: str, service: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (date, region, service, _TERMINATOR):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def signature(secret: str, scope: CredentialScope, timestamp: str, request: str) -> str:
    """Return the hexadecimal signature of a canonical request."""
    digest = hashlib.sha256(request.encode()).hexdigest()
    text = "\n".join((ALGORITHM, timestamp, scope.path, digest))
    key = _signing_key(secret, scope.date, scope.region, scope.service)
    return hmac.digest(key, text.encode(), "sha256").hex()


def same(expected: str, given: str) -> bool:
    """Compare two signatures or tokens in constant time."""
    return hmac.compare_digest(expected.encode(), given.encode())


def too_old(signed_at: datetime, lifetime: timedelta, now: datetime) -> str:
    """Return AWS's message if `signed_at` is more than `lifetime` ago, otherwise `""`."""
    if now - signed_at <= lifetime:
        return ""
    stamp = format_timestamp
    return (
        f"Signature expired: {stamp(signed_at)} is now earlier than {stamp(now - lifetime)} "
        f"({stamp(now)} - {_minutes(lifetime)}.)"
    )


def too_new(signed_at: datetime, now: datetime) -> str:
    """Return AWS's message if `signed_at` is too far in the future, otherwise `""`."""
    if signed_at - now <= CLOCK_SKEW:
        return ""
    stamp = format_timestamp
    return (
        f"Signature not yet current: {stamp(signed_at)} is still later than "
        f"{stamp(now + CLOCK_SKEW)} ({stamp(now)} + {_minutes(CLOCK_SKEW)}.)"
    )


def _minutes(span: timedelta) -> str:
    minutes, seconds = divmod(int(span.total_seconds()), 60)
    return f"{minutes * 60 + seconds} sec" if seconds else f"{minutes} min"
