"""The page about settings, the template and the schema agree with the declaration."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from dsql_tui.config import SETTINGS, load, read_settings
from dsql_tui.config.kinds import BadValue, Whole
from dsql_tui.config.schema import json_schema
from dsql_tui.config.settings import BY_CLUSTER_KEY, BY_PATH
from dsql_tui.config.template import template, toml_value
from tests.unit.config.test_settings import assignment, good, toml
from tests.unit.test_layers import PACKAGE

PAGE = (PACKAGE / "manual" / "settings.md").read_text(encoding="utf-8")


def rows(which: str) -> list[str]:
    """Return the rows that a table of the page must have."""
    if which == "cluster":
        return [
            f"| `{key}` | {each.kind.allowed} | {each.help} |"
            for key, each in BY_CLUSTER_KEY.items()
        ]
    return [
        f"| `{path}` | {f'`{each.variable}`' if each.variable else ''} "
        f"| {'' if each.default in (None, {}) else f'`{toml_value(each.default)}`'} "
        f"| {each.kind.allowed} | {each.help} |"
        for path, each in BY_PATH.items()
    ]


@pytest.mark.parametrize("which", ["general", "cluster"])
def test_the_tables_of_the_page_are_those_of_the_declaration(which: str) -> None:
    assert "\n".join(["", *rows(which), "", ""]) in PAGE


def test_the_example_of_the_page_can_be_used(tmp_path: Path) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    path = tmp_path / "config.toml"
    path.write_text(example, encoding="utf-8")
    assert read_settings(environ={}, path=path).findings == ()
    assert problems(tomllib.loads(example), json_schema()) == []


def test_what_the_page_says_of_repositories_holds() -> None:
    text = PAGE.partition("## Settings of a repository")[2].partition("\n## ")[0]
    assert {path for path in BY_PATH if f"`{path}`" in text} == {
        each.path for each in SETTINGS if each.in_repository
    }


def uncommented(text: str) -> str:
    """Return the template with every setting in force."""
    return re.sub(r'^# (\[|"|[a-z_.]+ = )', r"\1", text, flags=re.MULTILINE)


def test_the_template_holds_every_setting_as_a_comment(tmp_path: Path) -> None:
    text = template()
    assert not any(tomllib.loads(text).values())
    path = tmp_path / "config.toml"
    path.write_text(uncommented(text), encoding="utf-8")
    settings = read_settings(environ={}, path=path)
    assert settings.findings == ()
    assert set(BY_PATH) - {"keys"} <= set(settings.sources)
    assert "keys.run.statement" in settings.sources
    for setting in BY_PATH.values():
        if setting.default not in (None, {}):
            assert getattr(settings.config, setting.attribute) == setting.default


def problems(value: Any, schema: Mapping[str, Any], path: str = "") -> list[str]:
    """Return where a value is not as a schema says; the part of JSON Schema that ours uses."""
    known = {
        "$schema", "title", "description", "default", "type", "properties", "additionalProperties",
        "items", "maxItems", "minLength", "maxLength", "pattern", "minimum", "maximum", "enum",
        "anyOf",
    }  # fmt: skip
    assert set(schema) <= known
    if "anyOf" in schema:
        return [] if any(not problems(value, each) for each in schema["anyOf"]) else [path]
    if "enum" in schema:
        return [] if value in schema["enum"] else [path]
    types: dict[str, tuple[type, ...]] = {
        "object": (dict,), "array": (list,), "string": (str,), "integer": (int,),
        "number": (int, float), "boolean": (bool,),
    }  # fmt: skip
    is_flag = isinstance(value, bool) and schema["type"] != "boolean"
    if is_flag or not isinstance(value, types[schema["type"]]):
        return [path]
    if isinstance(value, dict):
        return _object_problems(value, schema, path)
    if isinstance(value, list):
        inner = [one for each in value for one in problems(each, schema["items"], path)]
        return inner or ([path] if len(value) > schema["maxItems"] else [])
    if isinstance(value, str):
        fits = schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value))
        return [] if fits and re.search(schema.get("pattern", ""), value) else [path]
    least, most = schema.get("minimum", value), schema.get("maximum", value)
    return [] if least <= value <= most else [path]


def _object_problems(value: dict[str, Any], schema: Mapping[str, Any], path: str) -> list[str]:
    found: list[str] = []
    for name, inner in value.items():
        rest = schema.get("additionalProperties", False)
        of_name = schema.get("properties", {}).get(name, rest)
        here = f"{path}.{name}".lstrip(".")
        found += [here] if of_name is False else problems(inner, of_name, here)
    return found


def test_the_schema_accepts_the_template() -> None:
    schema = json_schema()
    assert problems(tomllib.loads(template()), schema) == []
    assert problems(tomllib.loads(uncommented(template())), schema) == []


@pytest.mark.parametrize(
    ("content", "path"),
    [
        ("them = 'nord'", "them"),
        ("[token]\nlifetime = 5", "token.lifetime"),
        ("token = 5", "token"),
        ("[clusters.shop]\nreadonly = true", "clusters.shop.readonly"),
        ("[clusters.shop.price]\ndpu = 5", "clusters.shop.price.dpu"),
        ("[clusters]\nshop = true", "clusters.shop"),
    ],
)
def test_the_schema_refuses_a_wrong_key(content: str, path: str) -> None:
    assert problems(tomllib.loads(content), json_schema()) == [path]


@pytest.mark.parametrize("path", [path for path, each in BY_PATH.items() if each.variable])
def test_the_schema_and_the_reader_agree_on_every_setting(path: str) -> None:
    setting, schema = BY_PATH[path], json_schema()
    assert problems(tomllib.loads(assignment(path, toml(good(setting)[1]))), schema) == []
    for value in ("{ a = 1 }", "[[1]]", "1979-05-27"):
        assert problems(tomllib.loads(assignment(path, value)), schema) == [path]
        with pytest.raises(BadValue):
            setting.kind.read(tomllib.loads(f"x = {value}")["x"])
    if isinstance(setting.kind, Whole):
        for number in (setting.kind.least - 1, setting.kind.most + 1):
            assert problems(tomllib.loads(assignment(path, str(number))), schema) == [path]


def test_the_schema_of_keys_can_name_the_actions() -> None:
    schema = json_schema(actions=[("run.statement", "Run")])
    assert problems({"keys": {"run.statement": "f5"}}, schema) == []
    assert problems({"keys": {"run.statment": "f5"}}, schema) == ["keys.run.statment"]


def test_the_schema_of_a_repository_has_what_it_can_set() -> None:
    schema = json_schema(is_repository=True)
    assert problems({"theme": "nord", "results": {"row_limit": 5}}, schema) == []
    assert problems({"safety": {"read_only": []}}, schema) == ["safety"]
    assert problems({"clusters": {}}, schema) == ["clusters"]
    assert problems({"results": {"clipboard": "auto"}}, schema) == ["results.clipboard"]


def test_the_template_of_defaults_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(template(), encoding="utf-8")
    assert load(environ={}, path=path) == load(environ={}, path=Path("/dev/null"))
