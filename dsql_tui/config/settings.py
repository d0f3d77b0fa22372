"""The declarations of all settings: each field of `Config` that calls `_setting`.

Its path determines the key in a file, the environment variable, the JSON Schema, the lines of
`dsql-tui config show`, the template and the table in `dsql_tui/manual/settings.md`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from decimal import Decimal
from typing import Any

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
from dsql_tui.config.sections import Section, applied
from dsql_tui.model.cluster import Cluster
from dsql_tui.model.selector import Rank, rank_of
from dsql_tui.model.token import TOKEN_LIFETIME_MAX_S
from dsql_tui.notification import METHODS

VARIABLE_PREFIX = "DSQL_TUI_"
CLUSTERS = "clusters"
"""The table of a file whose keys select clusters."""
KEYS = "keys"
SAFETY = "safety"
_ONLY_CLUSTERS = f"{CLUSTERS}.*."


@dataclass(frozen=True, slots=True)
class Setting:
    """The declaration of a setting.

    Attributes:
        attribute: Its name in `Config`.
        path: Where it is in a file, `section.name` or `name`; `clusters.*.name` for those that
            exist only in the sections of clusters.
        kind: The kind of values it accepts.
        help: Its meaning, in one sentence.
        cluster_key: Its name in the section of a cluster; empty if it cannot be set there.
        in_repository: Whether the file of a repository may set it.
        flag: The command-line flag for it, or empty.
        former_variable: Its environment variable before names followed from paths, or empty.
        foreign_variables: Variables of other programs that count when ours is not set.
        when_bad: The value used if a file's value is invalid; `None` for the default.
    """

    attribute: str
    path: str
    kind: Kind
    help: str
    cluster_key: str = ""
    in_repository: bool = False
    flag: str = ""
    former_variable: str = ""
    foreign_variables: tuple[str, ...] = ()
    when_bad: object = None

    @property
    def variable(self) -> str:
        """Its environment variable; empty if it has none."""
        if self.path == KEYS or self.is_only_for_clusters:
            return ""
        return VARIABLE_PREFIX + self.path.upper().replace(".", "_")

    @property
    def is_only_for_clusters(self) -> bool:
        """Whether it is allowed only in the sections of clusters."""
        return self.path.startswith(_ONLY_CLUSTERS)

    @property
    def default(self) -> object:
        """Its default value."""
        return getattr(DEFAULTS, self.attribute)


def _setting(path: str, kind: Kind, default: object, sentence: str, **rest: object) -> Any:
    """Declare a setting; `sentence` is its help, and `rest` are other attributes of `Setting`."""
    metadata = {"path": path, "kind": kind, "help": sentence, **rest}
    if isinstance(default, dict):
        return field(default_factory=dict, metadata=metadata)
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True)
class Config:
    """The value of every setting, and the sections for some clusters.

    Attributes:
        clusters: Sections of clusters, in the order of the file; `for_cluster` applies them.
    """

    profile: str | None = _setting(
        "aws.profile",
        Text("the name of an AWS profile"),
        None,
        "AWS profile; without one boto3's default credentials.",
        flag="--profile",
        former_variable="DSQL_TUI_PROFILE",
        foreign_variables=("AWS_PROFILE",),
    )
    regions: tuple[str, ...] = _setting(
        "aws.regions",
        Texts("Regions", '["us-east-1", "us-east-2"]'),
        (),
        "Regions whose clusters are listed; empty for the Region of the profile.",
        flag="--region",
        former_variable="DSQL_TUI_REGIONS",
    )
    board_profiles: tuple[str, ...] = _setting(
        "aws.board_profiles",
        Texts("AWS profiles", '["ops", "staging"]'),
        (),
        "AWS profiles whose clusters the fleet's board shows too.",
        former_variable="DSQL_TUI_BOARD_PROFILES",
    )
    role: str | None = _setting(
        "session.role",
        Text("the name of a database role"),
        None,
        "Database role to connect as; without it admin, in the console the role used last.",
        flag="--role",
        cluster_key="role",
    )
    theme: str = _setting(
        "theme",
        Text("the name of a theme", may_be_empty=True),
        "",
        "Theme of the console; empty for the one chosen last, at first dark.",
        in_repository=True,
    )
    keys: Mapping[str, str] = _setting(
        KEYS,
        KeyTable(),
        {},
        "Keys by action; actions that are not named keep their keys.",
        in_repository=True,
    )
    token_lifetime_s: int = _setting(
        "token.lifetime_s",
        Whole(1, TOKEN_LIFETIME_MAX_S),
        900,
        "Seconds in which a generated token can open sessions.",
    )
    row_limit: int = _setting(
        "results.row_limit",
        Whole(0, 1_000_000_000),
        0,
        "Rows that the console fetches before it asks, in steps of 500; 0 for all.",
        cluster_key="row_limit",
        in_repository=True,
        former_variable="DSQL_TUI_ROW_LIMIT",
    )
    spill_limit_mib: int = _setting(
        "results.spill_limit_mib",
        Whole(1, 1_048_576),
        512,
        "MiB of memory for rows; beyond it the oldest go to a temporary file.",
        former_variable="DSQL_TUI_SPILL_LIMIT_MIB",
    )
    timezone: str = _setting(
        "results.timezone",
        TimeZone(),
        "",
        "Time zone in which timestamps are shown; empty to show them as the server sends them.",
        in_repository=True,
        former_variable="DSQL_TUI_TIMEZONE",
    )
    group_separators: bool = _setting(
        "results.group_separators",
        Flag(),
        False,
        "Show 1,000,000 in place of 1000000.",
        in_repository=True,
        former_variable="DSQL_TUI_GROUP_SEPARATORS",
    )
    formula_guard: bool = _setting(
        "results.formula_guard",
        Flag(),
        False,
        "In CSV and TSV, escape values that a spreadsheet treats as formulas with '.",
        former_variable="DSQL_TUI_FORMULA_GUARD",
        when_bad=True,
    )
    clipboard: str = _setting(
        "results.clipboard",
        Choice(("auto", "native", "osc52")),
        "auto",
        "How cells are copied: with a program of this machine, or through the terminal (OSC 52).",
        former_variable="DSQL_TUI_CLIPBOARD",
    )
    read_only: tuple[str, ...] = _setting(
        "safety.read_only",
        Selectors(),
        ("env=prod",),
        "Clusters that open read-only, in the console and on the command line.",
        former_variable="DSQL_TUI_READ_ONLY",
        when_bad=("*",),
    )
    opens_read_only: bool = _setting(
        "clusters.*.read_only",
        Flag(),
        False,
        "Whether the cluster opens read-only.",
        cluster_key="read_only",
    )
    color: str = _setting(
        "clusters.*.color",
        Color(),
        "",
        "Color of the cluster's name in the status line.",
        cluster_key="color",
    )
    lint: bool = _setting(
        "editor.lint",
        Flag(),
        True,
        "Check statements for Aurora DSQL while they are typed.",
        former_variable="DSQL_TUI_LINT",
    )
    soft_wrap: bool = _setting(
        "editor.soft_wrap",
        Flag(),
        False,
        "Wrap long lines of the SQL tabs instead of scrolling sideways.",
    )
    notification_method: str = _setting(
        "notifications.method",
        Choice(METHODS),
        "bell",
        "How the end of long work is notified: a bell, a desktop notification (OSC 9 or 777), off.",
    )
    notification_after_s: int = _setting(
        "notifications.after_s",
        Whole(1, 86_400),
        10,
        "Seconds that work takes at least for its end to be notified.",
    )
    notification_always: bool = _setting(
        "notifications.always",
        Flag(),
        False,
        "Notify while the console's window has the focus, too.",
    )
    history: bool = _setting(
        "history.enabled",
        Flag(),
        True,
        "Record statements that are run, except those that begin with exactly one space.",
        former_variable="DSQL_TUI_HISTORY",
        when_bad=False,
    )
    history_limit: int = _setting(
        "history.limit",
        Whole(1, 10_000_000),
        100_000,
        "Maximum number of statements in the history.",
    )
    dpu_price: Decimal = _setting(  # noqa: RUF009 - it returns a field
        "price.million_dpu",
        Money(),
        Decimal("8.00"),
        "US dollars for a million DPU.",
        cluster_key="price.million_dpu",
        former_variable="DSQL_TUI_DPU_PRICE",
    )
    storage_price: Decimal = _setting(  # noqa: RUF009 - it returns a field
        "price.gb_month",
        Money(),
        Decimal("0.33"),
        "US dollars for a GB stored for a month.",
        cluster_key="price.gb_month",
        former_variable="DSQL_TUI_STORAGE_PRICE",
    )
    retry_attempts: int = _setting(
        "retry.attempts",
        Whole(0, 20),
        3,
        "Maximum number of retries of a statement after a conflict, if it is safe to repeat.",
    )
    retry_base_ms: int = _setting(
        "retry.base_ms",
        Whole(1, 60_000),
        1,
        "Maximum wait in milliseconds before the first retry; it doubles with each retry.",
    )
    retry_cap_ms: int = _setting(
        "retry.cap_ms",
        Whole(1, 60_000),
        100,
        "Maximum wait in milliseconds before any retry.",
    )
    clusters: tuple[Section, ...] = ()

    def for_cluster(self, cluster: Cluster) -> Config:
        """Return the settings for a cluster.

        Of several sections that select it, one that names it more closely (see `Rank`) decides,
        among equals the last one in the file. `safety.read_only` counts as sections that say
        `read_only = true`, and among equals true decides.
        """
        chosen: dict[str, Any] = {}
        for section in applied(self.clusters, cluster):
            chosen |= section.values
        rank, is_read_only, _ = self._read_only_rule(cluster)
        chosen["opens_read_only"] = is_read_only and rank is not Rank.NONE
        return replace(self, **chosen, clusters=())

    def sets_for_clusters(self, attribute: str) -> bool:
        """Whether a section of some clusters sets something, so that a cluster must be known."""
        return any(attribute in each.values for each in self.clusters)

    def deciding(self, cluster: Cluster, attribute: str) -> str | None:
        """Return the selector from which a cluster's setting comes, or `None`."""
        if attribute == "opens_read_only":
            rank, _, selector = self._read_only_rule(cluster)
            return selector if rank is not Rank.NONE else None
        sections = applied(self.clusters, cluster)
        deciding = [each.selector for each in sections if attribute in each.values]
        return deciding[-1] if deciding else None

    def _read_only_rule(self, cluster: Cluster) -> tuple[Rank, bool, str]:
        rules = [(rank_of(cluster, selector), True, selector) for selector in self.read_only]
        rules += [
            (rank_of(cluster, each.selector), bool(each.values["opens_read_only"]), each.selector)
            for each in self.clusters
            if "opens_read_only" in each.values
        ]
        return max(rules, default=(Rank.NONE, False, ""))


DEFAULTS = Config()
SETTINGS = tuple(
    Setting(each.name, **each.metadata) for each in fields(Config) if "path" in each.metadata
)
BY_PATH = {each.path: each for each in SETTINGS if not each.is_only_for_clusters}
BY_CLUSTER_KEY = {each.cluster_key: each for each in SETTINGS if each.cluster_key}
TABLES = tuple(dict.fromkeys(path.partition(".")[0] for path in BY_PATH if "." in path))
"""The tables of a file that hold settings."""
