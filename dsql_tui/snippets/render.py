"""Fills in a template for one endpoint.

A template is a text file with placeholders: `{{name}}` is the value as a literal of the language,
`{{=name}}` is the value without quotes. A line that begins with `{{?name}}` is included only if the
value exists, one that begins with `{{!name}}` only if it does not. No value is a secret: the
snippet generates tokens when it runs.
"""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from importlib.resources import files
from urllib.parse import quote, urlencode

from dsql_tui.model.access.policy import connect_policy
from dsql_tui.model.cluster import Cluster
from dsql_tui.model.endpoint import Endpoint, Profile, conninfo


class Language(StrEnum):
    """The kind of a snippet; the values are used on the command line."""

    PSQL = "psql"
    PYTHON = "python"
    PYTHON_CONNECTOR = "python-connector"
    NODE = "node"
    GO = "go"
    RUST = "rust"
    JAVA = "java"
    LAMBDA = "lambda"

    @property
    def label(self) -> str:
        """Return the display name."""
        return _TITLES[self]

    @property
    def dials_by_name_only(self) -> bool:
        """Whether its driver must resolve the endpoint's name and accepts no address."""
        return self not in {Language.PSQL, Language.PYTHON, Language.PYTHON_CONNECTOR}


_TITLES = {
    Language.PSQL: "psql",
    Language.PYTHON: "Python, psycopg",
    Language.PYTHON_CONNECTOR: "Python, AWS's connector",
    Language.NODE: "Node, AWS's connector for pg",
    Language.GO: "Go, AWS's connector for pgx",
    Language.RUST: "Rust, AWS's connector for sqlx",
    Language.JAVA: "Java, AWS's connector for JDBC",
    Language.LAMBDA: "AWS Lambda in Python",
}
_FILE_NAMES = {
    Language.PSQL: "connect.sh",
    Language.PYTHON: "connect.py",
    Language.PYTHON_CONNECTOR: "connect.py",
    Language.NODE: "connect.mjs",
    Language.GO: "main.go",
    Language.RUST: "main.rs",
    Language.JAVA: "Main.java",
    Language.LAMBDA: "handler.py",
}


@dataclass(frozen=True, slots=True)
class SnippetFile:
    """One file of a snippet."""

    name: str
    text: str


def render(
    language: Language, cluster: Cluster, role: str, profile: Profile
) -> tuple[SnippetFile, ...]:
    """Return a snippet's files, the program first.

    Args:
        language: Selects the template.
        cluster: The cluster to connect to.
        role: The database role to connect as.
        profile: How to sign tokens and reach the endpoint; settings that the AWS default chain
            finds by itself are left out. The AWS profile is that of the role, if it is known.
    """
    profile = profile.for_role(role)
    endpoint = cluster.endpoint(profile, role)
    if endpoint.hostaddr is None:
        # The CA file chosen by dsql-tui is a path on this machine; the snippet finds its own.
        endpoint = replace(endpoint, root_certificate=None)
    program = SnippetFile(
        _FILE_NAMES[language], _filled(language, _values(endpoint, cluster, profile))
    )
    if language is Language.LAMBDA:
        return program, SnippetFile("policy.json", connect_policy(cluster, role) + "\n")
    return (program,)


def _values(endpoint: Endpoint, cluster: Cluster, profile: Profile) -> dict[str, str]:
    admin = "admin_" if endpoint.is_admin else ""
    user = f"{quote(endpoint.role, safe='')}@{endpoint.host}"
    options = f"?{urlencode({'profile': profile.aws_profile})}" if profile.aws_profile else ""
    account = cluster.arn.split(":")[4] if cluster.arn.count(":") >= 5 else ""
    mapping = f"AWS IAM GRANT {endpoint.role} TO 'arn:aws:iam::{account}:role/<function-role>';"
    return {
        "host": endpoint.host,
        "region": endpoint.region,
        "role": endpoint.role,
        "port": str(endpoint.port),
        "hostaddr": endpoint.hostaddr or "",
        "root_certificate": str(endpoint.root_certificate or ""),
        "system_roots": "" if endpoint.root_certificate else "system",
        "conninfo": conninfo(endpoint),
        "url": f"postgres://{user}/postgres{options}",
        "aws_profile": profile.aws_profile or "",
        "config_file": str(profile.config_file or ""),
        "credentials_file": str(profile.credentials_file or ""),
        "boto_method": f"generate_db_connect_{admin}auth_token",
        "cli_command": f"generate-db-connect-{admin.replace('_', '-')}auth-token",
        "mapping_line": "admin needs no mapping." if endpoint.is_admin else mapping,
    }


_CONDITION = re.compile(r"\{\{([?!])(\w+)\}\}")
_VALUE = re.compile(r"\{\{(=?)(\w+)\}\}")


def _filled(language: Language, values: dict[str, str]) -> str:
    literal = shlex.quote if language is Language.PSQL else _double_quoted

    def value(match: re.Match[str]) -> str:
        bare, name = match.groups()
        return values[name] if bare else literal(values[name])

    lines = [_included(line, values) for line in _template(language).splitlines()]
    return "\n".join(_VALUE.sub(value, line) for line in lines if line is not None) + "\n"


def _included(line: str, values: dict[str, str]) -> str | None:
    """Return a line without its condition, or `None` if the condition is not met."""
    match = _CONDITION.match(line)
    if match is None:
        return line
    marker, name = match.groups()
    return line[match.end() :] if bool(values[name]) == (marker == "?") else None


def _double_quoted(text: str) -> str:
    """Return a string literal that is valid in Python, JavaScript, Go, Rust and Java."""
    return json.dumps(text, ensure_ascii=False)


@cache
def _template(language: Language) -> str:
    path = files("dsql_tui.snippets") / "templates" / f"{language}.txt"
    return path.read_text(encoding="utf-8")
