"""What a person has chosen: flags, then the environment, then the config file, then defaults.

`load` reads everything once, before the first screen, and answers a frozen `Config`; nothing reads
the environment or the file afterwards. Every setting is a row of `SETTINGS`: the key in the file,
the environment variable, what is allowed and the words for it come from there.

    ~/.config/dsql-tui/config.toml (or the platform's place; DSQL_TUI_CONFIG names another)
        theme = "nord"
        [token]
        lifetime_s = 3600
    DSQL_TUI_TOKEN_LIFETIME_S=3600
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal, InvalidOperation
from pathlib import Path

from dsql_tui.errors import ConfigError
from dsql_tui.files.atomic import reason
from dsql_tui.files.checked import Damaged, read_limited

_SIZE_MAX_BYTES = 1024 * 1024
TOKEN_LIFETIME_MAX_S = 604_800
"""One week (user guide, section-authentication-token, September 2026)."""


@dataclass(frozen=True, slots=True)
class Config:
    """Every setting, checked.

    Attributes:
        profile: AWS profile, `None` for the default chain.
        regions: Regions to list; empty for those of the profile.
        board_profiles: AWS profiles whose clusters are on the fleet's board beside one's own.
        theme: A theme's name; empty for the terminal's own light or dark.
        keys: Keys by action, `{"run": "f5,ctrl+j"}`; actions not named keep theirs.
        token_lifetime_s: How long a generated token can open sessions.
        row_limit: Rows to fetch before asking; 0 for all.
        spill_limit_mib: Memory for kept rows before the oldest go to a temporary file.
        timezone: Zone in which timestamps are shown; empty as the server sends them.
        group_separators: Show 1,000,000 in place of 1000000.
        formula_guard: Put `'` before cells that a spreadsheet would run as a formula.
        clipboard: `auto`, `native` or `osc52`.
        read_only: Which clusters open read-only: `tag=value`, or a pattern for the name or ARN.
        lint: Check statements for DSQL while they are typed.
        history: Keep the statements that were run.
        history_limit: How many are kept.
        dpu_price: US dollars for a million DPU.
        storage_price: US dollars for a GB-month.
        retry_attempts: How often a conflicting statement that is safe to repeat runs again.
        retry_base_ms: Longest wait before the first of them; it doubles.
        retry_cap_ms: Longest wait before any.
    """

    profile: str | None = None
    regions: tuple[str, ...] = ()
    board_profiles: tuple[str, ...] = ()
    theme: str = ""
    keys: Mapping[str, str] = field(default_factory=dict)
    token_lifetime_s: int = 900
    row_limit: int = 0
    spill_limit_mib: int = 512
    timezone: str = ""
    group_separators: bool = False
    formula_guard: bool = False
    clipboard: str = "auto"
    read_only: tuple[str, ...] = ("env=prod",)
    lint: bool = True
    history: bool = True
    history_limit: int = 100_000
    dpu_price: Decimal = Decimal("8.00")
    storage_price: Decimal = Decimal("0.33")
    retry_attempts: int = 3
    retry_base_ms: int = 1
    retry_cap_ms: int = 100


class Unfit(ValueError):
    """A value that a setting does not take; its text says what is allowed."""


Reader = Callable[[object], object]
"""Checks a value of the file, or the text of a variable, and returns it as the setting's type."""


_DIGITS_MAX = 40
"""A longer number is no setting, and Python refuses to read one of thousands of digits."""


def whole(least: int, most: int) -> Reader:
    """Return a reader of whole numbers in a range."""

    def read(value: object) -> int:
        if isinstance(value, str):
            value = int(value) if value.strip().isdecimal() and len(value) < _DIGITS_MAX else None
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise Unfit(f"a whole number from {least} to {most}")
        return value

    return read


