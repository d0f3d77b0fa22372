"""Types of options and arguments, which check values before a command starts.

Every option that takes a value has one of these or one of click's choices, so an empty, huge,
negative or undecodable value ends with exit code 2 and one sentence that names the option and what
it takes. Values that only a server or the file system can check are checked there.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import click

from dsql_tui.cli.shared.values.checked import (
    Checked,
    Known,
    Matching,
    Named,
    Reads,
)
from dsql_tui.known_names import NameKind

NAME_BYTES_MAX = 63
"""PostgreSQL cuts longer names (NAMEDATALEN - 1)."""

PATH_BYTES_MAX, FILE_NAME_BYTES_MAX = 4_095, 255
"""What Linux and macOS open at most; a longer path is an error of the file system."""
_DURATION = re.compile(r"(\d{1,12}(?:\.\d{1,12})?)(ms|s|m|h)?")
_UNITS_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3_600.0, None: 1.0}
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d{1,2}")
_ARN = re.compile(r"arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:(\d{12})?:\S+")


class WholeNumber(Checked):
    """A whole number in a range."""

    name = "number"

    def __init__(self, least: int, most: int, unit: str = "") -> None:
        of = f" {unit}" if unit else ""
        super().__init__(f"a whole number from {least} to {most}{of}")
        self.least, self.most = least, most

    def read(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the number."""
        if not re.fullmatch(r"[+-]?[0-9]{1,18}", value.strip()):
            self.refuse(value, param, ctx)
        if not self.least <= int(value) <= self.most:
            self.refuse(value, param, ctx)
        return int(value)


