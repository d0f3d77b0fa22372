"""The identity of the AWS caller."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Identity:
    """The response of sts:GetCallerIdentity.

    Attributes:
        arn: Of the user, or of the assumed-role session.
        account: 12 digits.
        user_id: The unique id of the identity.
    """

    arn: str
    account: str
    user_id: str


@dataclass(frozen=True, slots=True)
class CredentialsInfo:
    """The displayable part of credentials: no secret, at most four characters of the key id.

    Attributes:
        access_key_id: Kept out of `repr`.
        source: Where boto3 found them, in its words (`env`, `sso`, `assume-role`).
        expires_at: Aware UTC; `None` for long-term keys or if unknown.
    """

    access_key_id: str = field(repr=False)
    source: str
    expires_at: datetime | None = None

    @property
    def last_four(self) -> str:
        """The last characters of the access key id."""
        return self.access_key_id[-4:]
