"""The options that select an AWS account, and the profile made from them."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from functools import update_wrapper
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import click

from dsql_tui.cli.shared.selected import selected, selected_by_aws
from dsql_tui.cli.shared.terminal import narrate
from dsql_tui.cli.shared.values.types import DATA_FOLDER, HOST_PORT, PROFILE, REGION
from dsql_tui.errors import ConfigError
from dsql_tui.local.process.shell import LOOPBACK, past_proxies
from dsql_tui.model.address import Address, address_of
from dsql_tui.model.endpoint import ADMIN_ROLE, DEFAULT_PORT, WEBSOCKET_PORT, Profile

if TYPE_CHECKING:
    from dsql_tui.config import Config, Settings
    from dsql_tui.local.process.server import LocalServer
    from dsql_tui.local.process.server_info import ServerInfo
    from dsql_tui.model.cluster import Cluster

LOCAL_CLUSTER = "shop"
"""The cluster meant when `--local` is given and no cluster is named."""
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d{1,2}")


@dataclass(frozen=True, slots=True)
class Target:
    """The values of the target options.

    Attributes:
        local: Use the embedded local DSQL instead of AWS.
        ephemeral: A local DSQL in a temporary folder that is deleted afterwards.
        data_dir: The local DSQL's data folder, `None` for the user's own.
        aws_profile: Profile given with `--profile`, `None` when none was.
        regions: Regions given, in order; empty when none was.
        via: `host` or `host:port` dialled in place of endpoints' own names, `None` for none.
        settings: The settings, where they come from, and what is wrong with them.
        port: Port that a connection URI names, or `None`.
        allow_writes: Write to a cluster that `safety.read_only` protects.
        quiet: Do not print which local DSQL is used.
    """

    local: bool
    ephemeral: bool
    data_dir: Path | None
    aws_profile: str | None
    regions: tuple[str, ...]
    via: str | None
    settings: Settings
    port: int | None = None
    allow_writes: bool = False
    quiet: bool = False

    @property
    def config(self) -> Config:
        """The values of the settings."""
        return self.settings.config

    def role_for(self, cluster: Cluster | None, role: str | None) -> str:
        """Return the role to connect as: the one on the command line, or that of the settings.

        Args:
            cluster: Its settings count; `None` if it was not found.
            role: The role on the command line.
        """
        of_settings = self.config.for_cluster(cluster).role if cluster else self.config.role
        return role or of_settings or ADMIN_ROLE


def target_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--local`, `--ephemeral`, `--profile` and `--region` to a command, as one `target`.

    A setting that cannot be used ends the command; what else is wrong with settings is reported.
    """
    return _with_target(command, is_tolerant=False)


