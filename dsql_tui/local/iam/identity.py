"""Access keys of one data folder, and verification of their signatures.

The control plane verifies requests here and the gateway verifies auth tokens. Keys are random per
data folder and never leave it except into the profile files; nothing here logs or echoes one.

There is no IAM service. The account has one user, `user/local`, who has all permissions. A role of
any name exists in the account, trusts only that user, and may connect (`dsql:DbConnect`) and call
read-only operations.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from dsql_tui.errors import LocalError
from dsql_tui.local.filesystem.private_files import read_json, write_json
from dsql_tui.local.iam import sigv4
from dsql_tui.local.iam.presigned import DATABASE_ADMIN, Presigned, TokenRejected
from dsql_tui.local.remedies import start_over

__all__ = [
    "ACCOUNT",
    "ADMIN_ARN",
    "AccessKey",
    "Caller",
    "KeyRing",
    "RefusalKind",
    "RequestRefused",
    "TokenRejected",
]

ACCOUNT = "000000000000"
ADMIN_ARN = f"arn:aws:iam::{ACCOUNT}:user/local"
SESSIONS_MAX = 1_000
"""Most temporary credentials that are stored; those that expire first are removed."""


@dataclass(frozen=True, slots=True)
class Caller:
    """The principal that signed.

    Attributes:
        arn: The ARN in sts:GetCallerIdentity: a user, or `assumed-role/<role>/<session>`.
        account: Account number, twelve digits.
        user_id: The unique ID in sts:GetCallerIdentity.
    """

    arn: str
    account: str = ACCOUNT
    user_id: str = ""

    @property
    def principal_arn(self) -> str:
        """The ARN in IAM mappings and policies: the role of an assumed-role session."""
        match = re.fullmatch(r"arn:aws:sts::(\d{12}):assumed-role/([^/]+)/[^/]+", self.arn)
        return f"arn:aws:iam::{match[1]}:role/{match[2]}" if match else self.arn

    @property
    def is_admin(self) -> bool:
        """Whether this is the account's own user, who has all permissions."""
        return self.arn == ADMIN_ARN


@dataclass(frozen=True, slots=True)
class AccessKey:
    """An access key and its owner.

    Attributes:
        access_key_id: `AKIA…` for the user, `ASIA…` for temporary credentials.
        secret: Secret access key.
        arn: The caller's ARN.
        user_id: The caller's unique id.
        session_token: Required with temporary credentials; empty for the user's key.
        expires_at: End of temporary credentials, Unix seconds; `None` for the user's key.
    """

    access_key_id: str
    secret: str = field(repr=False)
    arn: str
    user_id: str
    session_token: str = field(default="", repr=False)
    expires_at: float | None = None

    def expired(self, now: datetime) -> bool:
        """Whether temporary credentials have expired."""
        return self.expires_at is not None and now.timestamp() >= self.expires_at

    @property
    def caller(self) -> Caller:
        """The principal that signs with this key."""
        return Caller(self.arn, ACCOUNT, self.user_id)


class RefusalKind(StrEnum):
    """Why a signed request is refused; each protocol has its own error code for it."""

    MISSING = "missing"
    INCOMPLETE = "incomplete"
    UNKNOWN_KEY = "unknown key"
    BAD_SIGNATURE = "bad signature"
    EXPIRED_CREDENTIALS = "expired credentials"


