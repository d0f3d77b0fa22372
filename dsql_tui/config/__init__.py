"""Settings: command-line flags, then the environment, then files, then defaults.

    settings.py      the declaration: every setting, once
    kinds.py         the kinds of values, what they accept and how JSON Schema says it
    sections.py      `[clusters."shop"]`: settings of some clusters only
    files.py         config.toml, the person's own and a repository's
    lines.py         at which line of a TOML file a setting is
    environment.py   `DSQL_TUI_*` variables
    sources.py       where a value comes from, and what is wrong with one
    loading.py       all of it together, with the precedence
    schema.py        the JSON Schema for editors
    template.py      the file that `dsql-tui config edit` begins with

Nothing reads the environment or a file after `load` or `read_settings` has returned.
"""

from dsql_tui.config.loading import load, read_settings
from dsql_tui.config.settings import SETTINGS, Config, Setting
from dsql_tui.config.sources import Finding, Settings, Severity, Source, SourceKind

__all__ = [
    "SETTINGS",
    "Config",
    "Finding",
    "Setting",
    "Settings",
    "Severity",
    "Source",
    "SourceKind",
    "load",
    "read_settings",
]
