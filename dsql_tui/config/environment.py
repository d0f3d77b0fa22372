"""Environment variables: their names follow from the paths of settings."""

from __future__ import annotations

from collections.abc import Mapping

from dsql_tui.config.kinds import BadValue, shown
from dsql_tui.config.settings import SAFETY, SETTINGS, VARIABLE_PREFIX, Setting
from dsql_tui.config.sources import Finding, Severity, Source, SourceKind

FILE_VARIABLE = "DSQL_TUI_CONFIG"
"""Names the config file."""
OTHER_VARIABLES = frozenset(
    {
        *(FILE_VARIABLE, "DSQL_TUI_LOCAL_DATA", "DSQL_TUI_LOCAL_WEBSOCKET_PORT"),
        *("DSQL_TUI_PG_BIN", "DSQL_TUI_NODE_MODULES"),
    }
)
"""Variables that are no settings; the last is one of the tests."""
EnvironmentValues = dict[str, tuple[object, Source]]
"""Values by attribute of `Config`."""


def read_environment(environ: Mapping[str, str]) -> tuple[EnvironmentValues, list[Finding]]:
    """Return the settings from variables, and the errors in them; empty variables are ignored."""
    values: EnvironmentValues = {}
    findings = [
        _unknown(name)
        for name in sorted(environ)
        if name.startswith(VARIABLE_PREFIX) and name not in _KNOWN and environ[name]
    ]
    for setting in SETTINGS:
        names = [name for name in _names(setting) if environ.get(name)]
        if not names:
            continue
        source = Source(SourceKind.ENVIRONMENT, names[0])
        if setting.former_variable in names:
            findings.append(_former(setting, is_used=names[0] == setting.former_variable))
        try:
            values[setting.attribute] = setting.kind.read(environ[names[0]]), source
        except BadValue as bad:
            message = f"{names[0]} must be {bad}, not {shown(environ[names[0]])}."
            findings.append(Finding(message, Severity.ERROR, source, setting.path))
    return values, findings


def _names(setting: Setting) -> tuple[str, ...]:
    """Return the variables of a setting, the one that counts most first."""
    names = (setting.variable, setting.former_variable, *setting.foreign_variables)
    return tuple(name for name in names if name)


_KNOWN = OTHER_VARIABLES | {name for setting in SETTINGS for name in _names(setting)}
_CURRENT = {setting.variable: setting for setting in SETTINGS if setting.variable}


def _unknown(name: str) -> Finding:
    import difflib

    from dsql_tui.model.cells import inert

    name = inert(name[:100])
    near = difflib.get_close_matches(name, [*_CURRENT, *OTHER_VARIABLES], n=1, cutoff=0.6)
    meant = _CURRENT.get(near[0]) if near else None
    protects = meant is not None and meant.path.startswith(SAFETY)
    return Finding(
        f"The environment variable {name} is unknown and has no effect.",
        Severity.ERROR if protects else Severity.WARNING,
        Source(SourceKind.ENVIRONMENT, name),
        meant.path if meant else "",
        f"Did you mean {near[0]}?" if near else "dsql-tui config show lists all settings.",
    )


def _former(setting: Setting, *, is_used: bool) -> Finding:
    name = setting.former_variable
    message = (
        f"{name} is now called {setting.variable}; the former name still works."
        if is_used
        else f"{name} has no effect, because {setting.variable} is set too."
    )
    source = Source(SourceKind.ENVIRONMENT, name)
    return Finding(message, Severity.NOTICE, source, setting.path)
