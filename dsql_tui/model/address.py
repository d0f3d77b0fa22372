"""A cluster's address, parsed from an endpoint, a connection URI or an ARN.

All three name the host and the Region, so tokens can be signed and sessions opened without asking
AWS. A name or an identifier does not include a Region, so it has to be looked up.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from dsql_tui.errors import ConfigError
from dsql_tui.model.endpoint import DATABASE, Endpoint, Profile

_HOST = re.compile(r"([a-z0-9]{26})\.dsql[a-z0-9-]*\.([a-z]{2}(?:-[a-z]+)+-\d{1,2})\.on\.aws")
"""`<id>.dsql.<region>.on.aws`, or `dsql-<suffix>` through PrivateLink (user guide, "accessing")."""
_ARN = re.compile(r"arn:aws:dsql:([a-z]{2}(?:-[a-z]+)+-\d{1,2}):\d{12}:cluster/([a-z0-9]{26})")
_SCHEMES = ("postgresql://", "postgres://")
_SECURE_MODES = frozenset({"require", "verify-ca", "verify-full"})
_EXAMPLE = "Write postgresql://ROLE@ENDPOINT:5432/postgres."


@dataclass(frozen=True, slots=True)
class Address:
    """A cluster's endpoint, known without a call.

    Attributes:
        identifier: 26 characters.
        region: Its Region.
        host: DNS name of the endpoint.
        arn: The ARN that was written, or empty: a host does not tell the account.
        role: The role that a URI names, or empty.
        port: The port that a URI names, or `None`.
    """

    identifier: str
    region: str
    host: str
    arn: str = ""
    role: str = ""
    port: int | None = None

    def endpoint(self, profile: Profile, role: str) -> Endpoint:
        """Return the endpoint for `role`, with the settings of `profile`."""
        return profile.endpoint(
            self.host, self.region, role, name=self.identifier, identifier=self.identifier
        )


def address_of(text: str) -> Address | None:
    """Return the address in a text, or `None` for a name or an identifier.

    Raises:
        ConfigError: It is a connection URI that cannot be used; the message repeats no password.
    """
    if text.startswith(_SCHEMES):
        return _of_uri(text)
    if match := _HOST.fullmatch(text):
        return Address(match[1], match[2], text)
    if match := _ARN.fullmatch(text):
        return Address(match[2], match[1], f"{match[2]}.dsql.{match[1]}.on.aws", arn=text)
    return None


def _of_uri(text: str) -> Address:
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ConfigError("The connection URI cannot be read.", remedy=_EXAMPLE) from None
    _check(parts)
    match = _HOST.fullmatch(host)
    if match is None:
        raise ConfigError(
            "The host of the connection URI is not an endpoint of Aurora DSQL.",
            remedy="An endpoint is <identifier>.dsql.<region>.on.aws.",
        )
    return Address(match[1], match[2], host, role=unquote(parts.username or ""), port=port)


def _check(parts: SplitResult) -> None:
    """Refuse what a connection to DSQL cannot have.

    Raises:
        ConfigError: Says what.
    """
    settings = dict(parse_qsl(parts.query, keep_blank_values=True))
    if parts.password is not None or "password" in settings:
        raise ConfigError(
            "The connection URI holds a password.",
            remedy="Leave it out: a token is signed for every connection.",
        )
    database = unquote(parts.path.removeprefix("/")) or DATABASE
    if database != DATABASE:
        raise ConfigError(
            f"The connection URI names the database {database!r}.",
            remedy=f"A cluster has one database, {DATABASE}.",
        )
    if settings.keys() - {"sslmode"}:
        raise ConfigError(
            f"The connection URI sets {', '.join(sorted(settings.keys() - {'sslmode'}))}.",
            remedy="Only sslmode can be set there.",
        )
    if settings.get("sslmode", "verify-full") not in _SECURE_MODES:
        raise ConfigError(
            "The connection URI asks for a connection without TLS.",
            remedy="Aurora DSQL requires TLS; sslmode is verify-full for every connection.",
        )
