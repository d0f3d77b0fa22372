"""Details of one cluster of a single-Region or multi-Region setup, and the keys that change it."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from dsql_tui.console.fleet import messages as m
from dsql_tui.console.fleet import workers
from dsql_tui.console.fleet.dialogs.edit import PolicyDialog, StreamDialog, StreamOrder, TagsDialog
from dsql_tui.console.fleet.operations import Operations
from dsql_tui.console.fleet.sections import DetailsSection, text_of
from dsql_tui.console.shared.clipboard import clipboard_of
from dsql_tui.console.shared.fleet_services import Details, Fleet, SettingsOf
from dsql_tui.console.shared.key import Place
from dsql_tui.console.shared.keys import LIST_KEYS, bindings, bindings_of, with_keys
from dsql_tui.console.shared.words import explanation
from dsql_tui.console.widgets.confirm import ConfirmDialog
from dsql_tui.console.widgets.footer import KeyLine
from dsql_tui.errors import ClusterNotFound
from dsql_tui.model.cluster import Cluster


class DetailsScreen(Operations):
    """Sections on the left, the selected one on the right.

    Args:
        fleet: The source of clusters and their details.
        cluster: The cluster shown; `o` switches to its peer.
        settings: Returns the settings that apply to a cluster.
    """

    CSS_PATH = "../style/fleet.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.DETAILS), *bindings_of(*LIST_KEYS)]

    def __init__(self, fleet: Fleet, cluster: Cluster, settings: SettingsOf) -> None:
        super().__init__(fleet, id="details-screen")
        self.HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]
        self._cluster, self._settings = cluster, settings
        self._details: Details | None = None

    def compose(self) -> ComposeResult:
        """Yield the sections and the text."""
        with Horizontal(id="details-columns"):
            with Vertical(id="details-sections") as left:
                left.border_title = Content(self._cluster.name)
                yield OptionList(
                    *(Option(each, id=each.name) for each in DetailsSection), markup=False
                )
            with VerticalScroll(id="details-text", can_focus=True) as right:
                right.border_title = DetailsSection.OVERVIEW
                yield Static("Loading…", id="details-body", markup=False)
        yield KeyLine()

    def on_mount(self) -> None:
        """Read the details."""
        self.query_one(OptionList).focus()
        self.query_one(OptionList).highlighted = 0
        self.action_refresh_list()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Disable the actions that do not apply to this cluster."""
        if action in {"filter", "fold", "unfold"}:
            return False
        if action == "show_peer":
            return self._details is not None and len(self._details.sides) > 1
        return super().check_action(action, parameters)

    def refresh_after_change(self) -> None:
        """Read the details again."""
        self.action_refresh_list()

    def action_refresh_list(self) -> None:
        """Read the details again."""
        job = partial(workers.read_details, self.fleet, self._cluster, self.post_message)
        self.run_worker(job, thread=True, group="details", exclusive=True)

    def action_cursor_down(self) -> None:
        """Go to the next section."""
        self.query_one(OptionList).action_cursor_down()

    def action_cursor_up(self) -> None:
        """Go to the previous section."""
        self.query_one(OptionList).action_cursor_up()

    def action_scroll_home(self) -> None:
        """Go to the first section."""
        self.query_one(OptionList).action_first()

    def action_scroll_end(self) -> None:
        """Go to the last section."""
        self.query_one(OptionList).action_last()

    def on_details_read(self, message: m.DetailsRead) -> None:
        """Show the selected section."""
        self._details = message.details
        self._cluster = message.details.cluster
        self.query_one("#details-sections").border_title = Content(self._cluster.name)
        self.query_one("#details-sections").border_subtitle = Content(self._cluster.region)
        self._draw()
        self.refresh_bindings()

    def on_details_missing(self, message: m.DetailsMissing) -> None:
        """Show why the details cannot be read; close if the cluster no longer exists."""
        if isinstance(message.error, ClusterNotFound) and self._details is not None:
            self.notify(f"{self._cluster.name} was deleted.", markup=False)
            self.dismiss()
            return
        lines = (
            message.error.message,
            *explanation(message.error),
            with_keys("Press {list.refresh} to retry."),
        )
        self.query_one("#details-body", Static).update(Content("\n".join(lines)))

    @on(OptionList.OptionHighlighted)
    def _choose(self) -> None:
        self._draw()
        self.query_one("#details-text").scroll_home(animate=False)

    def _draw(self) -> None:
        if self._details is None:
            return
        section = self._section
        self.query_one("#details-text").border_title = section.value
        self.query_one("#details-body", Static).update(Content(text_of(section, self._details)))

    @property
    def _section(self) -> DetailsSection:
        return list(DetailsSection)[self.query_one(OptionList).highlighted or 0]

    # What the keys do

    def action_back(self) -> None:
        """Return to the board."""
        self.dismiss()

    def action_show_peer(self) -> None:
        """Show the peer cluster."""
        if self._details is not None:
            other = next(side for side in self._details.sides if side.arn != self._cluster.arn)
            self._cluster = other
            self.action_refresh_list()

    def action_update_cluster(self) -> None:
        """Change this cluster's settings."""
        self.change_cluster(self._cluster)

    def action_delete_cluster(self) -> None:
        """Delete the cluster and its peer."""
        if self._details is not None:
            self.delete_cluster(self._details.sides)

    def action_finish_setup(self) -> None:
        """Finish or undo an interrupted multi-Region setup."""
        if self._details is not None and self._cluster.status.value == "PENDING_SETUP":
            self.finish_setup(self._details.sides)
        else:
            self.notify("The setup of this cluster is complete.", markup=False)

    def action_edit_policy(self) -> None:
        """Edit the resource policy in the displayed version."""
        if (details := self._details) is None:
            return
        version = details.policy.version if details.policy else ""

        def put(document: str | None) -> None:
            if document is not None:
                self.operate(
                    "Resource policy",
                    lambda token: self.fleet.put_policy(details.cluster, document, version, token),
                )

        self.app.push_screen(PolicyDialog(details.cluster, details.policy), put)

    def action_edit_tags(self) -> None:
        """Edit the tags."""
        cluster = self._cluster

        def set_tags(tags: dict[str, str] | None) -> None:
            if tags is not None:
                self.operate("Tags", lambda _token: self.fleet.set_tags(cluster, tags))

        self.app.push_screen(TagsDialog(cluster), set_tags)

    def action_new_stream(self) -> None:
        """Create a change stream."""
        cluster = self._cluster

        def create(order: StreamOrder | None) -> None:
            if order is not None:
                self.operate(
                    "Create change stream",
                    lambda token: self.fleet.create_stream(
                        cluster, order.kinesis_arn, order.role_arn, token
                    ),
                )

        self.app.push_screen(StreamDialog(), create)

    def action_delete_stream(self) -> None:
        """Delete the newest change stream, after a confirmation."""
        if self._details is None or not self._details.streams:
            self.notify("The cluster has no change stream.", markup=False)
            return
        cluster = self._cluster
        stream = max(self._details.streams, key=lambda each: each.created_at)

        def delete(sure: bool | None) -> None:
            if sure:
                self.operate(
                    "Delete change stream",
                    lambda token: self.fleet.delete_stream(cluster, stream.identifier, token),
                )

        question = f"{stream.identifier} to {stream.target_arn}. Records already written are kept."
        self.app.push_screen(
            ConfirmDialog("Delete change stream?", question, verb="Delete"), delete
        )

    def action_copy(self) -> None:
        """Copy the section that is shown."""
        if self._details is not None:
            self._copy(text_of(self._section, self._details), self._section)

    def action_copy_endpoint(self) -> None:
        """Copy the endpoint's host name."""
        self._copy(self._cluster.endpoint_host, "endpoint")

    def action_copy_arn(self) -> None:
        """Copy the ARN."""
        self._copy(self._cluster.arn, "ARN")

    def _copy(self, text: str, name: str) -> None:
        clipboard_of(self).put(text, name)

    def action_show_metrics(self) -> None:
        """Show metrics of this cluster."""
        from dsql_tui.console.fleet.metrics_screen import MetricsScreen

        sides = self._details.sides if self._details else (self._cluster,)
        self.app.push_screen(MetricsScreen(self.fleet, sides, self._settings))

    def action_show_latency(self) -> None:
        """Measure this cluster."""
        from dsql_tui.console.fleet.bench_screen import BenchScreen

        sides = self._details.sides if self._details else (self._cluster,)
        self.app.push_screen(BenchScreen(self.fleet, sides, self._settings))
