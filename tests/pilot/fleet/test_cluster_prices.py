"""The metrics screen counts with the prices that hold for the cluster it shows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dsql_tui.config import Config, load
from tests.pilot.fleet.conftest import OpenFleet
from tests.pilot.fleet.test_fleet import to
from tests.support.control_plane import Aws
from tests.support.desk import Desk
from tests.support.fleet_world import identifier, record, use

TODOS = identifier("todos-dev", "us-east-1")
ARN = record("todos-dev", "us-east-1").arn
FREE = "[price]\nmillion_dpu = 0\ngb_month = 0\n"
DEAR = "price.million_dpu = 0\nprice.gb_month = 1000\n"
BILLED = "$2,500.00"
"""For 3.5 GiB, of which one is free."""


def config(folder: Path, text: str) -> Config:
    """Return the settings of a config file."""
    path = folder / "config.toml"
    path.write_text(text)
    return load(environ={}, path=path)


def projected(console: Desk) -> str:
    """Return the cost of the month that the screen shows."""
    said = re.search(r"projected (\$[\d,.]+)", console.screen())
    return said[1] if said else ""


async def open_metrics(console: Desk, cluster: str) -> None:
    await to(console, cluster)
    await console.press("m")
    await console.until(lambda: projected(console) != "")


@pytest.mark.parametrize("selector", ["todos-dev", "tag:env=dev", ARN, "region:us-east-1"])
async def test_a_section_names_a_cluster_by_name_tag_arn_or_region(
    aws: Aws, fleet: OpenFleet, tmp_path: Path, selector: str
) -> None:
    use(aws, TODOS)
    settings = config(tmp_path, f'{FREE}[clusters."{selector}"]\n{DEAR}')
    async with fleet(config=settings) as console:
        await open_metrics(console, "todos-dev")
        assert projected(console) == BILLED


@pytest.mark.parametrize("selector", ["tag:env=prod", ARN + "x"])
async def test_a_section_of_other_clusters_changes_no_price(
    aws: Aws, fleet: OpenFleet, tmp_path: Path, selector: str
) -> None:
    use(aws, TODOS)
    settings = config(tmp_path, f'{FREE}[clusters."{selector}"]\n{DEAR}')
    async with fleet(config=settings) as console:
        await open_metrics(console, "todos-dev")
        assert projected(console) == "$0.00"


async def test_each_side_of_a_pair_has_the_prices_of_its_region(
    aws: Aws, fleet: OpenFleet, tmp_path: Path
) -> None:
    for region in ("us-east-1", "us-east-2"):
        use(aws, identifier("shop", region))
    settings = config(
        tmp_path,
        f'{FREE}[clusters."region:us-east-2"]\n{DEAR}[clusters.shop]\ncolor = "red"\n',
    )
    async with fleet(config=settings) as console:
        await open_metrics(console, "shop")
        assert projected(console) == "$0.00"
        await console.press("o")
        await console.until(lambda: projected(console) == BILLED)
        await console.press("o")
        await console.until(lambda: projected(console) == "$0.00")
