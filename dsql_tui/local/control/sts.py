"""The STS API: GetCallerIdentity, and temporary credentials of a role of the account."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial

from dsql_tui.local.control.protocol.protocols import ApiError, Params
from dsql_tui.local.control.protocol.service import Call, Service, sum_up
from dsql_tui.local.iam.identity import ACCOUNT, Caller, KeyRing

SESSION_DEFAULT = timedelta(hours=1)
"""`DurationSeconds` of AssumeRole when it is not given (STS API reference)."""


def sts_service(keyring: KeyRing) -> Service:
    """Return GetCallerIdentity and AssumeRole for the identities of a key ring."""
    return Service(
        name="sts",
        signing_name="sts",
        operations={
            "GetCallerIdentity": _get_caller_identity,
            "AssumeRole": partial(_assume_role, keyring),
        },
        invalid=lambda violations: ApiError("ValidationError", sum_up(violations)),
        malformed=partial(ApiError, "MalformedInput"),
        is_regional=False,
    )


def _get_caller_identity(call: Call, _params: Params) -> Params:
    caller = call.caller
    return {"UserId": caller.user_id, "Account": caller.account, "Arn": caller.arn}


def _assume_role(keyring: KeyRing, call: Call, params: Params) -> Params:
    """Issue credentials of any role of the account; each role trusts only the user."""
    role_arn = params["RoleArn"]
    if not role_arn.startswith(f"arn:aws:iam::{ACCOUNT}:role/"):
        raise _not_trusted(call.caller, role_arn)
    lifetime = timedelta(seconds=params.get("DurationSeconds", SESSION_DEFAULT.total_seconds()))
    key = keyring.assume_role(role_arn, params["RoleSessionName"], lifetime, call.now)
    return {
        "Credentials": {
            "AccessKeyId": key.access_key_id,
            "SecretAccessKey": key.secret,
            "SessionToken": key.session_token,
            "Expiration": datetime.fromtimestamp(key.expires_at or 0.0, UTC),
        },
        "AssumedRoleUser": {"AssumedRoleId": key.user_id, "Arn": key.arn},
    }


def _not_trusted(caller: Caller, role_arn: str) -> ApiError:
    return ApiError(
        "AccessDenied",
        f"User: {caller.arn} is not authorized to perform: sts:AssumeRole on resource: {role_arn}",
        status=403,
    )