class RequestRefused(Exception):
    """A request's signature does not identify a caller; the message is AWS's."""

    def __init__(self, kind: RefusalKind, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message


def _random_id(prefix: str) -> str:
    return prefix + base64.b32encode(secrets.token_bytes(10)).decode()


def _random_secret() -> str:
    return base64.b64encode(secrets.token_bytes(30)).decode()


def _role_id(role_arn: str) -> str:
    """Return the role's unique ID, which depends only on its ARN."""
    digest = hashlib.sha256(role_arn.encode()).digest()
    return "AROA" + base64.b32encode(digest[:10]).decode() + "X"


class KeyRing:
    """The access keys of one data folder; thread-safe.

    Args:
        path: The file that stores the keys; created with new keys if missing. `None` keeps them
            only in memory.

    Raises:
        LocalError: The file cannot be read or written, or is damaged.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._sessions: dict[str, AccessKey] = {}
        if path is None or (stored := read_json(path)) is None:
            self.admin = AccessKey(
                _random_id("AKIA"), _random_secret(), ADMIN_ARN, _random_id("AIDA")
            )
            self._save()
            return
        try:
            self.admin = AccessKey(**stored["admin"])
            self._sessions = {key["access_key_id"]: AccessKey(**key) for key in stored["sessions"]}
        except (KeyError, TypeError) as error:
            raise LocalError(f"{path} is damaged.", remedy=start_over(path.parent)) from error

    def assume_role(
        self, role_arn: str, session_name: str, lifetime: timedelta, now: datetime
    ) -> AccessKey:
        """Issue temporary credentials of a role of this account.

        Raises:
            LocalError: They cannot be stored.
        """
        role = role_arn.rpartition("/")[2]
        key = AccessKey(
            access_key_id=_random_id("ASIA"),
            secret=_random_secret(),
            arn=f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{session_name}",
            user_id=f"{_role_id(role_arn)}:{session_name}",
            session_token=base64.b64encode(secrets.token_bytes(240)).decode(),
            expires_at=(now + lifetime).timestamp(),
        )
        with self._lock:
            living = (session for session in self._sessions.values() if not session.expired(now))
            latest = sorted(living, key=lambda session: session.expires_at or 0.0)[
                1 - SESSIONS_MAX :
            ]
            self._sessions = {session.access_key_id: session for session in (*latest, key)}
            self._save()
        return key

    def verify_request(
        self,
        method: str,
        path: str,
        query: str,
        headers: Mapping[str, str],
        body: bytes,
        now: datetime,
    ) -> Caller:
        """Return the principal that signed an HTTP request in its `Authorization` header.

        Args:
            method: HTTP method.
            path: Path as sent, still percent-encoded.
            query: Query string as sent, without `?`.
            headers: Header names in lower case.
            body: The whole body.
            now: Aware time of arrival.

        Raises:
            RequestRefused: It is not signed with a key of this ring, or not for this endpoint and
                time.
        """
        sent = _authorization(headers)
        timestamp, signed_at = _signing_time(sent.scope, headers)
        key = self._key_for_request(sent, headers.get("x-amz-security-token", ""), now)
        signed = {name: headers.get(name, "") for name in sent.signed_headers}
        request = sigv4.canonical_request(
            method,
            sigv4.canonical_path(path),
            sigv4.canonical_query(sigv4.query_pairs(query)),
            signed,
            hashlib.sha256(body).hexdigest(),
        )
        expected = sigv4.signature(key.secret, sent.scope, timestamp, request)
        if "host" not in signed or not sigv4.same(expected, sent.signature):
            raise RequestRefused(RefusalKind.BAD_SIGNATURE, sigv4.BAD_SIGNATURE)
        skew = sigv4.too_old(signed_at, sigv4.CLOCK_SKEW, now) or sigv4.too_new(signed_at, now)
        if skew:
            raise RequestRefused(RefusalKind.BAD_SIGNATURE, skew)
        return key.caller

    def verify_token(
        self, token: str, *, host: str, region: str, user: str, cluster_arn: str, now: datetime
    ) -> Caller:
        """Return the principal that signed an auth token.

        Args:
            token: The password as sent.
            host: The cluster's own host name, without a port.
            region: The cluster's Region.
            user: The requested database role.
            cluster_arn: The cluster's ARN, for the error message.
            now: Aware time of arrival.

        Raises:
            TokenRejected: The token is not valid for this cluster, role and time.
        """
        presigned = Presigned.parse(token)
        presigned.check_target(host, region, user)
        presigned.check_time(now)
        with self._lock:
            key = self._find(presigned.scope.access_key_id)
        if key is None or not sigv4.same(key.session_token, presigned.session_token):
            raise TokenRejected(sigv4.UNKNOWN_KEY)
        expected = sigv4.signature(
            key.secret, presigned.scope, presigned.timestamp, presigned.canonical_request
        )
        if not sigv4.same(expected, presigned.signature):
            raise TokenRejected(sigv4.BAD_SIGNATURE)
        if key.expired(now):
            raise TokenRejected(sigv4.EXPIRED_KEY)
        if user == DATABASE_ADMIN and not key.caller.is_admin:
            raise TokenRejected(
                f"User: {key.arn} is not authorized to perform: dsql:DbConnectAdmin on resource:"
                f" {cluster_arn} because no identity-based policy allows the"
                " dsql:DbConnectAdmin action"
            )
        return key.caller

    def _key_for_request(
        self, sent: sigv4.Authorization, session_token: str, now: datetime
    ) -> AccessKey:
        with self._lock:
            key = self._find(sent.scope.access_key_id)
        if key is None or not sigv4.same(key.session_token, session_token):
            raise RequestRefused(RefusalKind.UNKNOWN_KEY, sigv4.UNKNOWN_KEY)
        if key.expired(now):
            raise RequestRefused(RefusalKind.EXPIRED_CREDENTIALS, sigv4.EXPIRED_KEY)
        return key

    def _find(self, access_key_id: str) -> AccessKey | None:
        if access_key_id == self.admin.access_key_id:
            return self.admin
        return self._sessions.get(access_key_id)

    def _save(self) -> None:
        if self._path is None:
            return
        sessions = [asdict(key) for key in self._sessions.values()]
        write_json(self._path, {"admin": asdict(self.admin), "sessions": sessions})


def _authorization(headers: Mapping[str, str]) -> sigv4.Authorization:
    if "authorization" not in headers:
        raise RequestRefused(RefusalKind.MISSING, "Missing Authentication Token")
    sent = sigv4.Authorization.parse(headers["authorization"])
    if sent is None:
        raise RequestRefused(
            RefusalKind.INCOMPLETE,
            "Authorization header requires 'Credential', 'SignedHeaders' and 'Signature' "
            "parameters.",
        )
    return sent


def _signing_time(scope: sigv4.CredentialScope, headers: Mapping[str, str]) -> tuple[str, datetime]:
    """Return the signing time of a request, as written and as a datetime."""
    timestamp = headers.get("x-amz-date", "")
    signed_at = sigv4.parse_timestamp(timestamp)
    if signed_at is None:
        raise RequestRefused(
            RefusalKind.INCOMPLETE, "Authorization header requires a valid 'X-Amz-Date' header."
        )
    if not timestamp.startswith(scope.date):
        raise RequestRefused(
            RefusalKind.BAD_SIGNATURE,
            "Date in Credential scope does not match YYYYMMDD from X-Amz-Date.",
        )
    return timestamp, signed_at
