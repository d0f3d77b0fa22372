"""Where the sample clusters are made."""

from __future__ import annotations

import pytest

from dsql_tui.local.process.samples import pair_in


@pytest.mark.parametrize(
    ("regions", "pair"),
    [
        ("us-east-1 us-east-2 us-west-2", ("us-east-1", "us-east-2", "us-west-2")),
        ("eu-west-1 eu-central-1", ("eu-west-1", "eu-central-1", "eu-north-1")),
        ("sa-east-1 us-east-1 eu-west-1 us-west-2", ("us-east-1", "us-west-2", "ca-central-1")),
        ("us-east-1 eu-west-1", None),
        ("us-east-1", None),
    ],
)
def test_the_pair_is_in_the_first_regions_that_can_be_peered(
    regions: str, pair: tuple[str, str, str] | None
) -> None:
    assert pair_in(regions.split()) == pair
