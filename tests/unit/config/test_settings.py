"""Every setting, by its declaration: from a file, a variable and a section, good and bad."""

from __future__ import annotations

import json
from dataclasses import fields
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from dsql_tui.config import SETTINGS, Config, Setting, Severity, SourceKind, load, read_settings
from dsql_tui.config.environment import OTHER_VARIABLES
from dsql_tui.config.kinds import (
    Choice,
    Color,
    Flag,
    KeyTable,
    Kind,
    Money,
    Selectors,
    Text,
    Texts,
    TimeZone,
    Whole,
)
from dsql_tui.config.settings import BY_CLUSTER_KEY, BY_PATH
from dsql_tui.errors import ConfigError
from tests.support.fakes import make_cluster

SHOP = make_cluster("shop")
HUGE = "x" * 5_000

GOOD: dict[type[Kind], tuple[str, Any]] = {
    Flag: ("true", True),
    Text: ("nord", "nord"),
    Color: ("#00ff7F", "#00ff7F"),
    Texts: ("a,b", ("a", "b")),
    Selectors: ("tag:env=dev,shop", ("tag:env=dev", "shop")),
    Money: ("9.50", Decimal("9.50")),
    TimeZone: ("Europe/Berlin", "Europe/Berlin"),
}
"""By kind: the text of a variable and the value it means."""

BAD: dict[type[Kind], list[str]] = {
    Whole: ["true", "1.5", '"soon"', '""', "-1", "9" * 5_000, f'"{"9" * 5_000}"', "[1]"],
    Flag: ["2", '"maybe"', '""', "[true]", "1979-05-27", f'"{HUGE}"'],
    Text: ["1", "true", '["a"]', '"a\\nb"', '"a\\u0000b"', '"\\u001b[31m"', f'"{HUGE}"'],
    Choice: ["1", '"AUTO"', '""', '["auto"]', f'"{HUGE}"'],
    Color: ["1", '"mauve"', '""', '"#12345"', '"#12345６"', f'"{HUGE}"'],
    Texts: ["1", "[1]", '[""]', '[" "]', '["a\\u0000"]', '[["a"]]', f'["{HUGE}"]'],
    Selectors: ["1", "[1]", '[""]', '["=x"]', '["tag:env"]', '["region:"]', '["a\\u0000"]'],
    Money: ["-1", "nan", "inf", '"free"', '""', "true", "1e300", "[]", "9" * 5_000],
    TimeZone: ["1", '"Mars/Base"', '"../../etc/passwd"', '"a\\u0000"', f'"{HUGE}"'],
    KeyTable: ["1", '"f5"', "[]"],
}  # fmt: skip
"""By kind: TOML values that it does not accept."""


def good(setting: Setting) -> tuple[str, Any]:
    kind = setting.kind
    if isinstance(kind, Whole):
        return str(kind.most), kind.most
    if isinstance(kind, Choice):
        return kind.words[-1], kind.words[-1]
    return GOOD[type(kind)]


def toml(value: Any) -> str:
    if isinstance(value, Decimal):
        return f'"{value}"'
    return json.dumps(list(value) if isinstance(value, tuple) else value)


def written(folder: Path, content: str) -> Path:
    path = folder / "config.toml"
    path.write_text(content, encoding="utf-8")
    return path


def assignment(path: str, value: str) -> str:
    table, _, name = path.rpartition(".")
    return (
        f"# a comment\n[{table}]\n{name} = {value}\n"
        if table
        else f"# a comment\n\n{name} = {value}\n"
    )


def bad_values(setting: Setting) -> list[str]:
    table = [] if isinstance(setting.kind, KeyTable) else ["{ a = 1 }"]
    return [*BAD[type(setting.kind)], *table]


VARIABLES = [setting for setting in SETTINGS if setting.variable]


def test_every_field_is_declared_once() -> None:
    assert {each.attribute for each in SETTINGS} == {each.name for each in fields(Config)} - {
        "clusters"
    }
    for names in (
        [each.path for each in SETTINGS],
        [name for each in SETTINGS for name in (each.variable, each.former_variable) if name],
    ):
        assert len(names) == len(set(names))


def test_every_default_is_accepted_by_its_kind() -> None:
    for setting in SETTINGS:
        if setting.default is not None and not setting.is_only_for_clusters:
            assert setting.kind.read(setting.default) == setting.default
        if setting.when_bad is not None:
            assert setting.kind.read(setting.when_bad) == setting.when_bad


def test_a_repository_can_set_how_things_look_and_nothing_else() -> None:
    assert {each.path for each in SETTINGS if each.in_repository} == {
        "theme", "keys", "results.row_limit", "results.timezone", "results.group_separators",
    }  # fmt: skip


@pytest.mark.parametrize("setting", VARIABLES, ids=lambda each: each.path)
def test_a_setting_is_read_from_its_file_with_the_line(setting: Setting, tmp_path: Path) -> None:
    _, value = good(setting)
    settings = read_settings(
        environ={}, path=written(tmp_path, assignment(setting.path, toml(value)))
    )
    assert not settings.findings
    assert getattr(settings.config, setting.attribute) == value
    source = settings.source_of(setting.path)
    assert (source.kind, source.line) == (SourceKind.FILE, 3)


@pytest.mark.parametrize("setting", VARIABLES, ids=lambda each: each.path)
def test_a_variable_is_named_as_the_path_and_beats_the_file(
    setting: Setting, tmp_path: Path
) -> None:
    text, value = good(setting)
    default = toml(setting.default) if setting.default is not None else '"other"'
    path = written(tmp_path, assignment(setting.path, default))
    name = "DSQL_TUI_" + setting.path.replace(".", "_").upper()
    settings = read_settings(environ={name: text}, path=path)
    assert getattr(settings.config, setting.attribute) == value
    assert settings.source_of(setting.path).name == name
    assert not settings.findings


