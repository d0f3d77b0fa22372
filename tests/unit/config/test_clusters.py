"""Sections of clusters: which one decides, and that none weakens a protection."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from pathlib import Path

import pytest

from dsql_tui.config import Config, Settings, SourceKind, load, read_settings
from dsql_tui.errors import ConfigError
from tests.support.fakes import make_cluster

SHOP = make_cluster("shop", tags={"env": "prod"})
FROM_FAR_TO_CLOSE = ("region:us-east-1", "tag:env=prod", "sh*", "shop", SHOP.arn)
NONE: Mapping[str, str] = {}


def settings_of(folder: Path, content: str, environ: Mapping[str, str] = NONE) -> Settings:
    path = folder / "config.toml"
    path.write_text(content, encoding="utf-8")
    return read_settings(environ=environ, path=path)


def test_the_closest_section_decides_whatever_the_order_in_the_file(tmp_path: Path) -> None:
    for one, two in itertools.permutations(FROM_FAR_TO_CLOSE, 2):
        content = f'[clusters."{one}"]\nrole = "{one}"\n[clusters."{two}"]\nrole = "{two}"\n'
        closest = max(one, two, key=FROM_FAR_TO_CLOSE.index)
        assert settings_of(tmp_path, content).config.for_cluster(SHOP).role == closest


def test_sections_that_set_different_things_all_count(tmp_path: Path) -> None:
    content = """
        [results]
        row_limit = 5
        [clusters."shop"]
        role = "app_rw"
        [clusters."tag:env=prod"]
        role = "app_ro"
        color = "red"
        [clusters."region:us-east-1"]
        price.million_dpu = "9.5"
    """
    config = settings_of(tmp_path, content).config.for_cluster(SHOP)
    assert (config.role, config.color, config.row_limit) == ("app_rw", "red", 5)
    assert str(config.dpu_price) == "9.5"


def test_among_equally_close_sections_the_last_one_decides(tmp_path: Path) -> None:
    content = '[clusters."tag:env=prod"]\nrole = "one"\n[clusters."tag:name=shop"]\nrole = "two"\n'
    assert settings_of(tmp_path, content).config.for_cluster(SHOP).role == "two"


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_among_equally_close_rules_read_only_decides(
    order: tuple[int, int], tmp_path: Path
) -> None:
    sections = (
        '[clusters."tag:env=prod"]\nread_only = true\n',
        '[clusters."tag:name=shop"]\nread_only = false\n',
    )
    content = "[safety]\nread_only = []\n" + "".join(sections[each] for each in order)
    assert settings_of(tmp_path, content).config.for_cluster(SHOP).opens_read_only


def test_a_closer_section_can_lift_a_rule_and_a_farther_one_cannot(tmp_path: Path) -> None:
    def is_read_only(selector: str, *, value: str = "false") -> bool:
        content = f'[clusters."{selector}"]\nread_only = {value}\n'
        return settings_of(tmp_path, content).config.for_cluster(SHOP).opens_read_only

    assert Config().for_cluster(SHOP).opens_read_only
    assert not is_read_only("shop")
    assert not is_read_only(SHOP.arn)
    assert is_read_only("region:us-east-1")
    assert is_read_only("tag:env=prod")
    assert is_read_only("other")
    assert is_read_only("shop", value="true")


def test_a_variable_beats_sections_but_lifts_no_protection(tmp_path: Path) -> None:
    content = (
        '[clusters."shop"]\nrow_limit = 5\nread_only = true\n[clusters."x"]\nread_only = false\n'
    )
    environ = {"DSQL_TUI_RESULTS_ROW_LIMIT": "7", "DSQL_TUI_SAFETY_READ_ONLY": "x"}
    config = settings_of(tmp_path, content, environ).config
    assert config.for_cluster(SHOP).row_limit == 7
    assert config.for_cluster(SHOP).opens_read_only
    assert config.for_cluster(make_cluster("x")).opens_read_only


@pytest.mark.parametrize(
    "content",
    [
        "[safety]\nread_only = 5",
        '[safety]\nread_only = [""]',
        '[safety]\nreadonly = ["shop"]',
        '[saftey]\nread_only = ["shop"]',
        "safety = true",
        '[clusters."shop"]\nread_only = "ture"',
        '[clusters."shop"]\nreadonly = true',
        '[clusters."shop"]\nrole = 5',
        "[clusters]\nshop = true",
        '[clusters."tag:env"]\nread_only = true',
        "clusters = 1",
        '[cluster."shop"]\nread_only = true',
        '[clusers."shop"]\nread_only = true',
        "[Clusters.shop]\nread_only = true",
        "[aws]\nprofile = 5",
        "[session]\nrole = []",
        "theme = ",
        "theme = 1\ntheme = 2",
        "\0",
    ],
)
def test_what_cannot_be_read_never_lifts_a_protection(content: str, tmp_path: Path) -> None:
    lifting = '\n[clusters."free"]\nread_only = false\n'
    settings = settings_of(tmp_path, content + lifting)
    for name in ("free", "shop", "other"):
        assert settings.config.for_cluster(make_cluster(name)).opens_read_only
    assert settings.source_of("safety.read_only").kind is SourceKind.FALLBACK
    with pytest.raises(ConfigError):
        settings.require()


def test_a_file_that_is_no_text_protects_every_cluster_and_records_nothing(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b'theme = "nord"\n[history]\nenabled = \xe9\n')
    settings = read_settings(environ={}, path=path)
    assert settings.config.read_only == ("*",)
    assert not settings.config.history
    assert settings.config.theme == ""
    (finding,) = settings.findings
    assert finding.message == f"{path}:3: The file is not UTF-8 text."


@pytest.mark.parametrize(
    "content",
    [
        "[results]\nrow_limit = -1",
        "theme = 5",
        '[clusters."shop"]\ncolor = "mauve"',
        '[clusters."shop"]\nrow_limit = -1',
        "[retry]\nfoo = 1",
    ],
)
def test_a_bad_value_that_protects_nothing_is_replaced_by_its_default(
    content: str, tmp_path: Path
) -> None:
    settings = settings_of(tmp_path, "[token]\nlifetime_s = 60\n" + content)
    assert settings.config.token_lifetime_s == 60
    assert settings.config.read_only == Config().read_only
    assert not settings.config.for_cluster(make_cluster("shop")).opens_read_only
    assert len(settings.findings) == 1


def test_settings_whose_default_is_less_private_get_the_safe_value(tmp_path: Path) -> None:
    content = "[history]\nenabled = 'never'\n[results]\nformula_guard = 5"
    config = settings_of(tmp_path, content).config
    assert not config.history
    assert config.formula_guard
    assert config.read_only == Config().read_only


def test_a_file_of_nothing_but_errors_is_reported_in_part(tmp_path: Path) -> None:
    content = "".join(f"unknown_{number} = 1\n" for number in range(20_000))
    settings = settings_of(tmp_path, content)
    assert len(settings.findings) == 21
    assert "more errors" in settings.findings[-1].message
    assert settings.config.read_only == ("*",)


def test_a_bad_variable_that_protects_never_lifts_a_protection(tmp_path: Path) -> None:
    for environ in ({"DSQL_TUI_SAFETY_READ_ONLY": "=x"}, {"DSQL_TUI_AWS_PROFILE": "a\nb"}):
        assert settings_of(tmp_path, "", environ).config.read_only == ("*",)


def test_a_byte_order_mark_is_no_error(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b"\xef\xbb\xbftheme = 'nord'\r\n[token]\r\nlifetime_s = 5\r\n")
    settings = read_settings(environ={}, path=path)
    assert settings.config.theme == "nord"
    assert settings.source_of("token.lifetime_s").line == 3
    assert load(environ={}, path=path).token_lifetime_s == 5