def flag(value: object) -> bool:
    """Read true or false; a variable may also hold 1, 0, yes, no, on, off."""
    words = {"true": True, "1": True, "yes": True, "on": True}
    words |= {"false": False, "0": False, "no": False, "off": False}
    found = words.get(value.strip().lower()) if isinstance(value, str) else value
    if not isinstance(found, bool):
        raise Unfit("true or false")
    return found


def text(value: object) -> str:
    """Read a text on one line."""
    if not isinstance(value, str) or not value.isprintable():
        raise Unfit("a text on one line")
    return value


def some_text(value: object) -> str:
    """Read a text that is not empty."""
    if not text(value):
        raise Unfit("a text that is not empty")
    return text(value)


def texts(value: object) -> tuple[str, ...]:
    """Read a list of texts; a variable separates them by commas."""
    if isinstance(value, str):
        value = [part.strip() for part in value.split(",") if part.strip()]
    if not isinstance(value, list | tuple) or not all(isinstance(part, str) for part in value):
        raise Unfit("a list of texts")
    return tuple(value)


def one_of(*allowed: str) -> Reader:
    """Return a reader of one of a few words."""

    def read(value: object) -> str:
        if value not in allowed:
            raise Unfit("one of " + ", ".join(allowed))
        return str(value)

    return read


def money(value: object) -> Decimal:
    """Read an amount of money; not a float, which cannot hold it."""
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        amount = Decimal(-1)
    if isinstance(value, bool) or not amount.is_finite() or amount < 0:
        raise Unfit("an amount of dollars, such as 8.00")
    return amount


