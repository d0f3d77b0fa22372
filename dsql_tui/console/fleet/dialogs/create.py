"""The form that creates a single-Region or multi-Region cluster."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.widgets import Input, Select

from dsql_tui.aws.checks import check_new_cluster, peers_and_witnesses
from dsql_tui.aws.regions import REGIONS
from dsql_tui.console.fleet.dialogs.form import ClusterFormDialog, labelled
from dsql_tui.console.widgets.toggles import CheckBox
from dsql_tui.errors import InputError
from dsql_tui.model.lifecycle import NAME_TAG, STATEMENT_STATISTICS, NewCluster

SINGLE = "none (single-Region cluster)"


class CreateDialog(ClusterFormDialog[NewCluster]):
    """Offers only Regions that can be combined.

    Args:
        regions: Regions on the board; the first one is offered first.
    """

    HEADING = "Create cluster"
    VERB = "Create"

    def __init__(self, regions: Sequence[str]) -> None:
        super().__init__()
        known = [region for region in regions if region in REGIONS]
        self._regions = [*known, *(region for region in REGIONS if region not in known)]

    def fields(self) -> ComposeResult:
        """Yield the name, the Regions and the settings."""
        yield from labelled("Name", Input(id="name", placeholder="orders"))
        first = self._regions[0]
        yield from labelled("Region", _choice("region", self._regions, first))
        yield from labelled("Second Region", _choice("peer", _peers(first), SINGLE))
        yield from labelled("Witness Region", _choice("witness", [SINGLE], SINGLE))
        yield from labelled("Tags", Input(id="tags", placeholder="team=web env=dev"))
        yield from labelled(
            "KMS key", Input(id="key", placeholder="default: AWS owned key; single-Region only")
        )
        yield CheckBox("Deletion protection", True, id="protect")
        yield CheckBox("Statement statistics", False, id="statistics")

    def on_mount(self) -> None:
        """Focus the name."""
        self.query_one("#name", Input).focus()

    @on(Select.Changed, "#region")
    def _region_chosen(self) -> None:
        self._offer("peer", _peers(self._chosen("region")))

    @on(Select.Changed, "#peer")
    def _peer_chosen(self) -> None:
        peer = self._chosen("peer")
        witnesses = [
            each
            for each in peers_and_witnesses(self._chosen("region"))
            if each != peer and peer != SINGLE
        ]
        self._offer("witness", witnesses or [SINGLE])

    def read(self) -> NewCluster:
        """Return the cluster to create.

        Raises:
            InputError: The settings cannot be used together.
        """
        region, peer = self._chosen("region"), self._chosen("peer")
        witness = self._chosen("witness")
        is_pair = peer != SINGLE
        key = self.value_of("#key")
        if key and is_pair:
            raise InputError(
                "Each cluster of a multi-Region pair needs a key in its own Region.",
                remedy="Use `dsql-tui clusters create` with --kms-key REGION=KEY, or set the "
                "keys afterwards.",
            )
        name = self.value_of("#name")
        wish = NewCluster(
            regions=(region, peer) if is_pair else (region,),
            client_token=secrets.token_hex(16),
            witness_region=witness if is_pair and witness != SINGLE else "",
            tags=({NAME_TAG: name} if name else {}) | parse_pairs(self.value_of("#tags").split()),
            deletion_protection=self.query_one("#protect", CheckBox).value,
            kms_keys={region: key} if key else {},
            metric_groups=(
                (STATEMENT_STATISTICS,) if self.query_one("#statistics", CheckBox).value else ()
            ),
        )
        check_new_cluster(wish)
        return wish

    def _chosen(self, name: str) -> str:
        return str(self.query_one(f"#{name}", Select).value)

    def _offer(self, name: str, choices: Sequence[str]) -> None:
        select: Select[str] = self.query_one(f"#{name}", Select)
        select.set_options((each, each) for each in choices)
        select.value = choices[0]


def parse_pairs(pairs: Sequence[str]) -> dict[str, str]:
    """Return the tags of lines `key=value`.

    Raises:
        InputError: One is not.
    """
    tags: dict[str, str] = {}
    for pair in pairs:
        key, separator, value = pair.partition("=")
        if not key or not separator:
            raise InputError(f"{pair!r} is not a tag.", remedy="Enter tags as key=value.")
        tags[key] = value
    return tags


def _peers(region: str) -> list[str]:
    return [SINGLE, *peers_and_witnesses(region)]


def _choice(name: str, choices: Sequence[str], value: str) -> Select[str]:
    return Select(
        ((each, each) for each in choices), value=value, allow_blank=False, id=name, compact=True
    )
