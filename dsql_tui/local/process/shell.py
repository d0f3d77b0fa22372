"""Environment variables and AWS profiles for using the local DSQL in a shell.

`dsql-tui local env` prints the variables. This module imports no large library, because every
command that can use AWS or the local DSQL calls it.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from dsql_tui.errors import ConfigError
from dsql_tui.local.process.server_info import ServerInfo
from dsql_tui.local.remedies import LEAVE

LOOPBACK = "127.0.0.1"
_SHOWN_MAX = 60
DATA_VARIABLE = "DSQL_TUI_LOCAL_DATA"
"""Variable with the data folder of the server that a shell's environment refers to."""
FOLDER_KEY = "dsql_tui_local_data"
"""Key in a profile with its data folder; a copy of the profile in another file keeps it."""
WEBSOCKET_VARIABLE = "DSQL_TUI_LOCAL_WEBSOCKET_PORT"
"""Variable with the port for WebSockets, which replaces an endpoint's port 443."""
VARIABLES = (
    *(DATA_VARIABLE, WEBSOCKET_VARIABLE, "AWS_ENDPOINT_URL", "AWS_REGION", "AWS_DEFAULT_REGION"),
    *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
    *("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"),
    *("PGHOSTADDR", "PGPORT", "PGDATABASE", "PGUSER", "PGSSLMODE", "PGSSLROOTCERT"),
)
"""Variables that are always set; `env --unset` unsets them to return a shell to AWS."""
_SERVICES = ("DSQL", "STS", "CLOUDWATCH", "RESOURCE_GROUPS_TAGGING_API")
"""Services that the local DSQL provides; a variable for one would override AWS_ENDPOINT_URL."""
_NEUTRAL = {
    "AWS_SESSION_TOKEN": "",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false",
    "AWS_USE_FIPS_ENDPOINT": "false",  # botocore refuses FIPS together with an endpoint's URL
    "AWS_USE_DUALSTACK_ENDPOINT": "false",
    "PGOPTIONS": "",
    "PGSSLSNI": "1",
    "PGSSLCRL": "",
    "PGSSLCRLDIR": "",
    "PGREQUIREAUTH": "",
    "PGCHANNELBINDING": "prefer",
    "PGTARGETSESSIONATTRS": "any",
}
"""Neutral values for variables that would otherwise keep programs from using the local DSQL."""
UNSET_FIRST = ("PGSERVICE",)
"""Variables without a neutral value: a service's parameters override every PG variable."""


def environment(info: ServerInfo, shell: Mapping[str, str]) -> dict[str, str]:
    """Return variables for psql and drivers based on libpq, the SDKs and the AWS CLI.

    Args:
        info: The server to use.
        shell: The shell's current variables; those that would select another server are replaced.
    """
    import configparser  # attaching to a server does not need it

    keys = configparser.ConfigParser(interpolation=None)
    keys.read(info.credentials_file, encoding="utf-8")
    profile = keys[info.aws_profile]
    return {
        DATA_VARIABLE: str(info.data_dir),
        WEBSOCKET_VARIABLE: str(info.websocket_port or ""),
        "AWS_ENDPOINT_URL": info.api_url,
        "AWS_REGION": info.regions[0],
        "AWS_DEFAULT_REGION": info.regions[0],  # for boto3 and AWS CLI version 1
        "AWS_ACCESS_KEY_ID": profile["aws_access_key_id"],
        "AWS_SECRET_ACCESS_KEY": profile["aws_secret_access_key"],
        "AWS_CONFIG_FILE": str(info.config_file),
        "AWS_SHARED_CREDENTIALS_FILE": str(info.credentials_file),
        **_in_the_way(info, shell),
        "PGHOSTADDR": LOOPBACK,
        "PGPORT": str(info.gateway_port),
        "PGDATABASE": "postgres",
        "PGUSER": "admin",
        "PGSSLMODE": "verify-full",
        "PGSSLROOTCERT": str(info.root_certificate),
    }


