"""What a shell needs to reach the local DSQL: the variables that `dsql-tui local env` prints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dsql_tui.local.server import ServerInfo

_LOOPBACK = "127.0.0.1"


def environment(info: ServerInfo, shell: Mapping[str, str]) -> dict[str, str]:
    """Return variables for psql and drivers on libpq, the SDKs and the AWS CLI.

    Args:
        info: The server they are to lead to.
        shell: Variables the shell has now; those that would lead elsewhere are replaced as well.
    """
    import configparser  # attaching to a server does not need it

    keys = configparser.ConfigParser(interpolation=None)
    keys.read(info.credentials_file, encoding="utf-8")
    held = keys[info.aws_profile]
    return {
        "AWS_ENDPOINT_URL": info.api_url,
        "AWS_REGION": info.regions[0],
        "AWS_DEFAULT_REGION": info.regions[0],  # what boto3 and the AWS CLI before 2 read
        "AWS_ACCESS_KEY_ID": held["aws_access_key_id"],
        "AWS_SECRET_ACCESS_KEY": held["aws_secret_access_key"],
        "AWS_CONFIG_FILE": str(info.config_file),
        "AWS_SHARED_CREDENTIALS_FILE": str(info.credentials_file),
        **_in_the_way(info, shell),
        "PGHOSTADDR": _LOOPBACK,
        "PGPORT": str(info.gateway_port),
        "PGDATABASE": "postgres",
        "PGUSER": "admin",
        "PGSSLMODE": "verify-full",
        "PGSSLROOTCERT": str(info.root_certificate),
    }


def _in_the_way(info: ServerInfo, shell: Mapping[str, str]) -> dict[str, str]:
    """Return what has to be said because of what the shell says already."""
    said = {}
    if shell.get("AWS_PROFILE"):
        said["AWS_PROFILE"] = info.aws_profile
    if shell.get("AWS_SESSION_TOKEN"):
        said["AWS_SESSION_TOKEN"] = ""
    return said | past_proxies(shell)


def past_proxies(shell: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that keep a proxy from being asked for the loopback, if there is one."""
    hosts = (shell.get("no_proxy") or shell.get("NO_PROXY") or "").split(",")
    if _LOOPBACK in hosts or not (shell.get("http_proxy") or shell.get("HTTP_PROXY")):
        return {}
    together = ",".join(filter(None, [*hosts, _LOOPBACK]))
    return {"no_proxy": together, "NO_PROXY": together}
