"""The objects of the workspace, created in one place, and the messages each of them handles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsql_tui.config import Config
from dsql_tui.console.clusters.welcome import WelcomePane
from dsql_tui.console.definitions.opening import ComparingDefinitions
from dsql_tui.console.inspector.changing import ChangeSafety, Changing
from dsql_tui.console.inspector.opening import Inspecting
from dsql_tui.console.messages.catalog import (
    CatalogFailed,
    ChangeRequested,
    DetailsArrived,
    DetailsWanted,
    FunctionsRequested,
    InspectRequested,
    NamesArrived,
    RelationsArrived,
    RelationsWanted,
    SchemasArrived,
)
from dsql_tui.console.messages.clusters import (
    ClusterChosen,
    ClustersRefreshRequested,
    ListingAdvanced,
    ListingEnded,
    ListingStarted,
    SchemaRefreshRequested,
)
from dsql_tui.console.messages.editing import CheckRequested, InsertRequested
from dsql_tui.console.messages.files import BuffersChanged, FileRestored
from dsql_tui.console.results.result_choices import choices_of
from dsql_tui.console.results.result_pane import ResultPane
from dsql_tui.console.run.parts import RunOptions
from dsql_tui.console.run.psql_commands import PsqlCommands
from dsql_tui.console.run.tab import Tab
from dsql_tui.console.shared.preferences import Preferences
from dsql_tui.console.shared.routes import Routes
from dsql_tui.console.shared.services import StartLocal
from dsql_tui.console.shared.ui import Post, Ui
from dsql_tui.console.workspace.catalogs import Catalogs
from dsql_tui.console.workspace.clusters import ClusterList
from dsql_tui.console.workspace.failover import Failover
from dsql_tui.console.workspace.files import Files
from dsql_tui.console.workspace.front_tab import FrontTab, WorkspaceView
from dsql_tui.console.workspace.job_watch import JobWatch
from dsql_tui.console.workspace.lint_advice import LintAdvice
from dsql_tui.console.workspace.long_runs import LongRuns
from dsql_tui.console.workspace.open_tabs import ActiveServices, OpenTabs
from dsql_tui.console.workspace.other_screens import OtherScreens
from dsql_tui.console.workspace.panes.layout import PaneLayout
from dsql_tui.console.workspace.panes.panes import Panes
from dsql_tui.console.workspace.problems import Problems
from dsql_tui.console.workspace.quitting import Quitting
from dsql_tui.console.workspace.side_by_side import SideBySide
from dsql_tui.console.workspace.sign_in import SignIn
from dsql_tui.console.workspace.tabs import Tabs
from dsql_tui.model.cluster import Cluster
from dsql_tui.model.endpoint import Endpoint
from dsql_tui.pg.retry import RetryPolicy

if TYPE_CHECKING:
    from dsql_tui.schema.sources import EmptyCluster  # imports the driver


class Owners:
    """All objects of the workspace that are not widgets, with their dependencies.

    Args:
        ui: Shows dialogs and notifications, and runs workers.
        post: Delivers messages to the screen; safe from any thread.
        view: Shows the state of the active tab.
        layout: Where the panes are.
        panes: The panes.
        services: The services of the current profile.
        config: The person's settings.
        preferences: The values saved between starts.
        start_local: Starts the local DSQL; `None` does not offer it.
        empty_cluster: Opens a temporary local cluster, on which SQL files are run, if there can be
            one.
    """

    def __init__(
        self,
        ui: Ui,
        post: Post,
        view: WorkspaceView,
        layout: PaneLayout,
        panes: Panes,
        services: ActiveServices,
        config: Config,
        preferences: Preferences,
        start_local: StartLocal | None,
        empty_cluster: EmptyCluster | None,
    ) -> None:
        self._ui, self._post, self._layout, self._panes = ui, post, layout, panes
        self._config, self._preferences = config, preferences
        editor, choices = panes.editor, choices_of(config)
        self.services = services
        self._options = RunOptions(
            RetryPolicy(config.retry_attempts, config.retry_base_ms, config.retry_cap_ms),
            spill_bytes=choices.spill_bytes,
        )
        self.problems = Problems(ui, self.services, preferences)
        self.tabs = OpenTabs(editor, self._make_tab)
        self.catalogs = Catalogs(ui, self.tabs, panes.schemas, editor)
        self.job_watch = JobWatch(ui, self.tabs, panes.results_of, self._jobs_ended)
        self.failover = Failover(ui, self.tabs)
        self.front_tab = FrontTab(
            view, layout, panes, tabs=self.tabs, catalogs=self.catalogs, failover=self.failover
        )
        self.lint_advice = LintAdvice(ui, editor, enabled=config.lint)
        self.opening = Tabs(
            ui,
            self.tabs,
            editor,
            self.services,
            roles=self._roles_of,
            closed=self._tab_closed,
            offer_peer=self.failover.offer,
        )
        self.files = Files(
            ui,
            editor,
            preferences,
            open_text=self.opening.open_file,
            report_problems=self.problems.report,
        )
        self.psql = PsqlCommands(
            ui,
            lambda: self.tabs.front,
            self._options,
            open_file=self.files.open_named,
            edit=self.files.edit_outside,
            show_record=lambda: panes.results_of(self.tabs.front).show_record(),
        )
        self.clusters = ClusterList(
            ui,
            panes.clusters,
            panes.welcome,
            tabs=self.tabs,
            opening=self.opening,
            services=self.services,
            roles=self._roles_of,
            start_local=start_local,
            has_text=lambda: bool(editor.current.text),
            show_welcome=self.front_tab.show_welcome,
            show_clusters=self._show_clusters,
        )
        self.sign_in = SignIn(
            ui,
            self.tabs,
            self.services,
            list_clusters=self.clusters.refresh,
            show_clusters=self._show_clusters,
        )
        self.side_by_side = SideBySide(
            ui,
            self.tabs,
            preferences,
            choices,
            lambda: self.psql.without_commands(editor.current.statements_at_cursor()),
        )
        self.long_runs = LongRuns(
            ui,
            self.tabs,
            self.catalogs,
            editor=lambda: editor.current,
            done=self.catalogs.refresh,
        )
        changing = Changing(self._safety, self.long_runs.run_batches_of, self._definitions_changed)
        self.inspecting = Inspecting(
            ui, lambda: self.tabs.front.state.pair, choices, editor.insert, changing
        )
        self.comparing_definitions = ComparingDefinitions(
            ui,
            lambda: self.tabs.front.state,
            lambda: self.services.current,
            roles=self._roles_of,
            clusters=lambda: panes.clusters.board.clusters,
            empty_cluster=empty_cluster,
            new_tab=self.opening.new,
            put=self._put_into_tab,
            run_script=self.long_runs.run_script,
        )
        self.other_screens = OtherScreens(
            ui,
            post,
            self.tabs,
            self.services,
            config,
            preferences,
            insert=editor.insert,
            report_problems=self.problems.report,
        )
        self.quitting = Quitting(
            ui,
            self.tabs,
            self.files,
            self.long_runs,
            screens=(self.side_by_side, self.comparing_definitions),
        )
        self.routes = self._routes()

    def _roles_of(self, cluster: Cluster) -> tuple[str, ...]:
        """Return the role that the settings name for a cluster, then those used there."""
        used = self._preferences.roles(cluster.arn)
        role = self._config.for_cluster(cluster).role
        return used if role is None else (role, *(each for each in used if each != role))

    def _make_tab(self, key: str) -> Tab:
        results = self._panes.results.pane(key)
        tab = Tab(
            key,
            self._ui,
            self._post,
            text=self._panes.editor,
            results=results,
            schemas=self.catalogs,
            options=self._options,
            services=lambda: self.services.current,
            pair_for=self.tabs.pair_for,
            config=self._config,
            keep_role=self._preferences.keep_role,
            show=self.front_tab.show_state,
            opened=self.front_tab.session_opened,
            unreachable=self.failover.unreachable,
            job_started=self.job_watch.watch,
            as_script=lambda: self.long_runs.run_script(),
            run_over=lambda: self._run_over(key),
            insert=self._panes.editor.insert,
        )
        results.edit_with(tab.rows)
        results.wait_with(self._panes.editor.changes_of(key))
        self._panes.editor.keep_changes(key, results.saved_changes)
        if words := results.words_of_kept():
            self._ui.notify(words)
        return tab

    def _run_over(self, key: str) -> None:
        self.problems.report()
        if (tab := self.tabs.get(key)) is not None:
            self.catalogs.complete_in(tab.state)  # the run may have SET search_path

    def _put_into_tab(self, text: str, name: str) -> None:
        self._panes.editor.insert(text)
        self._panes.editor.rename(name)

    def _safety(self) -> ChangeSafety:
        session = self.tabs.front.state.session
        return ChangeSafety(session.discipline.read_only, session.production)

    def _jobs_ended(self, endpoint: Endpoint) -> None:
        """Show what jobs have made valid, in the schema pane and the inspector."""
        self.catalogs.read_at(endpoint)
        self.inspecting.refresh(endpoint)

    def _definitions_changed(self, endpoint: Endpoint) -> None:
        """Show what a change of a relation has made, and the jobs that it has started."""
        self.catalogs.read_at(endpoint)
        self.job_watch.watch(endpoint)

    def _tab_closed(self) -> None:
        self.front_tab.show()
        self._panes.results.keep({*self.tabs.keys})

    def _show_clusters(self) -> None:
        self._layout.focus("clusters")

    def _routes(self) -> Routes:
        routes = Routes()
        routes.add(ListingStarted, self.clusters.listing_started)
        routes.add(ListingAdvanced, self.clusters.listing_advanced)
        routes.add(ListingEnded, self.clusters.listing_ended)
        routes.add(ClusterChosen, self.clusters.chosen)
        routes.add(ClustersRefreshRequested, lambda _message: self.clusters.refresh())
        routes.add(SchemaRefreshRequested, lambda _message: self.catalogs.refresh())
        routes.add(SchemasArrived, self.catalogs.schemas_arrived)
        routes.add(RelationsWanted, self.catalogs.relations_wanted)
        routes.add(RelationsArrived, self.catalogs.relations_arrived)
        routes.add(DetailsWanted, self.catalogs.details_wanted)
        routes.add(DetailsArrived, self.catalogs.details_arrived)
        routes.add(CatalogFailed, self.catalogs.failed)
        routes.add(NamesArrived, self.catalogs.names_arrived)
        routes.add(CheckRequested, self.lint_advice.check_requested)
        routes.add(FileRestored, self.files.restored)
        routes.add(BuffersChanged, self.files.changed)
        routes.add(InsertRequested, lambda message: self._panes.editor.insert(message.text))
        routes.add(WelcomePane.LocalRequested, lambda _message: self._start_local())
        routes.add(WelcomePane.RetryRequested, lambda _message: self.clusters.retry())
        routes.add(InspectRequested, self.inspecting.requested)
        routes.add(FunctionsRequested, self.inspecting.functions_requested)
        routes.add(ChangeRequested, self.inspecting.change_requested)
        routes.add(ResultPane.FollowRequested, self.inspecting.follow_requested)
        routes.add(ResultPane.MoreWanted, lambda _message: self.tabs.front.runner.more())
        return routes

    def _start_local(self) -> None:
        self._ui.start(self.clusters.start_local())