def tolerant_target_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of `target_options` to a command that works with invalid settings.

    It also gets the settings of the repository that the working directory is in.
    """
    return _with_target(command, is_tolerant=True)


def _with_target(command: Callable[..., Any], *, is_tolerant: bool) -> Callable[..., Any]:
    def with_target(
        *args: Any,
        local: bool,
        ephemeral: bool,
        data_dir: Path | None,
        aws_profile: str | None,
        regions: tuple[str, ...],
        via: str | None,
        allow_writes: bool = False,
        **kwargs: Any,
    ) -> Any:
        if ephemeral and not local:
            raise click.UsageError("--ephemeral needs --local.")
        if via and local:
            raise click.UsageError("--via cannot be combined with --local.")
        if data_dir and (ephemeral or not local):
            raise click.UsageError("--data needs --local, and cannot be combined with --ephemeral.")
        address = address_of(kwargs.get("cluster") or "")
        key, option = ("reader", "--as") if "reader" in kwargs else ("role", "--role")
        if address is not None and address.role and key in kwargs:
            kwargs[key] = _role_of(address, kwargs[key], option)
        flags = {"profile": aws_profile, "regions": regions or None}
        settings = _all_settings(flags) if is_tolerant else _usable_settings(flags)
        target = Target(
            local,
            ephemeral,
            data_dir,
            aws_profile,
            regions,
            via,
            settings,
            port=address.port if address is not None else None,
            allow_writes=allow_writes,
        )
        return command(*args, target=target, **kwargs)

    wrapped: Callable[..., Any] = update_wrapper(with_target, command)
    for option in (
        click.option(
            "--via",
            type=HOST_PORT,
            metavar="HOST[:PORT]",
            help="Connect to this host instead of the endpoint's own: a VPC endpoint or a tunnel.",
        ),
        click.option(
            "--region",
            "regions",
            multiple=True,
            type=REGION,
            metavar="REGION",
            help="AWS Region; may be repeated.",
        ),
        click.option(
            "--profile",
            "aws_profile",
            type=PROFILE,
            metavar="PROFILE",
            help="AWS profile to sign with; with --local, a profile of the local DSQL.",
        ),
        click.option(
            "--data",
            "data_dir",
            type=DATA_FOLDER,
            metavar="FOLDER",
            help="With --local: data folder of the server.",
        ),
        click.option(
            "--ephemeral",
            is_flag=True,
            help="With --local: start a temporary server; its data is deleted when it ends.",
        ),
        click.option("--local", is_flag=True, help="Use the local DSQL; no AWS account needed."),
    ):
        wrapped = option(wrapped)
    return wrapped


def _role_of(address: Address, role: str | None, option: str) -> str:
    """Return the role that is meant, when a connection URI names one too.

    Raises:
        click.UsageError: The option names another one.
    """
    if role not in (None, address.role):
        raise click.UsageError(
            f"The connection URI names the role {address.role[:40]}, and {option} another one."
        )
    return address.role


def working_folder() -> Path | None:
    """Return the working directory, or `None` if it was deleted."""
    try:
        return Path.cwd()
    except OSError:
        return None


def _all_settings(flags: Mapping[str, object]) -> Settings:
    """Return the settings, a repository's included, whatever is wrong with them."""
    from dsql_tui.config import read_settings  # its import is a third of the time of `--help`

    return read_settings(flags, start=working_folder())


def _usable_settings(flags: Mapping[str, object]) -> Settings:
    """Return the settings, after reporting what has no effect.

    Raises:
        ConfigError: A value cannot be used.
    """
    from dsql_tui.config import read_settings

    settings = read_settings(flags)
    settings.require()
    for finding in settings.findings:
        narrate(f"{finding.message} {finding.remedy}".rstrip())
    return settings


