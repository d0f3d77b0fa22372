"""The actions of the workspace: each one's handler, and when it is available."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Protocol, TypeVar

from dsql_tui.console.run.tab import Tab
from dsql_tui.console.shared.forwards import Forwards
from dsql_tui.console.shared.ui import Ui
from dsql_tui.console.workspace.owners import Owners
from dsql_tui.console.workspace.panes.layout import PaneLayout
from dsql_tui.console.workspace.panes.panes import Panes
from dsql_tui.sql.lexing.split import Statement


@dataclass(frozen=True, slots=True)
class Targets:
    """The objects that an action may use.

    Attributes:
        ui: Runs actions that wait for answers.
        panes: The panes of the screen.
        owners: What does the work.
        layout: Where the panes are.
    """

    ui: Ui
    panes: Panes
    owners: Owners
    layout: PaneLayout

    @property
    def front(self) -> Tab:
        """The active tab."""
        return self.owners.tabs.front

    def statements(self, *, everything: bool = False) -> tuple[Statement, ...]:
        """Return the active tab's selected statements, the one at the cursor, or all."""
        return self.panes.editor.statements_to_run(everything=everything)


Action = Callable[..., object]
"""Gets the targets and the action's own parameters; the next key waits for a coroutine."""


_do = Forwards["Targets"]()


def explain(to: Targets, analyze: bool) -> None:
    """Show the plan of the statement at the cursor."""
    to.ui.start(to.owners.psql.explain(to.statements(), analyze=analyze))


def show_history(to: Targets, only_snippets: bool = False) -> None:
    """Search the history and the snippets."""
    to.ui.start(to.owners.other_screens.show_history(only_snippets=only_snippets))


def show_jobs(to: Targets) -> None:
    """Read and show the jobs."""
    to.panes.results_of(to.front).show_tab("jobs")
    if (pair := to.front.state.pair) is not None:
        to.owners.job_watch.watch(pair.endpoint)


async def close_tab(to: Targets) -> None:
    """Close the active tab and its session, after a confirmation if something would be lost."""
    tab = to.front
    if tab.losses_at_close:
        to.ui.start(to.owners.opening.close_after_asking(tab))
    else:
        await to.owners.opening.close(tab)


def move_tab(to: Targets, step: int) -> None:
    """Move the active tab."""
    to.panes.editor.move_tab(step)


def focus_pane(to: Targets, pane: str) -> None:
    """Show and focus a pane."""
    to.layout.focus(pane)


def next_tab(to: Targets, step: int) -> None:
    """Go to the next or previous tab of the focused pane: results or editor."""
    pane = "results" if to.layout.focused_pane == "results" else "editor"
    frame = to.panes.results_of(to.front) if pane == "results" else to.panes.editor
    frame.step_tab(step)
    to.panes.pane(pane, to.front).focus_content()


def is_available(action: str, tab: Tab) -> bool:
    """Return whether an action is available in a tab."""
    match action:
        case "cancel":
            return tab.state.run_state.running or tab.state.watch is not None
        case "commit" | "roll_back":
            return tab.state.session.in_transaction
        case "run_again":
            return tab.state.offer is not None and not tab.state.offer.only_checks
        case "show_outcome":
            return tab.state.offer is not None and tab.state.offer.only_checks
    return True


