"""Who is calling, as AWS sees it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Identity:
    """The answer of sts:GetCallerIdentity.

    Attributes:
        arn: Of the user, or of the assumed-role session.
        account: 12 digits.
        user_id: The unique id behind the ARN.
    """

    arn: str
    account: str
    user_id: str
