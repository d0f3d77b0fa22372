"""The parameters of a client's start-up packet, and the settings that DSQL allows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from dsql_tui.local.protocol import answers
from dsql_tui.local.protocol.wire import ServerMessage, Startup

_WORD = re.compile(r"(?:\\.|[^\\\s])+", re.DOTALL)
"""A word of `options`: unescaped white space ends it; quotes have no special meaning."""
_UNESCAPED = re.compile(r"\\(.)", re.DOTALL)
_CLUSTER_OPTION = "amzn-cluster-id"
_DSQL_ONLY = frozenset({"dsql.enable_batched_nestloop", "disable_sync_create_index"})


class Refused(Exception):
    """The connection must be refused with the error `answer`."""

    def __init__(self, answer: ServerMessage) -> None:
        super().__init__(answer.message)
        self.answer = answer


@dataclass(frozen=True, slots=True)
class StartupRequest:
    """The parameters of a start-up packet.

    Attributes:
        user: Database role.
        database: Database name.
        settings: Settings for the session, names in lower case.
        cluster: `amzn-cluster-id`, or empty.
    """

    user: str
    database: str
    settings: Mapping[str, str]
    cluster: str

    @classmethod
    def read(cls, startup: Startup) -> StartupRequest:
        """Parse a start-up packet's parameters.

        Raises:
            Refused: There is no user, or its `options` are not of the form `-c name=value`.
        """
        sent = dict(startup.parameters)
        user = sent.pop("user", "")
        if not user:
            raise Refused(
                answers.fatal("28000", "no PostgreSQL user name specified in startup packet")
            )
        database = sent.pop("database", user)
        settings = _options(sent.pop("options", ""))
        settings |= {name.lower(): value for name, value in sent.items() if name[:5] != "_pq_."}
        return cls(user, database, settings, settings.pop(_CLUSTER_OPTION, ""))

    def check_settings(self) -> None:
        """Check the settings against those that DSQL allows.

        Raises:
            Refused: A setting is not allowed.
        """
        for name in self.settings:
            if name not in answers.SETTABLE:
                raise Refused(answers.fatal("0A000", answers.setting_refused(name)))

    def for_postgres(self) -> dict[str, str]:
        """Return the settings that are sent to PostgreSQL."""
        return {name: value for name, value in self.settings.items() if name not in _DSQL_ONLY}


def _options(text: str) -> dict[str, str]:
    """Parse `-c name=value`, `-cname=value` and `--name=value`, as PostgreSQL does."""
    settings: dict[str, str] = {}
    words = iter(_UNESCAPED.sub(r"\1", word) for word in _WORD.findall(text))
    for word in words:
        setting = next(words, "") if word == "-c" else word.removeprefix("--").removeprefix("-c")
        name, equals, value = setting.partition("=")
        if not equals or word[:1] != "-":
            raise Refused(answers.fatal("42601", f"invalid command-line argument: {word}"))
        name = name.lower()
        settings[name if name == _CLUSTER_OPTION else name.replace("-", "_")] = value
    return settings
