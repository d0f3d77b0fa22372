"""The addresses of a running server, stored in its data folder."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

IAM_ROLES = {"app_rw": "app-rw", "app_ro": "app-ro"}
"""Local IAM roles by the database role of the samples that is mapped to each."""


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """The addresses of a running server.

    Attributes:
        pid: Its process ID.
        data_dir: Its data folder.
        api_url: The AWS endpoint, for `endpoint_url`.
        gateway_port: Port of every database endpoint, on 127.0.0.1.
        root_certificate: CA file for verifying the endpoints.
        config_file: AWS config file with the profiles for this server.
        credentials_file: AWS credentials file of those profiles.
        aws_profile: The profile of the account's own user.
        regions: Regions that it simulates.
        ephemeral: Whether its data is deleted when it ends.
        channel_port: Port of the private channel.
        channel_secret: The secret that the channel requires.
        runtime_dir: Folder of its sockets.
        websocket_port: Port of every database endpoint for WebSockets; 0 if it has none, as
            is the case for servers of earlier versions.
    """

    pid: int
    data_dir: Path
    api_url: str
    gateway_port: int
    root_certificate: Path
    config_file: Path
    credentials_file: Path
    aws_profile: str
    regions: tuple[str, ...]
    ephemeral: bool
    channel_port: int
    channel_secret: str = field(repr=False)
    runtime_dir: Path
    websocket_port: int = 0

    @property
    def role_profiles(self) -> dict[str, str]:
        """The AWS profiles that assume the IAM roles, by the database role mapped to each."""
        return {role: f"{self.aws_profile}-{iam_role}" for role, iam_role in IAM_ROLES.items()}

    def to_json(self) -> str:
        """Return it as one line of JSON."""
        return json.dumps(asdict(self), default=str)

    @classmethod
    def from_json(cls, text: str) -> ServerInfo:
        """Parse the JSON of `to_json`.

        Raises:
            ValueError: The text has another form.
        """
        try:
            stored: dict[str, Any] = json.loads(text)
            for field in fields(cls):
                if field.type == "Path":
                    stored[field.name] = Path(stored[field.name])
            return cls(**{**stored, "regions": tuple(stored["regions"])})
        except (KeyError, TypeError, RecursionError) as error:
            raise ValueError("not a server's description") from error