def zone(value: object) -> str:
    """Read a time zone's name; empty and `local` mean no zone and the machine's own."""
    name = text(value)
    if name in {"", "local"}:
        return name
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # 4 ms that few people need at start

    try:
        return str(ZoneInfo(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Unfit("a time zone such as Europe/Berlin, local, or empty") from None


def key_table(value: object) -> Mapping[str, str]:
    """Read keys by action."""
    if not isinstance(value, dict) or not all(isinstance(keys, str) for keys in value.values()):
        raise Unfit('a table of actions and keys, such as run = "f5,ctrl+j"')
    return value


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of the table.

    Attributes:
        key: Where it stands in the file, `section.name` or `name`.
        attribute: Its name in `Config`; `DSQL_TUI_` and this in capitals is its variable.
        read: Checks a value.
        variables: Variables of others that are heeded behind our own.
    """

    key: str
    attribute: str
    read: Reader
    variables: tuple[str, ...] = ()

    @property
    def variable(self) -> str:
        """The environment variable of ours."""
        return "DSQL_TUI_" + self.attribute.upper()


SETTINGS = (
    Setting("aws.profile", "profile", some_text, ("AWS_PROFILE",)),
    Setting("aws.regions", "regions", texts),
    Setting("aws.board_profiles", "board_profiles", texts),
    Setting("theme", "theme", text),
    Setting("keys", "keys", key_table),
    Setting("token.lifetime_s", "token_lifetime_s", whole(1, TOKEN_LIFETIME_MAX_S)),
    Setting("results.row_limit", "row_limit", whole(0, 1_000_000_000)),
    Setting("results.spill_limit_mib", "spill_limit_mib", whole(1, 1_048_576)),
    Setting("results.timezone", "timezone", zone),
    Setting("results.group_separators", "group_separators", flag),
    Setting("results.formula_guard", "formula_guard", flag),
    Setting("results.clipboard", "clipboard", one_of("auto", "native", "osc52")),
    Setting("safety.read_only", "read_only", texts),
    Setting("editor.lint", "lint", flag),
    Setting("history.enabled", "history", flag),
    Setting("history.limit", "history_limit", whole(1, 10_000_000)),
    Setting("price.million_dpu", "dpu_price", money),
    Setting("price.gb_month", "storage_price", money),
    Setting("retry.attempts", "retry_attempts", whole(0, 20)),
    Setting("retry.base_ms", "retry_base_ms", whole(1, 60_000)),
    Setting("retry.cap_ms", "retry_cap_ms", whole(1, 60_000)),
)
_BY_KEY = {setting.key: setting for setting in SETTINGS}
_ATTRIBUTES = {spec.name for spec in fields(Config)}


def default_path() -> Path:
    """Return where the config file is looked for when nobody names one."""
    from platformdirs import user_config_path  # not needed where a file is named

    return user_config_path("dsql-tui", appauthor=False) / "config.toml"


def load(
    flags: Mapping[str, object] | None = None,
    environ: Mapping[str, str] = os.environ,
    path: Path | None = None,
) -> Config:
    """Return the settings.

    Args:
        flags: Values by attribute of `Config`; `None` means the flag was not given.
        environ: The environment.
        path: The config file; `None` for `DSQL_TUI_CONFIG` or the default place.

    Raises:
        ConfigError: Naming the file, variable or flag, the key, and what is allowed.
    """
    named = path or (Path(environ["DSQL_TUI_CONFIG"]) if environ.get("DSQL_TUI_CONFIG") else None)
    values = _from_file(named or default_path(), must_exist=named is not None)
    values |= _from_environment(environ)
    for name, value in (flags or {}).items():
        if value is not None:
            setting = next(row for row in SETTINGS if row.attribute == name)
            values[name] = _checked(setting, value, "--" + name.replace("_", "-"))
    return Config(**values)  # type: ignore[arg-type]  # each value was read by its own row


def _from_file(path: Path, *, must_exist: bool) -> dict[str, object]:
    try:
        with path.open("rb") as file:  # named by a person, it may be /dev/null or a pipe
            text = read_limited(file, _SIZE_MAX_BYTES).decode("utf-8")
    except FileNotFoundError:
        if must_exist:
            raise ConfigError(f"There is no config file {path}.") from None
        return {}
    except OSError as error:
        raise ConfigError(f"Cannot read {path}: {reason(error)}.") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path} is not UTF-8 text.") from None
    except Damaged as damage:
        raise ConfigError(f"Cannot read {path}: {damage}.") from None
    import tomllib  # most people have no config file, and wait for its import at every start

    try:
        parsed = tomllib.loads(text)
    except ValueError as error:  # also a number of thousands of digits
        raise ConfigError(f"{path} is not valid TOML: {error}.") from None
    except RecursionError:
        raise ConfigError(f"{path} is not valid TOML: it is nested too deeply.") from None
    values: dict[str, object] = {}
    for key, value in _flattened(parsed):
        if key not in _BY_KEY:
            raise ConfigError(f'{path}: there is no setting "{key}".', remedy=_suggestion(key))
        values[_BY_KEY[key].attribute] = _checked(_BY_KEY[key], value, f"{path}: {key}")
    return values


def _flattened(parsed: Mapping[str, object]) -> list[tuple[str, object]]:
    """Return settings by their dotted key."""
    found: list[tuple[str, object]] = []
    for name, value in parsed.items():
        if isinstance(value, dict) and name not in _BY_KEY:
            found += [(f"{name}.{inner}", inner_value) for inner, inner_value in value.items()]
        else:
            found.append((name, value))
    return found


def _suggestion(key: str) -> str:
    import difflib

    near = difflib.get_close_matches(key, _BY_KEY, n=1, cutoff=0.5)
    return f'Did you mean "{near[0]}"?' if near else "Settings: " + ", ".join(_BY_KEY) + "."


def _from_environment(environ: Mapping[str, str]) -> dict[str, object]:
    values: dict[str, object] = {}
    for setting in SETTINGS:
        if setting.attribute == "keys":
            continue  # a table does not fit into a variable
        for variable in (setting.variable, *setting.variables):
            if environ.get(variable):
                values[setting.attribute] = _checked(setting, environ[variable], variable)
                break
    return values


def _checked(setting: Setting, value: object, where: str) -> object:
    try:
        return setting.read(value)
    except Unfit as unfit:
        shown = f"“{value}”" if isinstance(value, str) else str(value)
        raise ConfigError(f"{where} must be {unfit}, not {shown}.") from None
