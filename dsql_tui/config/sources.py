"""Sources of settings, and findings about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from pathlib import Path

from dsql_tui.config.settings import DEFAULTS, Config
from dsql_tui.errors import ConfigError


class SourceKind(StrEnum):
    """The sources of settings, in increasing precedence."""

    DEFAULT = "default"
    REPOSITORY = "repository"
    FILE = "file"
    CLUSTER = "cluster"
    ENVIRONMENT = "environment"
    FLAG = "flag"
    FALLBACK = "fallback"
    """The file's value cannot be used, and this one is the safe one."""


@dataclass(frozen=True, slots=True)
class Source:
    """The source of a value.

    Attributes:
        kind: The kind of place.
        name: The file, the variable or the flag; empty for defaults.
        line: The line of the file, `None` for other places.
        section: The section of the file if it is one of clusters, such as `clusters."shop"`.
    """

    kind: SourceKind
    name: str = ""
    line: int | None = None
    section: str = ""

    def __str__(self) -> str:
        """Return it as `config show` prints it."""
        place = f"{self.name}:{self.line}" if self.line else self.name
        if self.section:
            return f"{self.section} in {place}"
        if self.kind is SourceKind.DEFAULT:
            return "default"
        if self.kind is SourceKind.FALLBACK:
            return f"safe value, because {place} cannot be used"
        return place


DEFAULT_SOURCE = Source(SourceKind.DEFAULT)


class Severity(IntEnum):
    """The effect of a finding on commands."""

    NOTICE = 0
    """All settings hold as written; something is out of date."""
    WARNING = 1
    """Something has no effect."""
    ERROR = 2
    """A value cannot be used: commands stop, the console starts with a safe value."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem with a file, a variable or a flag.

    Attributes:
        message: One sentence that begins with the place, such as `config.toml:3: …`.
        severity: Its effect on commands.
        source: The place.
        path: The setting or what was written in place of one, empty if it is about a whole file.
        remedy: What to do, or empty.
    """

    message: str
    severity: Severity
    source: Source
    path: str = ""
    remedy: str = ""

    def error(self) -> ConfigError:
        """Return it as an error."""
        return ConfigError(self.message, remedy=self.remedy)


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings, their sources and the findings.

    Attributes:
        config: The values in use.
        sources: Where they come from, by path; keys by `keys.ACTION`, sections by
            `clusters.SELECTOR.KEY`. What is absent is a default.
        findings: The problems that were found.
        path: The path of the user's file, even if it does not exist.
        repository_path: The file of the repository, `None` if there is none or it was not read.
    """

    config: Config = DEFAULTS
    sources: Mapping[str, Source] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    path: Path | None = None
    repository_path: Path | None = None

    def source_of(self, path: str) -> Source:
        """Return the source of a setting's value."""
        return self.sources.get(path, DEFAULT_SOURCE)

    def require(self) -> Config:
        """Return the settings if all are valid.

        Raises:
            ConfigError: The first that could not.
        """
        for finding in self.findings:
            if finding.severity is Severity.ERROR:
                raise finding.error()
        return self.config