def allow_writes_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--allow-writes` to a command that may write; the value is in its `target`."""
    return click.option(
        "--allow-writes",
        is_flag=True,
        help="Write even if the setting safety.read_only protects the cluster.",
    )(command)


def named(cluster: str | None, target: Target) -> str:
    """Return the named cluster, or the only one there is.

    Raises:
        click.UsageError: None was named and it is not the local DSQL.
        ConfigError: It is a connection URI that cannot be used.
    """
    if cluster:
        address = address_of(cluster)
        return cluster if address is None else address.arn or address.host
    if target.local:
        return LOCAL_CLUSTER
    raise click.UsageError(
        "Name a cluster: a name, name@region, identifier, ARN, endpoint or connection URI."
    )


@contextmanager
def profile_of(target: Target) -> Iterator[Profile]:
    """Yield the profile to use; the local DSQL runs until the block ends.

    Raises:
        LocalError: The local DSQL cannot run.
        ConfigError: A Region's name cannot be one.
    """
    check_regions(target.config.regions)
    with ExitStack() as stack:
        if target.local:
            running = stack.enter_context(_started(target))
            profile = local_profile(running.info, target)
        else:
            profile = _aws_profile(target)
            chosen = selected_by_aws(profile.aws_profile, quiet=target.quiet)
            if chosen is None:
                yield profile
                return
            running = stack.enter_context(chosen.attach())
            profile = _reaching(profile, running.info, target)
        os.environ.update(past_proxies(os.environ))
        drills = stack.enter_context(closing(_Drills(running)))
        yield replace(profile, region_down=drills.region_down)


def _started(target: Target) -> LocalServer:
    if target.ephemeral:
        from dsql_tui.local.process import server

        return server.start(ephemeral=True)
    return selected(target.data_dir, quiet=target.quiet).start()


def _aws_profile(target: Target) -> Profile:
    from dsql_tui.aws.certificates import ca_bundle

    named = target.config.profile
    # boto3 reads AWS_PROFILE itself, and then prefers keys in the environment; with a profile
    # passed explicitly it would not.
    is_ambient = target.aws_profile is None and named == os.environ.get("AWS_PROFILE")
    direct = (None, target.port or DEFAULT_PORT)
    hostaddr, port = direct if target.via is None else _dialled(target.via)
    return Profile(
        name=named or "default",
        aws_profile=None if is_ambient else named,
        regions=target.config.regions,
        root_certificate=ca_bundle(),
        hostaddr=hostaddr,
        port=port,
        # A tunnel or an explicit port is for the PostgreSQL protocol only.
        websocket_port=WEBSOCKET_PORT if target.via is None and target.port is None else None,
        names_cluster=target.via is not None,
    )


def _reaching(profile: Profile, info: ServerInfo, target: Target) -> Profile:
    """Return a profile that signs as the AWS configuration says and reaches a local DSQL."""
    reaching = replace(
        profile,
        name=profile.aws_profile or "local",
        endpoint_url=info.api_url,
        root_certificate=info.root_certificate,
        role_profiles={} if target.aws_profile else info.role_profiles,
    )
    if target.via is not None:
        return reaching
    return replace(
        reaching,
        hostaddr=LOOPBACK,
        port=info.gateway_port,
        websocket_port=info.websocket_port or None,
    )


class _Drills:
    """Takes Regions of the local DSQL down for drills, and restores them at exit at the latest.

    Args:
        running: The server.
    """

    def __init__(self, running: LocalServer) -> None:
        self._running = running
        self._before: str | None = None
        self._turn = Lock()

    @contextmanager
    def region_down(self, region: str) -> Iterator[None]:
        """Take a Region down; Regions that were down before remain down afterwards.

        Raises:
            LocalError: The local DSQL has ended.
        """
        with self._turn:
            self._before = self._running.ask("status")["conditions"]["region-down"]
            self._running.ask("set", conditions={"region-down": f"{self._before},{region}"})
        try:
            yield
        finally:
            self.close()

    def close(self) -> None:
        """Restore the Region that was taken down, unless it is restored already."""
        with self._turn:
            before, self._before = self._before, None
            if before is not None:
                self._running.ask("set", conditions={"region-down": before})


def local_profile(info: ServerInfo, target: Target) -> Profile:
    """Return the profile that reaches a running local DSQL.

    `--profile` picks one of the local DSQL's own profiles, to sign as another local identity.
    """
    return Profile(
        name="local",
        aws_profile=target.aws_profile or info.aws_profile,
        regions=target.regions or info.regions,
        config_file=info.config_file,
        credentials_file=info.credentials_file,
        endpoint_url=info.api_url,
        root_certificate=info.root_certificate,
        hostaddr=LOOPBACK,
        port=info.gateway_port,
        websocket_port=info.websocket_port or None,
        role_profiles={} if target.aws_profile else info.role_profiles,
    )


def _dialled(via: str) -> tuple[str, int]:
    """Return an IP address and a port; the endpoint's own name is still signed, sent and verified.

    Raises:
        ConfigError: The host has no address.
    """
    import socket

    host, colon, port = via.rpartition(":")
    if not colon or not port.isdigit() or (":" in host and not host.endswith("]")):
        host, port = via, str(DEFAULT_PORT)
    host = host.strip("[]")
    try:
        address = socket.getaddrinfo(host, int(port), type=socket.SOCK_STREAM)[0][4]
        return str(address[0]), int(address[1])
    except (OSError, OverflowError, UnicodeError):
        raise ConfigError(
            f"--via {via!r} has no address.",
            remedy="Name the DNS name of a VPC endpoint, or an IP address.",
        ) from None


def check_regions(regions: tuple[str, ...]) -> None:
    """Refuse an invalid Region name; whether the Region offers DSQL is not checked.

    Raises:
        ConfigError: Names the Region and those known.
    """
    from dsql_tui.aws.regions import REGIONS

    for region in regions:
        if not _REGION.fullmatch(region):
            raise ConfigError(
                f"{region!r} is not the name of an AWS Region.",
                remedy=f"Regions known to offer Aurora DSQL: {', '.join(REGIONS)}.",
            )
