"""AWS config and credentials files for using the local DSQL with boto3 and the AWS CLI.

The files are in the data folder; `~/.aws` is never written. A program uses them through the
variables `AWS_CONFIG_FILE` and `AWS_SHARED_CREDENTIALS_FILE`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dsql_tui.local.filesystem.private_files import write_private
from dsql_tui.local.iam.identity import ACCOUNT, KeyRing
from dsql_tui.local.process.shell import FOLDER_KEY

PROFILE = "dsql-local"
"""Profile of the account's own user; a role's profile adds `-<role>`."""


def role_arn(role: str) -> str:
    """Return the ARN of a role of the local account."""
    return f"arn:aws:iam::{ACCOUNT}:role/{role}"


@dataclass(frozen=True, slots=True)
class ProfileFiles:
    """The two files and their profiles, the user's own first."""

    config_file: Path
    credentials_file: Path
    profiles: tuple[str, ...]


def write_profiles(
    folder: Path, keyring: KeyRing, *, api_url: str, region: str, roles: Sequence[str] = ()
) -> ProfileFiles:
    """Write both files into `folder`, replacing older ones.

    A role's profile contains no key: boto3 assumes the role through the local STS with the user's
    key. The name of the role's session is derived from the key ring, because the AWS CLI caches a
    role's credentials by role and session name, and those of another data folder are not valid.

    Raises:
        LocalError: The folder cannot be written.
    """
    common = f"region = {region}\nendpoint_url = {api_url}\ncli_pager =\n{FOLDER_KEY} = {folder}\n"
    session = f"{PROFILE}-{keyring.admin.access_key_id[-6:].lower()}"
    sections = [
        f"[profile {PROFILE}]\n{common}",
        *(
            f"[profile {PROFILE}-{role}]\n{common}"
            f"role_arn = {role_arn(role)}\nsource_profile = {PROFILE}\n"
            f"role_session_name = {session}\n"
            for role in roles
        ),
    ]
    files = ProfileFiles(
        folder / "aws-config",
        folder / "aws-credentials",
        (PROFILE, *(f"{PROFILE}-{role}" for role in roles)),
    )
    write_private(files.config_file, "\n".join(sections))
    write_private(
        files.credentials_file,
        f"[{PROFILE}]\n"
        f"aws_access_key_id = {keyring.admin.access_key_id}\n"
        f"aws_secret_access_key = {keyring.admin.secret}\n",
    )
    return files
