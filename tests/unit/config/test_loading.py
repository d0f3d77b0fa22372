"""Settings come from flags, then the environment, then the file, and errors say what is allowed."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from dsql_tui.config import Config, load
from dsql_tui.errors import ConfigError


def written(folder: Path, content: str) -> Path:
    path = folder / "config.toml"
    path.write_text(content, encoding="utf-8")
    return path


def test_without_any_settings_the_defaults_apply(tmp_path: Path) -> None:
    empty = {"XDG_CONFIG_HOME": str(tmp_path)}
    assert load(environ=empty, path=written(tmp_path, "")) == Config()


def test_the_file_is_read_by_section(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        """
        theme = "nord"
        [aws]
        regions = ["us-east-1", "us-east-2"]
        [token]
        lifetime_s = 604800
        [results]
        timezone = "Europe/Berlin"
        group_separators = true
        [price]
        million_dpu = "8.50"
        [keys]
        run = "f5,ctrl+j"
        """,
    )
    config = load(environ={}, path=path)
    assert config.theme == "nord"
    assert config.regions == ("us-east-1", "us-east-2")
    assert config.token_lifetime_s == 604_800
    assert config.timezone == "Europe/Berlin"
    assert config.group_separators
    assert config.dpu_price == Decimal("8.50")
    assert config.keys == {"run": "f5,ctrl+j"}


def test_flags_beat_the_environment_and_the_environment_beats_the_file(tmp_path: Path) -> None:
    path = written(
        tmp_path, "[token]\nlifetime_s = 1\n[results]\nrow_limit = 1\n[aws]\nprofile = 'f'"
    )
    environ = {
        "DSQL_TUI_TOKEN_LIFETIME_S": "2",
        "DSQL_TUI_ROW_LIMIT": "2",
        "AWS_PROFILE": "theirs",
        "DSQL_TUI_REGIONS": "us-east-1, eu-west-1",
        "DSQL_TUI_GROUP_SEPARATORS": "yes",
    }
    config = load({"token_lifetime_s": 3, "row_limit": None}, environ, path)
    assert (config.token_lifetime_s, config.row_limit, config.profile) == (3, 2, "theirs")
    assert config.regions == ("us-east-1", "eu-west-1")
    assert config.group_separators


def test_our_own_variable_has_precedence_over_that_of_aws(tmp_path: Path) -> None:
    environ = {"AWS_PROFILE": "theirs", "DSQL_TUI_PROFILE": "ours"}
    assert load(environ=environ, path=written(tmp_path, "")).profile == "ours"


def test_a_variable_names_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, "theme = 'nord'")
    assert load(environ={"DSQL_TUI_CONFIG": str(path)}).theme == "nord"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("theme = ", "is not valid TOML"),
        ("[token]\nlifetime_s = 0",
         ": token.lifetime_s must be a whole number from 1 to 604800, not 0."),
        ("[token]\nlifetime_s = 604801", "from 1 to 604800, not 604801."),
        ("[token]\nlifetime_s = true", "whole number from 1 to 604800, not true."),
        ("[token]\nlifetime_s = 'soon'", "whole number from 1 to 604800, not “soon”."),
        ("[results]\nclipboard = 'x'",
         "results.clipboard must be one of auto, native, osc52, not “x”."),
        ("[results]\ngroup_separators = 'maybe'", "must be true or false, not “maybe”."),
        ("[results]\ntimezone = 'Mars/Base'", "must be a time zone such as Europe/Berlin"),
        ("[results]\ntimezone = '../../etc/passwd'", "must be a time zone such as Europe/Berlin"),
        ("[aws]\nregions = [1]", "aws.regions must be a list of Regions"),
        ("[aws]\nprofile = ''", "aws.profile must be the name of an AWS profile"),
        ("theme = \"a\\nb\"", "theme must be the name of a theme"),
        ("[price]\nmillion_dpu = -1", "price.million_dpu must be an amount of dollars"),
        ("[price]\nmillion_dpu = nan", "price.million_dpu must be an amount of dollars"),
        ("keys = 1", "keys must be a table of actions and keys"),
        ("token = 5", 'there is no setting "token".'),
    ],
)  # fmt: skip
def test_a_bad_value_is_named_with_what_is_allowed(
    tmp_path: Path, content: str, sentence: str
) -> None:
    path = written(tmp_path, content)
    with pytest.raises(ConfigError) as caught:
        load(environ={}, path=path)
    assert sentence in caught.value.message
    assert str(path) in caught.value.message


def test_a_misspelled_key_gets_a_suggestion(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(environ={}, path=written(tmp_path, "[token]\nlifetime = 900"))
    assert 'no setting "token.lifetime"' in caught.value.message
    assert caught.value.remedy == 'Did you mean "token.lifetime_s"?'


def test_a_bad_variable_or_flag_is_named(tmp_path: Path) -> None:
    path = written(tmp_path, "")
    with pytest.raises(ConfigError, match=r"DSQL_TUI_RETRY_CAP_MS must be a whole number"):
        load(environ={"DSQL_TUI_RETRY_CAP_MS": "long"}, path=path)
    with pytest.raises(ConfigError, match=r"--profile must be the name of an AWS profile"):
        load({"profile": ""}, {}, path)


def test_a_file_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="There is no config file"):
        load(environ={}, path=tmp_path / "absent.toml")
    with pytest.raises(ConfigError, match="Cannot read"):
        load(environ={}, path=tmp_path)
    (tmp_path / "latin.toml").write_bytes(b'theme = "\xe9"')
    with pytest.raises(ConfigError, match="is not UTF-8 text"):
        load(environ={}, path=tmp_path / "latin.toml")
    (tmp_path / "loop.toml").symlink_to("loop.toml")
    with pytest.raises(ConfigError, match="Cannot read"):
        load(environ={}, path=tmp_path / "loop.toml")
    with pytest.raises(ConfigError, match="is larger than"):
        load(environ={}, path=Path("/dev/zero"))
    assert load(environ={}, path=Path("/dev/null")) == Config()


@pytest.mark.parametrize(
    "content",
    [
        "x",
        "[[[",
        "theme = " + "[" * 50_000,
        "theme = " + "9" * 5_000,
        "\0",
        'theme = "a"\ntheme = "b"',
        '[theme]\nname = "a"',
        "token = 5",
        "[token]\nlifetime_s = 1979-05-27",
        "[price]\nmillion_dpu = nan",
        "[price]\nmillion_dpu = []",
        '[results]\nclipboard = ["auto"]',
        "[safety]\nread_only = [1]",
        "keys = 1",
        "[keys]\nrun = 1",
    ],
)
def test_a_file_that_holds_something_else_is_refused_in_a_sentence(
    tmp_path: Path, content: str
) -> None:
    path = written(tmp_path, content)
    with pytest.raises(ConfigError) as refused:
        load(environ={}, path=path)
    assert str(path) in refused.value.message


def test_a_number_of_thousands_of_digits_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="must be a whole number"):
        load(environ={"DSQL_TUI_ROW_LIMIT": "9" * 5_000}, path=written(tmp_path, ""))
