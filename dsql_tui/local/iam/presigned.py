"""The auth token of a session: a presigned URL without its scheme, parsed and verified.

`identity.py`, which has the keys, checks the signature.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from dsql_tui.local.iam import sigv4

DATABASE_ADMIN = "admin"
LIFETIME_MAX_S = 604_800
"""Longest `X-Amz-Expires` of a token, seconds (user guide, section-authentication-token)."""


class TokenRejected(Exception):
    """An auth token is invalid; `hint` is the HINT of the 08006 error."""

    def __init__(self, hint: str) -> None:
        super().__init__(hint)
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Presigned:
    """A parsed auth token, not verified yet."""

    host: str
    parameters: Mapping[str, str] = field(repr=False)
    scope: sigv4.CredentialScope

    @classmethod
    def parse(cls, token: str) -> Presigned:
        """Parse `HOST/?Action=…&X-Amz-…`.

        Raises:
            TokenRejected: It does not have the form of a token.
        """
        host, _, query = token.partition("/?")
        pairs = sigv4.query_pairs(query)
        parameters = dict(pairs)
        scope = sigv4.CredentialScope.parse(parameters.get("X-Amz-Credential", ""))
        if (
            not token.isascii()
            or scope is None
            or len(parameters) != len(pairs)
            or parameters.get("X-Amz-Algorithm") != sigv4.ALGORITHM
            or parameters.get("X-Amz-SignedHeaders") != "host"
        ):
            raise TokenRejected("The password is not an IAM authentication token")
        return cls(host, parameters, scope)

    @property
    def timestamp(self) -> str:
        """The signing time, as written."""
        return self.parameters.get("X-Amz-Date", "")

    @property
    def signature(self) -> str:
        """The signature of the token."""
        return self.parameters.get("X-Amz-Signature", "")

    @property
    def session_token(self) -> str:
        """The session token; empty with long-term keys."""
        return self.parameters.get("X-Amz-Security-Token", "")

    @property
    def canonical_request(self) -> str:
        """The canonical request that the signature covers."""
        signed = [(k, v) for k, v in self.parameters.items() if k != "X-Amz-Signature"]
        return sigv4.canonical_request(
            "GET",
            "/",
            sigv4.canonical_query(signed),
            {"host": self.host},
            sigv4.EMPTY_PAYLOAD_HASH,
        )

    def check_target(self, host: str, region: str, user: str) -> None:
        """Check the host, the scope and the action against the requested cluster and role."""
        if self.host != host:
            raise TokenRejected(f"The token is for host {self.host}, not for {host}")
        if self.scope.service != "dsql":
            raise TokenRejected("Credential should be scoped to correct service: 'dsql'.")
        if self.scope.region != region:
            raise TokenRejected(f"Credential should be scoped to a valid region: '{region}'.")
        action = self.parameters.get("Action", "")
        if action != ("DbConnectAdmin" if user == DATABASE_ADMIN else "DbConnect"):
            raise TokenRejected(f"Wrong user to action mapping. user: {user}, action: {action}")

    def check_time(self, now: datetime) -> None:
        """Check that the token is valid now and that its lifetime is allowed."""
        signed_at = sigv4.parse_timestamp(self.timestamp)
        if signed_at is None or not self.timestamp.startswith(self.scope.date):
            raise TokenRejected("Date in Credential scope does not match YYYYMMDD from X-Amz-Date.")
        expires = self.parameters.get("X-Amz-Expires", "")
        refusal = _lifetime_refusal(expires)
        if refusal:
            raise TokenRejected(refusal)
        for check in (
            sigv4.too_old(signed_at, timedelta(seconds=int(expires)), now),
            sigv4.too_new(signed_at, now),
        ):
            if check:
                raise TokenRejected(check)


def _lifetime_refusal(expires: str) -> str:
    """Return the error for an invalid `X-Amz-Expires`, or an empty string if it is valid.

    The message about a week is from the tests of AWS's connectors; the others are those of other
    AWS services (unsure).
    """
    if not re.fullmatch("-?[0-9]{1,20}", expires):
        return "X-Amz-Expires should be a number"
    if int(expires) <= 0:
        return "X-Amz-Expires must be non-negative"
    if int(expires) > LIFETIME_MAX_S:
        return "X-Amz-Expires must be less than a week (in seconds)"
    return ""
