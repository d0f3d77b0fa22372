"""Loads all settings, with the precedence of their sources.

From the highest precedence to the lowest: flags, environment variables, sections of clusters, the
user's file, the file of a repository, defaults. `keys` are merged by action. `read_only = true` in
a section cannot be overridden by an environment variable.

If a value is invalid, commands stop. The console starts with the default or the safe value instead:
the invalid setting may have been meant to protect clusters, so every cluster then opens read-only.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from dsql_tui.config.environment import FILE_VARIABLE, read_environment
from dsql_tui.config.files import (
    FileValues,
    default_path,
    read_own_file,
    read_repository_file,
)
from dsql_tui.config.kinds import BadValue, shown
from dsql_tui.config.sections import Section
from dsql_tui.config.settings import CLUSTERS, SAFETY, SETTINGS, Config, Setting
from dsql_tui.config.sources import Finding, Settings, Severity, Source, SourceKind
from dsql_tui.errors import ConfigError

_PROTECTING = (SAFETY, CLUSTERS, "aws.profile", "session.role")
"""Paths that decide where, as whom and whether something may be written."""
_HARMLESS = f"{CLUSTERS}.*.color"
_BY_ATTRIBUTE = {setting.attribute: setting for setting in SETTINGS}


def load(
    flags: Mapping[str, object] | None = None,
    environ: Mapping[str, str] = os.environ,
    path: Path | None = None,
) -> Config:
    """Return the settings if all are valid; see `read_settings` for the arguments.

    Raises:
        ConfigError: Names the file and line, the variable or the flag, and what is allowed.
    """
    return read_settings(flags, environ, path).require()


def read_settings(
    flags: Mapping[str, object] | None = None,
    environ: Mapping[str, str] = os.environ,
    path: Path | None = None,
    *,
    start: Path | None = None,
) -> Settings:
    """Return the settings, their sources, and the errors in them.

    Args:
        flags: Values by attribute of `Config`; `None` means the flag was not given.
        environ: The environment.
        path: The config file; `None` for `DSQL_TUI_CONFIG` or the default place.
        start: A folder of the repository whose file is read, too; `None` for none.

    Raises:
        ConfigError: The value of a flag cannot be used.
    """
    repository = read_repository_file(start) if start else FileValues()
    own_path, is_named = own_file_path(environ, path)
    own = read_own_file(own_path, must_exist=is_named)
    from_environment, findings = read_environment(environ)
    overriding = from_environment | _from_flags(flags or {})

    values = repository.values | own.values
    values["keys"] = repository.values.get("keys", {}) | own.values.get("keys", {})
    sources = repository.sources | own.sources
    findings = own.findings + repository.findings + findings
    for setting in _bad_settings(own, findings):
        if setting.when_bad is not None:
            values[setting.attribute] = setting.when_bad
            sources[setting.path] = _fallback_source(findings, setting)
    for attribute, (value, source) in overriding.items():
        values[attribute] = value
        sources[_BY_ATTRIBUTE[attribute].path] = source
    sections = _not_overridden(own.sections, overriding)
    if protects := _unusable_protection(own, findings):
        setting = _BY_ATTRIBUTE["read_only"]
        values["read_only"] = setting.when_bad
        sources[setting.path] = replace(protects.source, kind=SourceKind.FALLBACK)
        sections = _without_exemptions(sections)
    config = Config(**values, clusters=tuple(sections))
    return Settings(config, sources, tuple(findings), own_path, repository.path)


def own_file_path(environ: Mapping[str, str], path: Path | None = None) -> tuple[Path, bool]:
    """Return the user's config file, and whether its path was set explicitly."""
    if path is None and environ.get(FILE_VARIABLE):
        path = Path(environ[FILE_VARIABLE])
    return path or default_path(), path is not None


def _from_flags(flags: Mapping[str, object]) -> dict[str, tuple[object, Source]]:
    values: dict[str, tuple[object, Source]] = {}
    for attribute, value in flags.items():
        if value is None:
            continue
        setting = _BY_ATTRIBUTE[attribute]
        try:
            accepted = setting.kind.read(value)
        except BadValue as bad:
            raise ConfigError(f"{setting.flag} must be {bad}, not {shown(value)}.") from None
        values[attribute] = accepted, Source(SourceKind.FLAG, setting.flag)
    return values


def _bad_settings(own: FileValues, findings: Iterable[Finding]) -> list[Setting]:
    """Return the settings whose value could not be used, or may be in a file that is unreadable."""
    bad = {finding.path for finding in findings if finding.severity is Severity.ERROR}
    return [setting for setting in SETTINGS if own.is_unreadable or setting.path in bad]


def _fallback_source(findings: Iterable[Finding], setting: Setting) -> Source:
    errors = [each for each in findings if each.severity is Severity.ERROR]
    cause = next((each for each in errors if each.path == setting.path), errors[0])
    return replace(cause.source, kind=SourceKind.FALLBACK)


def _unusable_protection(own: FileValues, findings: Iterable[Finding]) -> Finding | None:
    """Return what cannot be read and may have been there to protect a cluster."""
    for finding in findings:
        protects = finding.path.startswith(_PROTECTING) and finding.path != _HARMLESS
        if finding.severity is Severity.ERROR and (own.is_unreadable or protects):
            return finding
    return None


def _not_overridden(sections: Iterable[Section], overriding: Mapping[str, object]) -> list[Section]:
    """Return the sections without what variables and flags set for all clusters."""
    gone = set(overriding)
    remaining = [_without(section, gone) for section in sections]
    return _without_exemptions(remaining) if "read_only" in overriding else remaining


def _without_exemptions(sections: Iterable[Section]) -> list[Section]:
    """Return the sections without `read_only = false`."""
    return [
        section
        if section.values.get("opens_read_only", True)
        else _without(section, {"opens_read_only"})
        for section in sections
    ]


def _without(section: Section, attributes: set[str]) -> Section:
    values = {name: value for name, value in section.values.items() if name not in attributes}
    return Section(section.selector, values)