ACTIONS: Mapping[str, Action] = {
    "run_statement": _do.flow(lambda to: to.owners.psql.run(to.statements())),
    "run_all": _do.flow(lambda to: to.owners.psql.run(to.statements(everything=True))),
    "watch": _do.flow(lambda to: to.owners.psql.watch(to.statements())),
    "toggle_go_on": _do.at_once(lambda to: to.front.runner.toggle_continue_after_errors()),
    "compare_definitions": _do.flow(lambda to: to.owners.comparing_definitions.compare()),
    "run_beside": _do.flow(lambda to: to.owners.side_by_side.run()),
    "run_script": _do.flow(lambda to: to.owners.long_runs.run_script()),
    "run_batches": _do.flow(lambda to: to.owners.long_runs.run_batches()),
    "discard_waiting": _do.flow(lambda to: to.front.discard_waiting()),
    "cancel": _do.at_once(lambda to: to.front.cancel()),
    "run_again": _do.flow(lambda to: to.front.transactions.take_offer(only_checks=False)),
    "show_outcome": _do.flow(lambda to: to.front.transactions.take_offer(only_checks=True)),
    "explain": explain,
    "commit": _do.flow(lambda to: to.front.transactions.commit()),
    "roll_back": _do.flow(lambda to: to.front.transactions.roll_back()),
    "toggle_manual": _do.at_once(lambda to: to.front.transactions.toggle_manual()),
    "toggle_read_only": _do.flow(lambda to: to.front.transactions.toggle_read_only()),
    "close_session": _do.flow(lambda to: to.front.connection.close()),
    "renew_session": _do.flow(lambda to: to.front.connection.renew()),
    "switch_peer": _do.flow(lambda to: to.owners.failover.switch()),
    "connect_as": _do.flow(lambda to: to.owners.opening.connect_as()),
    "show_roles": _do.flow(lambda to: to.owners.opening.show_roles()),
    "new_tab": _do.awaited(lambda to: to.owners.opening.new()),
    "reopen_tab": _do.awaited(lambda to: to.owners.opening.reopen()),
    "close_tab": close_tab,
    "move_tab": move_tab,
    "next_tab": next_tab,
    "rename_tab": _do.flow(lambda to: to.owners.files.rename_tab()),
    "open_file": _do.flow(lambda to: to.owners.files.open()),
    "save_file": _do.flow(lambda to: to.owners.files.save()),
    "save_as": _do.flow(lambda to: to.owners.files.save_as()),
    "edit_outside": _do.at_once(lambda to: to.owners.files.edit_outside()),
    "format": _do.at_once(lambda to: to.owners.files.format()),
    "find": _do.at_once(lambda to: to.panes.editor.find()),
    "suggest": _do.at_once(lambda to: to.panes.editor.suggest()),
    "show_fix": _do.flow(lambda to: to.owners.lint_advice.show_fix()),
    "refresh_clusters": _do.at_once(lambda to: to.owners.clusters.refresh()),
    "refresh_schema": _do.at_once(lambda to: to.owners.catalogs.refresh()),
    "find_object": _do.flow(lambda to: to.owners.inspecting.find()),
    "change_object": _do.flow(lambda to: to.owners.inspecting.choose_and_change()),
    "go_to_definition": _do.flow(
        lambda to: to.owners.inspecting.go_to_definition(to.panes.editor.current)
    ),
    "sign_in": _do.flow(lambda to: to.owners.sign_in.sign_in()),
    "switch_profile": _do.flow(lambda to: to.owners.sign_in.switch_profile()),
    "show_token": _do.flow(lambda to: to.owners.other_screens.show_token()),
    "examine": _do.flow(lambda to: to.owners.other_screens.examine()),
    "show_fleet": _do.flow(lambda to: to.owners.other_screens.show_fleet()),
    "show_own_latency": _do.flow(lambda to: to.owners.other_screens.show_own_latency()),
    "show_history": show_history,
    "show_jobs": show_jobs,
    "show_messages": _do.at_once(lambda to: to.panes.results_of(to.front).show_messages()),
    "focus_pane": focus_pane,
    "toggle_sidebar": _do.at_once(lambda to: to.layout.toggle_sidebar()),
    "widen_sidebar": _do.at_once(lambda to: to.layout.widen_sidebar()),
    "toggle_maximize": _do.at_once(lambda to: to.layout.toggle_maximize()),
}


class HasTargets(Protocol):
    """A screen whose actions are defined in a table."""

    targets: Targets


Holder = TypeVar("Holder", bound=HasTargets)


def with_actions(actions: Mapping[str, Action]) -> Callable[[type[Holder]], type[Holder]]:
    """Return a decorator that adds a method for each action to a class, as Textual expects."""

    def give(cls: type[Holder]) -> type[Holder]:
        for name, action in actions.items():
            setattr(cls, f"action_{name}", _method(action))
        return cls

    return give


def _method(action: Action) -> Action:
    # Textual passes as many parameters as the signature has; `wraps` shows it the action's.
    @wraps(action)
    def method(holder: HasTargets, *parameters: object) -> object:
        return action(holder.targets, *parameters)

    return method
