"""Settings as TOML: the commented file that `dsql-tui config edit` starts with."""

from __future__ import annotations

import json
from decimal import Decimal

from dsql_tui.config.settings import BY_PATH, KEYS, Setting

_HEAD = """\
# Settings of dsql-tui. A line that begins with # has no effect: the values below are the defaults.
# Check this file with `dsql-tui config check`; list the values in use with `dsql-tui config show`.
"""
_KEYS = """
# Keys by action; F1 in the console lists them.
[keys]
# "run.statement" = "f5,ctrl+g"
"""
_CLUSTERS = """
# Settings of some clusters, by tag, Region, name, identifier or ARN. The closest one decides.
# [clusters."tag:env=prod"]
# read_only = true
# color = "red"
# [clusters."shop"]
# role = "app_rw"
# row_limit = 1000
# [clusters."region:eu-west-1"]
# price.million_dpu = "9.50"
"""


def template() -> str:
    """Return a file in which every setting is a comment."""
    parts = [_HEAD]
    table = ""
    for path, setting in sorted(BY_PATH.items(), key=lambda item: "." in item[0]):
        if path == KEYS:
            continue
        here, dot, name = path.rpartition(".")
        if dot and here != table:
            parts.append(f"\n[{here}]\n")
            table = here
        parts.append(f"# {setting.help}\n# {name} = {toml_value(_example(setting))}\n")
    return "".join([*parts, _KEYS, _CLUSTERS])


def _example(setting: Setting) -> object:
    return "name" if setting.default is None else setting.default


def toml_value(value: object) -> str:
    """Return a setting's value as written in TOML."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal):
        return f'"{value}"'
    if isinstance(value, tuple):
        return f"[{', '.join(toml_value(each) for each in value)}]"
    return json.dumps(str(value), ensure_ascii=False)