@pytest.mark.parametrize(
    "setting", [each for each in VARIABLES if each.former_variable], ids=lambda each: each.path
)
def test_a_former_variable_still_works_with_a_notice(setting: Setting, tmp_path: Path) -> None:
    text, value = good(setting)
    path = written(tmp_path, "")
    settings = read_settings(environ={setting.former_variable: text}, path=path)
    assert getattr(settings.config, setting.attribute) == value
    (notice,) = settings.findings
    assert notice.severity is Severity.NOTICE
    assert setting.variable in notice.message
    both = read_settings(
        environ={setting.former_variable: "bad", setting.variable: text}, path=path
    )
    assert getattr(both.config, setting.attribute) == value
    assert [each.severity for each in both.findings] == [Severity.NOTICE]


@pytest.mark.parametrize("setting", VARIABLES, ids=lambda each: each.path)
def test_a_bad_variable_is_named_with_what_is_right(setting: Setting, tmp_path: Path) -> None:
    for text in ("a\nb", "\udcff", HUGE):
        environ = {setting.variable: text}
        with pytest.raises(ConfigError) as caught:
            load(environ=environ, path=written(tmp_path, ""))
        assert caught.value.message.startswith(f"{setting.variable} must be {setting.kind.allowed}")
        assert len(caught.value.message) < 300


@pytest.mark.parametrize("path", BY_PATH)
def test_a_bad_value_is_named_with_file_line_and_what_is_right(path: str, tmp_path: Path) -> None:
    setting = BY_PATH[path]
    for value in bad_values(setting):
        file = written(tmp_path, assignment(path, value))
        with pytest.raises(ConfigError) as caught:
            load(environ={}, path=file)
        message = caught.value.message
        if value != "9" * 5_000:  # Python's own reader of TOML refuses it
            assert message.startswith(f"{file}:3: {path} must be {setting.kind.allowed}, not ")
        assert message.isprintable()
        assert len(message) < len(str(file)) + 300


@pytest.mark.parametrize(
    "value", ["1", "{ b = 1 }", '"f5\\u0000"', f'"{HUGE}"', "[]"], ids=lambda value: value[:9]
)
def test_a_bad_key_leaves_the_others(value: str, tmp_path: Path) -> None:
    content = f'[keys]\n"run.statement" = "f6"\nother = {value}\n'
    settings = read_settings(environ={}, path=written(tmp_path, content))
    assert settings.config.keys == {"run.statement": "f6"}
    (finding,) = settings.findings
    assert ":3: keys.other must be keys in a string, not " in finding.message
    assert finding.message.isprintable()


@pytest.mark.parametrize("key", BY_CLUSTER_KEY)
def test_a_bad_value_in_a_section_is_named_too(key: str, tmp_path: Path) -> None:
    setting = BY_CLUSTER_KEY[key]
    for value in bad_values(setting):
        file = written(tmp_path, f'[clusters."tag:env=prod"]\n{key} = {value}\n')
        with pytest.raises(ConfigError) as caught:
            load(environ={}, path=file)
        message = caught.value.message
        if value != "9" * 5_000:
            begin = f'{file}:2: clusters."tag:env=prod".{key} must be {setting.kind.allowed}, not '
            assert message.startswith(begin)


@pytest.mark.parametrize("key", BY_CLUSTER_KEY)
def test_a_section_sets_it_for_its_clusters_only(key: str, tmp_path: Path) -> None:
    setting = BY_CLUSTER_KEY[key]
    _, value = good(setting)
    path = written(tmp_path, f'[clusters."shop"]\n{key} = {toml(value)}\n')
    settings = read_settings(environ={}, path=path)
    assert getattr(settings.config.for_cluster(SHOP), setting.attribute) == value
    assert getattr(settings.config.for_cluster(make_cluster("other")), setting.attribute) != value
    assert settings.source_of(f"clusters.shop.{key}").line == 2


def test_an_unknown_variable_is_named_with_the_nearest_known_one(tmp_path: Path) -> None:
    path = written(tmp_path, "")
    settings = read_settings(environ={"DSQL_TUI_RESULTS_ROWLIMIT": "5"}, path=path)
    (finding,) = settings.findings
    assert "DSQL_TUI_RESULTS_ROWLIMIT is unknown" in finding.message
    assert finding.remedy == "Did you mean DSQL_TUI_RESULTS_ROW_LIMIT?"
    assert finding.severity is Severity.WARNING
    assert load(environ={"DSQL_TUI_XYZ": "1"}, path=path) == Config()


def test_a_misspelled_variable_of_a_safety_setting_stops_commands(tmp_path: Path) -> None:
    path = written(tmp_path, "")
    with pytest.raises(ConfigError) as caught:
        load(environ={"DSQL_TUI_SAFTY_READ_ONLY": "shop"}, path=path)
    assert caught.value.remedy == "Did you mean DSQL_TUI_SAFETY_READ_ONLY?"


def test_variables_that_are_no_settings_are_known(tmp_path: Path) -> None:
    environ = dict.fromkeys(OTHER_VARIABLES - {"DSQL_TUI_CONFIG"}, "x")
    assert not read_settings(environ=environ, path=written(tmp_path, "")).findings
    assert not read_settings(environ={"DSQL_TUI_X": ""}, path=written(tmp_path, "")).findings
