"""The options that say which AWS to talk to, and the profile they amount to."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import click

from dsql_tui.aws.session import ca_bundle
from dsql_tui.errors import ConfigError
from dsql_tui.model.endpoint import Profile

_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d{1,2}")


@dataclass(frozen=True, slots=True)
class Target:
    """What the target options say.

    Attributes:
        aws_profile: Profile of the AWS configuration, `None` for the default chain.
        regions: Regions given, in order; empty when none was.
    """

    aws_profile: str | None
    regions: tuple[str, ...]


def target_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--profile` and `--region` to a command, as one `target`."""

    def with_target(
        *args: Any,
        aws_profile: str | None,
        regions: tuple[str, ...],
        **kwargs: Any,
    ) -> Any:
        return command(*args, target=Target(aws_profile, regions), **kwargs)

    with_target.__name__ = command.__name__
    with_target.__doc__ = command.__doc__
    with_target.__dict__.update(command.__dict__)
    for option in (
        click.option("--region", "regions", multiple=True, help="AWS Region; may be repeated."),
        click.option("--profile", "aws_profile", help="AWS profile to sign with."),
    ):
        with_target = option(with_target)
    return with_target


@contextmanager
def profile_of(target: Target) -> Iterator[Profile]:
    """Yield the profile to use.

    Raises:
        ConfigError: A Region's name cannot be one.
    """
    check_regions(target.regions)
    yield Profile(
        name=target.aws_profile or "default",
        aws_profile=target.aws_profile,
        regions=target.regions,
        root_certificate=ca_bundle(),
    )


def check_regions(regions: tuple[str, ...]) -> None:
    """Refuse what cannot be a Region's name; whether it offers DSQL only AWS can say.

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