class Duration(Checked):
    """A duration such as `500ms`, `30s`, `2m`, or a number of seconds; in seconds."""

    name = "duration"

    def __init__(self, least_s: float, most_s: float) -> None:
        super().__init__(
            f"a duration such as 500ms, 30s or 2m, from {_span(least_s)} to {_span(most_s)}"
        )
        self._least_s, self._most_s = least_s, most_s

    def read(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the seconds."""
        match = _DURATION.fullmatch(value.strip())
        if match is None:
            self.refuse(value, param, ctx)
        seconds = float(match[1]) * _UNITS_S[match[2]]
        if not self._least_s <= seconds <= self._most_s:
            self.refuse(value, param, ctx)
        return seconds


class Region(Checked):
    """The name of an AWS Region; whether the Region offers DSQL is not checked."""

    name = "region"

    def __init__(self) -> None:
        super().__init__("the name of an AWS Region, such as us-east-1")

    def read(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the name."""
        if not _REGION.fullmatch(value):
            self.refuse(value, param, ctx)
        return value


class RegionList(Checked):
    """Names of AWS Regions, separated by commas."""

    name = "regions"

    def __init__(self) -> None:
        super().__init__("names of AWS Regions separated by commas, such as us-east-1,us-east-2")

    def read(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """Return the names, each once."""
        names = [name.strip() for name in value.split(",")]
        if not all(_REGION.fullmatch(name) for name in names):
            self.refuse(value, param, ctx)
        return tuple(dict.fromkeys(names))


class FilePath(Checked):
    """The path of a file or folder; `-` is standard input where the command accepts it.

    Args:
        allow_dash: `-` is accepted.
        is_text: Files in UTF-8 will name it, so its own name must be UTF-8.
    """

    name = "file"

    def __init__(
        self, name: str = "file", *, allow_dash: bool = False, is_text: bool = False
    ) -> None:
        dash = ", or - for standard input" if allow_dash else ""
        super().__init__(f"the path of a {name}{dash}", bytes_max=PATH_BYTES_MAX)
        self.name = name
        self.allow_dash = allow_dash
        self._is_text = is_text

    def _check_text(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> None:
        """Check the path's bytes: file names need not be UTF-8."""
        if self._is_text:
            super()._check_text(value, param, ctx)
        data = value.encode(errors="surrogateescape")
        if not data or b"\0" in data or (value == "-" and not self.allow_dash):
            self.refuse(value, param, ctx)
        longest = max(map(len, data.split(b"/")))
        if len(data) > PATH_BYTES_MAX or longest > FILE_NAME_BYTES_MAX:
            self.fail(
                f"is too long: a path has at most {PATH_BYTES_MAX:,} bytes and each name in it"
                f" at most {FILE_NAME_BYTES_MAX}.",
                param,
                ctx,
            )

    def read(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> Path:  # noqa: ARG002
        """Return the path, whether it exists or not."""
        return Path(value)

    def shell_complete(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's signature
        param: click.Parameter,  # noqa: ARG002
        incomplete: str,
    ) -> list[Any]:
        """Return that a shell completes paths."""
        from click.shell_completion import CompletionItem

        return [CompletionItem(incomplete, type="dir" if self.name == "folder" else "file")]


class TagPair(Checked):
    """`KEY=VALUE`."""

    name = "tag"

    def __init__(self) -> None:
        super().__init__("KEY=VALUE with a key that is not empty")

    def read(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the pair as written."""
        if not value.partition("=")[0] or "=" not in value:
            self.refuse(value, param, ctx)
        return value


class JsonTexts(Checked):
    """A JSON list of strings."""

    name = "json"

    def __init__(self) -> None:
        super().__init__('a list of strings in JSON, such as ["42"]', bytes_max=1_000_000)

    def read(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """Return the strings."""
        try:
            listed = json.loads(value)
        except (ValueError, RecursionError):
            listed = None
        if not isinstance(listed, list) or not listed:
            self.refuse(value, param, ctx)
        if not all(isinstance(each, str) for each in listed):
            self.refuse(value, param, ctx)
        return tuple(listed)


def column_names(text: str) -> tuple[str, ...]:
    """Return the names of a comma-separated list, in which a name may be quoted.

    Raises:
        InputError: The value is not a valid list.
    """
    # Imported here: --help need not wait for it.
    from dsql_tui.errors import InputError
    from dsql_tui.load.csv_rows import parse_names

    try:
        return parse_names(text)
    except InputError as error:
        _, _, why = error.message.partition(": ")
        raise InputError(f"must be names separated by commas: {why}") from None


def _span(seconds: float) -> str:
    if seconds >= 3_600 and seconds % 3_600 == 0:
        return f"{seconds / 3_600:g}h"
    return f"{seconds:g}s"


class Variable(Checked):
    """`NAME=VALUE`, as psql names variables."""

    name = "variable"

    def __init__(self) -> None:
        super().__init__(
            "NAME=VALUE with a name of letters, digits and underscores", bytes_max=1_000_000
        )

    def read(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        """Return the name and the value, which may be empty."""
        match = re.fullmatch(r"(\w+)=(.*)", value, re.DOTALL)
        if match is None:
            self.refuse(value, param, ctx)
        return match[1], match[2]


class Delimiter(Checked):
    """The character that separates the fields of a CSV file, or the word `tab`."""

    name = "character"

    def __init__(self) -> None:
        super().__init__("one character, or the word tab")

    def read(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the character."""
        if value == "tab":
            return "\t"
        if len(value) != 1 or value in '"\r\n':
            self.refuse(value, param, ctx)
        return value


ROLE = Known(
    "role",
    f"the name of a role, at most {NAME_BYTES_MAX} bytes",
    section=NameKind.ROLES,
    bytes_max=NAME_BYTES_MAX,
)
SCHEMA = Named(
    "schema", f"the name of a schema, at most {NAME_BYTES_MAX} bytes", bytes_max=NAME_BYTES_MAX
)
DEFINITIONS = Named(
    "definitions", "a cluster, a SQL file, a folder or git:REVISION:PATH", bytes_max=PATH_BYTES_MAX
)
PRECISION = Matching(r"\d{1,4},\d{1,4}", "PRECISION,SCALE of at most four digits each: 38,12")
POSTGRES_SOURCE = Named(
    "source",
    "a connection string, postgresql://USER@HOST/DATABASE, or a file of pg_dump",
    bytes_max=PATH_BYTES_MAX,
)
PATTERN = Named(
    "pattern",
    "a pattern of names: schema, or schema.name with * and ?",
    bytes_max=2 * NAME_BYTES_MAX + 1,
)
SQL = Named("sql", "SQL that is not empty", bytes_max=100 * 1024 * 1024)
CLUSTER = Known(
    "cluster",
    "a cluster's name, name@region, identifier, ARN, endpoint or URI",
    section=NameKind.CLUSTERS,
)
PROFILE = Named("profile", "the name of an AWS profile", bytes_max=255)
OBJECT = Known(
    "name",
    "the name of a database object, as in SQL: schema.table",
    section=NameKind.TABLES,
    bytes_max=512,
)
TABLE = Known(
    "table",
    "the name of a table, as in SQL: schema.table",
    section=NameKind.TABLES,
    bytes_max=512,
)
HOST_PORT = Named("host", "HOST or HOST:PORT", bytes_max=512)
NULL_TEXT = Named("text", "text", may_be_empty=True)
VARIABLE = Variable()
INTERVAL = Duration(0.1, 86_400)
DELIMITER = Delimiter()
KEY = JsonTexts()
COLUMNS = Reads(column_names, "columns")
TOPIC = Named("topic", "the name of a page", bytes_max=64)
CLUSTER_NAME = Named("name", "a name of at most 256 bytes", bytes_max=256)
REGION = Region()
REGIONS = RegionList()
ARN = Matching(_ARN.pattern, "an ARN, such as arn:aws:iam::111122223333:role/reader")
FILE = FilePath("file")
FILE_OR_STDIN = FilePath("file", allow_dash=True)
FOLDER = FilePath("folder")
DATA_FOLDER = FilePath("folder", is_text=True)
"""PostgreSQL's and AWS's configuration files name the local DSQL's folder."""
TAG = TagPair()
TAG_KEY = Named("key", "a tag's key", bytes_max=512)
VERSION = Named("version", "a version as `clusters policy get --json` prints it")
IDENTIFIER = Named("identifier", "an identifier", bytes_max=128)
CLIENT_TOKEN = Matching(r"[!-~]{1,104}", "1 to 104 printable ASCII characters without spaces")
KMS_KEY = Matching(r"[a-zA-Z0-9:/_=-]{1,2100}", "a KMS key's ARN, id or alias", bytes_max=2_100)
