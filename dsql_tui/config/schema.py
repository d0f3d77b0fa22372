"""The JSON Schema of `config.toml`, for editors that complete and check TOML files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dsql_tui.config.kinds import JsonSchema
from dsql_tui.config.settings import BY_CLUSTER_KEY, BY_PATH, CLUSTERS, KEYS, Setting

DIALECT = "http://json-schema.org/draft-07/schema#"
"""The draft that editors' TOML servers know."""


def json_schema(
    *, actions: Iterable[tuple[str, str]] = (), is_repository: bool = False
) -> JsonSchema:
    """Return the schema.

    Args:
        actions: The actions that `keys` can name, each with its help; empty to accept any.
        is_repository: Return that of a repository's file, which may set less.
    """
    settings = {
        path: each for path, each in BY_PATH.items() if each.in_repository or not is_repository
    }
    tables = _tables(settings)
    known = {action: {"type": "string", "description": text} for action, text in actions}
    if known:
        tables[KEYS] |= {"properties": known, "additionalProperties": False}
    if not is_repository:
        section = _object(_tables(BY_CLUSTER_KEY))
        tables[CLUSTERS] = {
            "type": "object",
            "description": "Settings of some clusters, by tag:KEY=VALUE, region:NAME, name or ARN.",
            "additionalProperties": section,
        }
    return {"$schema": DIALECT, "title": "dsql-tui settings", **_object(tables)}


def _tables(settings: Mapping[str, Setting]) -> dict[str, JsonSchema]:
    """Return schemas by the first part of their paths."""
    properties: dict[str, JsonSchema] = {}
    inner: dict[str, dict[str, JsonSchema]] = {}
    for path, setting in settings.items():
        table, dot, name = path.partition(".")
        if dot:
            inner.setdefault(table, {})[name] = _described(setting)
            properties[table] = _object(inner[table])
        else:
            properties[table] = _described(setting)
    return properties


def _object(properties: Mapping[str, JsonSchema]) -> JsonSchema:
    return {"type": "object", "properties": dict(properties), "additionalProperties": False}


def _described(setting: Setting) -> JsonSchema:
    schema = {"description": setting.help, **setting.kind.schema()}
    default = setting.default
    if isinstance(default, bool | int | str) and default != "":
        schema["default"] = default
    elif isinstance(default, tuple) and default:
        schema["default"] = list(default)
    return schema