def _in_the_way(info: ServerInfo, shell: Mapping[str, str]) -> dict[str, str]:
    """Return variables that override settings the shell already has."""
    services = [f"AWS_ENDPOINT_URL_{service}" for service in _SERVICES]
    replaced = dict.fromkeys(("AWS_PROFILE", "AWS_DEFAULT_PROFILE"), info.aws_profile)
    replaced |= dict.fromkeys(services, info.api_url) | _NEUTRAL
    return {name: value for name, value in replaced.items() if shell.get(name)} | past_proxies(
        shell
    )


def past_proxies(shell: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that exclude the loopback interface from a proxy, if there is one."""
    hosts = (shell.get("no_proxy") or shell.get("NO_PROXY") or "").split(",")
    # A lone "*" excludes every host, and means nothing in a list.
    if (
        LOOPBACK in hosts
        or hosts == ["*"]
        or not (shell.get("http_proxy") or shell.get("HTTP_PROXY"))
    ):
        return {}
    together = ",".join(filter(None, [*hosts, LOOPBACK]))
    return {"no_proxy": together, "NO_PROXY": together}


def exported_folder(environ: Mapping[str, str]) -> Path | None:
    """Return the data folder that the environment names, `None` if it names none.

    Raises:
        ConfigError: It is a file, or no path at all.
    """
    text = environ.get(DATA_VARIABLE)
    return _checked_folder(text, DATA_VARIABLE, f"Unset the environment: {LEAVE}") if text else None


def _checked_folder(text: str, name: str, remedy: str) -> Path:
    """Return a data folder, which need not exist: an ephemeral server deletes its own.

    Args:
        text: Its path.
        name: The variable or key that contains the path, for the error.
        remedy: What to do if the path is wrong, for the error.

    Raises:
        ConfigError: It is a file, or no path at all.
    """
    folder = Path(text)
    try:
        text.encode()
        if stat.S_ISDIR(folder.stat().st_mode):
            return folder
        why = "it is a file"
    except FileNotFoundError:
        return folder
    except UnicodeEncodeError:
        why = "its path is not UTF-8"
    except OSError as error:
        why = error.strerror or str(error)
    spelled = text if len(text) <= _SHOWN_MAX else f"{text[:_SHOWN_MAX]}…"
    raise ConfigError(
        f"{name} must be the data folder of a local DSQL, not “{spelled}”: {why}.",
        remedy=remedy,
    )


def aws_endpoint(shell: Mapping[str, str]) -> str | None:
    """Return the endpoint of the DSQL API in the environment, or `None`."""
    if shell.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() == "true":
        return None
    return shell.get("AWS_ENDPOINT_URL_DSQL") or shell.get("AWS_ENDPOINT_URL") or None


def configures_endpoint(profile: str | None, shell: Mapping[str, str]) -> bool:
    """Whether the AWS configuration contains an endpoint that may be the local DSQL's.

    Args:
        profile: The profile that was explicitly named, or `None`.
        shell: The shell's environment.
    """
    return aws_endpoint(shell) is not None or folder_of_profile(profile, shell) is not None


def folder_of_profile(name: str | None, environ: Mapping[str, str]) -> Path | None:
    """Return the data folder of a profile, or `None` if it is not the local DSQL's.

    Args:
        name: Profile of the AWS config file that `environ` names; `None` is the one AWS would use.
        environ: The shell's environment.

    Raises:
        ConfigError: The profile does not name a folder.
    """
    path = Path(environ.get("AWS_CONFIG_FILE") or "~/.aws/config")
    try:
        text = Path(os.path.expandvars(path)).expanduser().read_text(encoding="utf-8")
    except (OSError, ValueError, RuntimeError):
        return None
    if FOLDER_KEY not in text:
        return None
    import configparser  # most calls do not read a file

    # botocore looks at the two variables in this order.
    name = name or environ.get("AWS_DEFAULT_PROFILE") or environ.get("AWS_PROFILE") or "default"
    profiles = configparser.RawConfigParser()
    try:
        profiles.read_string(text)
    except configparser.Error:
        return None
    section = name if name == "default" else f"profile {name}"
    folder = profiles.get(section, FOLDER_KEY, fallback="")
    if not folder:
        return None
    return _checked_folder(folder, f"{FOLDER_KEY} in {path}", "Correct the file.")
