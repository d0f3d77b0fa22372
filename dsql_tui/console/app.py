"""The Textual application: themes, screens, quitting. It knows no SQL and no AWS."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import PurePath
from typing import ClassVar

from textual.app import App
from textual.binding import Binding, BindingType
from textual.command import Provider
from textual.theme import Theme

from dsql_tui.config import Config
from dsql_tui.console import jobs
from dsql_tui.console.dialogs.help import HelpDialog
from dsql_tui.console.keys import QUIT, Place, bindings
from dsql_tui.console.memory import Memory
from dsql_tui.console.palette import ActionProvider
from dsql_tui.console.panes.roles import RolesScreen
from dsql_tui.console.services import LiveServices, Services, StartLocal
from dsql_tui.console.sessions import SessionPair
from dsql_tui.console.themes import DARK, LIGHT, themes, variable_defaults
from dsql_tui.console.workspace import Workspace
from dsql_tui.model.endpoint import Profile
from dsql_tui.state import State

EXIT_OK = 0


class ConsoleApp(App[int]):
    """The console over some services.

    Args:
        services: AWS, the wire and the clock.
        config: The person's settings; defaults when `None`.
        memory: What is remembered between starts; `None` forgets.
        cluster: Name, identifier, ARN or host of a cluster to open at once.
        start_local: Starts the local DSQL, where the caller offers it.
    """

    TITLE = "dsql-tui"
    CSS_PATH: ClassVar[list[str | PurePath]] = ["style/workspace.tcss", "style/dialogs.tcss"]
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {ActionProvider}
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(Place.EVERYWHERE),
        Binding(QUIT.keys, QUIT.action, "Quit", show=False, priority=True, system=True),
    ]

    def __init__(
        self,
        services: Services,
        config: Config | None = None,
        memory: Memory | None = None,
        *,
        cluster: str | None = None,
        start_local: StartLocal | None = None,
    ) -> None:
        super().__init__()
        self.config = config or Config()
        self._memory = memory or Memory()
        self.workspace = Workspace(services, self._memory, cluster=cluster, start_local=start_local)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Return our own variables for themes that do not know them."""
        return variable_defaults(self._theme_now())

    def _theme_now(self) -> Theme:
        return self.get_theme(self.theme) or themes()[0]

    def on_mount(self) -> None:
        """Themes first: the first frame already has the right colours."""
        for theme in themes():
            self.register_theme(theme)
        wanted = (self.config.theme, self._memory.theme)
        self.theme = next((name for name in wanted if name in self.available_themes), DARK)
        self.set_keymap(self.config.keys)
        self.push_screen(self.workspace)

    def action_toggle_dark(self) -> None:
        """Switch between our dark and light theme."""
        self.theme = DARK if self.theme == LIGHT else LIGHT
        self._memory.keep_theme(self.theme)

    def action_show_help(self) -> None:
        """Keys of the screen in front."""
        on_roles = isinstance(self.screen, RolesScreen)
        first = (Place.ROLES, Place.LISTS) if on_roles else (Place.WORKSPACE, Place.EDITOR)
        self.push_screen(HelpDialog(first))

    def action_help_quit(self) -> None:
        """ctrl+c with nothing selected: cancel what runs, or say how to quit."""
        if self.workspace.run_state.running:
            self.workspace.action_cancel()
        else:
            self.notify("ctrl+q quits", markup=False)

    def action_quit_console(self) -> None:
        """Quit, asking only when something would be lost."""
        self.workspace.leave(self._close_and_exit)

    def _close_and_exit(self) -> None:
        pairs = self.workspace.release()
        self.run_worker(partial(self._close, pairs), thread=True, group="closing")

    def _close(self, pairs: list[SessionPair]) -> None:
        jobs.close_pairs(pairs)
        self.call_from_thread(self.exit, EXIT_OK)


def launch(
    profile: Profile,
    *,
    cluster: str | None,
    config: Config,
    start_local: StartLocal | None = None,
) -> int:
    """Run the console until the person quits.

    Args:
        profile: How AWS and the endpoints are reached.
        cluster: A cluster to open at once.
        config: The person's settings.
        start_local: Starts the local DSQL for a person without credentials; `None` does not offer.

    Returns:
        The exit code.
    """
    services = LiveServices(profile, token_lifetime_s=config.token_lifetime_s)
    app = ConsoleApp(services, config, Memory(State()), cluster=cluster, start_local=start_local)
    try:
        code = app.run()
    finally:
        jobs.close_pairs(app.workspace.release())
    return app.return_code or code or EXIT_OK
