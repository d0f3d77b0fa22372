"""Generates auth tokens, signed locally with boto3's credentials."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from dsql_tui.aws.session import AwsSession, translated
from dsql_tui.errors import ConfigError
from dsql_tui.model.endpoint import Endpoint
from dsql_tui.model.token import TOKEN_LIFETIME_MAX_S, TOKEN_LIFETIME_S, AuthToken, TokenAction


def generate_token(
    session: AwsSession, endpoint: Endpoint, *, lifetime_s: int = TOKEN_LIFETIME_S
) -> AuthToken:
    """Sign a token for one endpoint and role.

    Args:
        session: Whose credentials sign; they are refreshed first when they are due.
        endpoint: Its host and Region are signed; its role decides the action.
        lifetime_s: 1 to 604,800 seconds. botocore checks nothing; the service would refuse.

    Raises:
        ConfigError: The lifetime is out of range.
        CredentialsMissing: boto3 found no credentials.
        CredentialsExpired: They cannot be refreshed.
    """
    if not 1 <= lifetime_s <= TOKEN_LIFETIME_MAX_S:
        raise ConfigError(
            f"Invalid token lifetime: {lifetime_s} s.",
            remedy=f"Choose 1 to {TOKEN_LIFETIME_MAX_S} seconds.",
        )
    credentials = session.credentials()
    client = session.client("dsql", endpoint.region)
    action = TokenAction.CONNECT_ADMIN if endpoint.is_admin else TokenAction.CONNECT
    sign = (
        client.generate_db_connect_admin_auth_token
        if endpoint.is_admin
        else client.generate_db_connect_auth_token
    )
    generated_at = datetime.now(UTC).replace(microsecond=0)
    with translated(endpoint.region):
        value = sign(endpoint.host, endpoint.region, lifetime_s)
    return AuthToken(
        value=value,
        host=endpoint.host,
        region=endpoint.region,
        action=action,
        access_key_id=credentials.access_key_id,
        generated_at=generated_at,
        expires_at=generated_at + timedelta(seconds=lifetime_s),
        credentials_expire_at=credentials.expires_at,
        signed_by=session.provenance(credentials),
    )
