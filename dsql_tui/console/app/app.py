"""The Textual application: themes, screens, quitting. It contains no SQL and no AWS code.

Only what the first frame needs is imported here; the rest follows when that frame is painted.
"""

from __future__ import annotations

import asyncio
import gc
import os
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from rich.console import Console
from textual import on
from textual.app import App
from textual.binding import BindingType
from textual.events import Event, InputEvent, Key, Paste
from textual.filter import LineFilter
from textual.message import Message
from textual.theme import Theme

from dsql_tui.console.app.alt_keys import read_alt_at_once
from dsql_tui.console.app.first_frame import FirstFrame
from dsql_tui.console.app.inert_filter import InertFilter
from dsql_tui.console.app.keymap import read_keymap
from dsql_tui.console.app.pastes import pasted
from dsql_tui.console.app.termination import Termination
from dsql_tui.console.app.themes import DARK, LIGHT, themes, variable_defaults
from dsql_tui.console.shared.clipboard import Clipboard
from dsql_tui.console.shared.head_start import HeadStart
from dsql_tui.console.shared.input_queue import InputQueue
from dsql_tui.console.shared.key import Place
from dsql_tui.console.shared.keys import (
    QUIT,
    bindings,
    bindings_of,
    key_name,
    keymap_in_force,
    put_in_force,
)
from dsql_tui.console.shared.threads import DaemonThreads
from dsql_tui.console.shared.work import WorkEnded
from dsql_tui.model.endpoint import Profile
from dsql_tui.notification import Notifier

if TYPE_CHECKING:
    from textual.driver import Driver

    from dsql_tui.config import Config, Finding
    from dsql_tui.console.app.action_list import Entry
    from dsql_tui.console.app.log import Log
    from dsql_tui.console.session.sessions import SessionPair
    from dsql_tui.console.shared.preferences import Preferences
    from dsql_tui.console.shared.services import Services, StartLocal
    from dsql_tui.console.workspace.screen import Workspace
    from dsql_tui.schema.sources import EmptyCluster

EXIT_OK = 0
STDIN = 0
SETTINGS_SHOWN_S = 20.0
"""How long the console shows a problem with a setting."""
BEGUN_S = 2.0
"""How long it takes to import and create the objects that live until the end."""


class ConsoleApp(App[int]):
    """The console application over its services.

    Args:
        services: AWS, the wire and the clock.
        config: The person's settings.
        preferences: The values saved between starts.
        findings: Problems in the settings, shown at the start.
        cluster: Name, identifier, ARN or host of a cluster to open at once.
        start_local: Starts the local DSQL, where the caller offers it.
        empty_cluster: Opens a temporary local cluster, on which SQL files are run.
        log: Records what happens; `None` without a log file.
    """

    TITLE = "dsql-tui"
    ENABLE_COMMAND_PALETTE = False  # Textual's; ours knows keys and other screens
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(Place.EVERYWHERE),
        *bindings_of(QUIT.id),
    ]

    def __init__(
        self,
        services: Services,
        config: Config,
        preferences: Preferences,
        *,
        findings: Sequence[Finding] = (),
        cluster: str | None = None,
        start_local: StartLocal | None = None,
        empty_cluster: EmptyCluster | None = None,
        log: Log | None = None,
    ) -> None:
        super().__init__()
        self._log_file = log
        read_alt_at_once()
        self._person_keys = read_keymap(config.keys)
        put_in_force(self._person_keys.keys)
        # What is printed when the console has ended has no colours: the stream makes it inert.
        self.error_console = Console(stderr=True, markup=False, highlight=False, color_system=None)
        self._inert = InertFilter()
        self.services = services
        self.config = config
        self._preferences = preferences
        self._findings = findings
        self._make_workspace = partial(
            _workspace,
            services,
            config,
            preferences,
            cluster=cluster,
            start_local=start_local,
            empty_cluster=empty_cluster,
            record=self._record,
        )
        self.workspace: Workspace | None = None
        self._head_start: HeadStart | None = None
        self._is_open = threading.Event()
        self.copies = Clipboard(
            config.clipboard,
            super().copy_to_clipboard,
            self._keep_copy,
            partial(self.run_worker, group="clipboard"),
            partial(self.notify, markup=False),
        )
        self.notifier = Notifier(
            self._write_to_terminal,
            config.notification_method,
            config.notification_after_s,
            in_tmux="TMUX" in os.environ,
        )
        self.input_queue = InputQueue(self, super().on_event)
        self._termination = Termination(self._has_taken_input, self._end, terminal=STDIN)

    async def on_event(self, event: Event) -> None:
        """Read `alt` with a letter as one key only.

        A terminal without the kitty protocol (tmux is one) sends escape and the letter. Textual
        then gives the key a character, and a text widget would insert that letter.
        """
        if isinstance(event, Key) and event.key.startswith("alt+"):
            event.character = None
        if isinstance(event, Paste):
            event.text = pasted(event.text)
        if isinstance(event, (InputEvent, Paste)) and not event.is_forwarded:
            await self.input_queue.put(event)
        else:
            await super().on_event(event)

    def copy_to_clipboard(self, text: str) -> None:
        """Copy the text that an input, the editor or the mouse has selected.

        Textual calls this for its own widgets, and later pastes the text that it stores here.
        """
        self.copies.put(text, "selection")

    @on(WorkEnded)
    def _work_ended(self, message: WorkEnded) -> None:
        """Notify the person, unless they look at this window.

        A terminal that does not report its focus counts as looked at.
        """
        self._record(message)
        if self.config.notification_always or not self.app_focus:
            self.notifier.work_ended(message.work, message.spent_s, failed=message.failed)

    def _record(self, message: Message) -> None:
        if self._log_file is not None:
            self._log_file.record(message)

    def _write_to_terminal(self, sequence: str) -> None:
        if self._driver is not None and not self.is_headless:
            self._driver.write(sequence)

    def _keep_copy(self, text: str) -> None:
        self._clipboard = text

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Return Textual's filters, followed by the one that removes control characters."""
        return [*super().get_line_filters(), self._inert]

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Return defaults for our style variables in themes that do not define them."""
        return variable_defaults(self._theme_now())

    def _theme_now(self) -> Theme:
        return self.get_theme(self.theme) or themes()[0]

    def on_load(self) -> None:
        """Handle signals before the first key can be typed."""
        if not self.is_headless:
            self._termination.watch()

    def on_unmount(self) -> None:
        """Stop waiting for the end of the terminal."""
        self._termination.stop()

    def on_mount(self) -> None:
        """Set the theme before the first frame is painted."""
        asyncio.get_running_loop().set_default_executor(DaemonThreads())
        self.input_queue.watch_screens()
        for theme in themes():
            self.register_theme(theme)
        preferred = (self.config.theme, self._preferences.theme)
        self.theme = next((name for name in preferred if name in self.available_themes), DARK)
        self.set_keymap(keymap_in_force())
        for finding in self._findings:
            self._report_setting(f"{finding.message} {finding.remedy}".rstrip())
        if self.config.theme not in {"", *self.available_themes}:
            self._report_setting(f'There is no theme "{self.config.theme}".')
        for problem in self._person_keys.problems:
            self.notify(problem, title="Keys", severity="warning", markup=False)
        outline = FirstFrame()
        self.push_screen(outline)
        self.call_after_refresh(self._begin_listing, outline)

    def _report_setting(self, text: str) -> None:
        self.notify(
            text, title="Settings", severity="warning", timeout=SETTINGS_SHOWN_S, markup=False
        )

    def _begin_listing(self, outline: FirstFrame) -> None:
        self._head_start = HeadStart(
            self.services, asked=outline.asked, heard=outline.heard, ended=outline.ended
        )

    @on(FirstFrame.Enough)
    def _enough(self) -> None:
        self._open_workspace()

    def _open_workspace(self) -> None:
        """Replace the outline by the workspace with the listing so far, then deliver keys."""
        self.workspace = self._make_workspace()
        self.workspace.fit(self.size)
        self.workspace.owners.clusters.head_start = self._head_start
        for path in self.workspace.css_path:
            # Read by `switch_screen`, it would have Textual parse every style sheet once more.
            self.stylesheet.read(path)
        self.switch_screen(self.workspace)
        self.input_queue.open()
        self._is_open.set()
        self.set_timer(BEGUN_S, _collect_garbage)

    def action_toggle_dark(self) -> None:
        """Switch between our dark and light theme."""
        self.theme = DARK if self.theme == LIGHT else LIGHT
        self._preferences.keep_theme(self.theme)

    def action_show_help(self) -> None:
        """Show the keys of the active screen; from there the manual; from there nothing."""
        from dsql_tui.console.app.action_list import groups, other_groups
        from dsql_tui.console.app.help import HelpDialog
        from dsql_tui.console.app.manual import ManualDialog, topic_of

        screen = self.screen
        if isinstance(screen, ManualDialog):
            screen.dismiss(None)
        elif isinstance(screen, HelpDialog):
            screen.dismiss(None)
            self.push_screen(ManualDialog(topic_of(screen.near)))
        else:
            near = groups(screen)
            self.push_screen(HelpDialog(near, other_groups(near)))

    def action_show_manual(self) -> None:
        """Show the page of the manual about what has the focus."""
        from dsql_tui.console.app.action_list import groups
        from dsql_tui.console.app.manual import ManualDialog, topic_of

        if not isinstance(self.screen, ManualDialog):
            self.push_screen(ManualDialog(topic_of(groups(self.screen))))

    def action_command_palette(self) -> None:
        """Show every action; run the selected one, or go to where it is."""
        from dsql_tui.console.app.action_list import entries
        from dsql_tui.console.app.palette import PaletteDialog

        self.push_screen(PaletteDialog(entries(self.screen)), self._start)

    async def _start(self, entry: Entry | None) -> None:
        from dsql_tui.console.app.go_to import go_to

        if entry is None:
            return
        if entry.node is not None:
            await self.run_action(entry.key.action, default_namespace=entry.node)
        elif self.workspace is not None:
            await go_to(self, self.workspace, entry)

    def action_help_quit(self) -> None:
        """Cancel the run, or show how to quit (ctrl+c with nothing selected)."""
        if self.workspace is not None and self.workspace.run_state.running:
            self.workspace.front.runner.cancel()
        else:
            self.notify(f"Press {key_name(QUIT.id)} to quit.", markup=False)

    def ask_code(self, prompt: str) -> str:
        """Ask for an MFA code; called by workers, blocks until there is an answer."""
        from dsql_tui.console.clusters.code import CodeDialog

        self._is_open.wait()  # the workspace would take the dialog's place
        answer: Future[str] = Future()
        self.call_from_thread(
            self.push_screen, CodeDialog(prompt), lambda code: answer.set_result(code or "")
        )
        return answer.result()

    def action_quit_console(self) -> None:
        """Quit, asking first if something would be lost."""
        if self.workspace is None:
            self.exit(EXIT_OK)
        else:
            self.workspace.owners.quitting.quit(self._close_and_exit)

    def _fatal_error(self) -> None:
        """Show a bug's traceback as Textual does, but without the frames' local variables.

        They could hold a token, a key or query text, and people paste tracebacks into issues.
        """
        from rich.segment import Segments
        from rich.traceback import Traceback

        self.bell()
        if self._log_file is not None and (bug := sys.exception()) is not None:
            self._log_file.record_bug(bug)
        traceback = Traceback(show_locals=False, width=None)
        self._exit_renderables.append(
            Segments(self.console.render(traceback, self.console.options))
        )
        self._close_messages_no_wait()

    def release(self) -> list[SessionPair]:
        """Return the sessions; the caller closes them."""
        return self.workspace.owners.quitting.release() if self.workspace is not None else []

    def get_driver_class(self) -> type[Driver]:
        """Return Textual's driver class, or the hardened one for Unix terminals."""
        chosen = super().get_driver_class()
        if chosen.__name__ != "LinuxDriver":
            return chosen
        from dsql_tui.console.app.pastes import guard_pastes
        from dsql_tui.console.app.terminal import TerminalDriver, read_as_encoded

        guard_pastes()
        read_as_encoded(sys.__stderr__.encoding if sys.__stderr__ else None)
        return TerminalDriver

    def _has_taken_input(self) -> bool:
        is_idle = not self._is_open.is_set() or self.input_queue.is_program_idle
        return self.input_queue.is_empty and is_idle

    def _end(self, code: int) -> None:
        """Save the open tabs and end; the caller of the application closes the sessions."""
        if self.workspace is not None:
            self.workspace.owners.quitting.save_tabs()
        self.exit(code)

    def _close_and_exit(self) -> None:
        self.run_worker(partial(self._close, self.release()), thread=True, group="closing")

    def _close(self, pairs: list[SessionPair]) -> None:
        from dsql_tui.console.session.workers import close_pairs

        close_pairs(pairs)
        self.call_from_thread(self._end, EXIT_OK)


def _collect_garbage() -> None:
    """Start garbage collection, if `launch` has delayed it.

    The existing objects live until the end, so they are frozen: scanning them repeatedly would
    delay frames by 50 ms. If collection is already enabled, there may be garbage among them, and
    nothing is frozen.
    """
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


def _workspace(
    services: Services,
    config: Config,
    preferences: Preferences,
    *,
    cluster: str | None,
    start_local: StartLocal | None,
    empty_cluster: EmptyCluster | None,
    record: Callable[[Message], object],
) -> Workspace:
    from dsql_tui.console.workspace.open_tabs import ActiveServices
    from dsql_tui.console.workspace.owners import Owners
    from dsql_tui.console.workspace.panes.panes import Panes
    from dsql_tui.console.workspace.screen import Workspace

    panes = Panes(services.now, config, preferences, offers_local=start_local is not None)
    make_owners = partial(
        Owners,
        panes=panes,
        services=ActiveServices(services),
        config=config,
        preferences=preferences,
        start_local=start_local,
        empty_cluster=empty_cluster,
    )
    return Workspace(panes, make_owners, services.now, cluster=cluster, record=record)


def launch(
    profile: Profile,
    *,
    cluster: str | None,
    config: Config,
    findings: Sequence[Finding] = (),
    start_local: StartLocal | None = None,
    empty_cluster: EmptyCluster | None = None,
    log_path: Path | None = None,
) -> int:
    """Run the console until it quits.

    Args:
        profile: How AWS and the endpoints are reached.
        cluster: A cluster to open at once.
        config: The person's settings.
        findings: Problems in the settings.
        start_local: Starts the local DSQL for a person without credentials; `None` does not offer.
        empty_cluster: Opens a temporary local cluster, on which SQL files are run.
        log_path: The log file; `None` for none.

    Returns:
        The exit code.

    Raises:
        InputError: The log file cannot be written.
    """
    from dsql_tui.console.shared.services import HistoryStore, LiveServices
    from dsql_tui.json_store import state_folder
    from dsql_tui.known_names import KnownNames

    services = LiveServices(
        profile,
        token_lifetime_s=config.token_lifetime_s,
        history=HistoryStore(config.history_limit if config.history else 0),
        known_names=KnownNames(),
    )
    with ExitStack() as held:
        log = None
        if log_path is not None:
            from dsql_tui.console.app.log import Log

            log = held.enter_context(closing(Log(log_path)))
        preferences = open_preferences(state_folder(), held)
        app = ConsoleApp(
            services,
            config,
            preferences,
            findings=findings,
            cluster=cluster,
            start_local=start_local,
            empty_cluster=empty_cluster,
            log=log,
        )
        services.ask_code = app.ask_code
        try:
            code = app.run()
        finally:
            for pair in app.release():
                pair.close()
    return app.return_code or code or EXIT_OK


def open_preferences(folder: Path, held: ExitStack) -> Preferences:
    """Return the preferences, with the tabs in this console's own file until `held` closes.

    Otherwise consoles that run at the same time would overwrite each other's tabs. The tabs of
    consoles that have ended are restored by the next one that starts.
    """
    from dsql_tui.console.shared.preferences import Preferences
    from dsql_tui.json_store import JsonStore, left_behind, own_file

    own = own_file(folder, "tabs", held)
    preferences = Preferences(JsonStore(folder / "state.json"), JsonStore(own, shared=False))
    with left_behind(folder, "tabs") as files:
        for file in files:
            if file != own and preferences.adopt_buffers(JsonStore(file, shared=False)):
                file.unlink(missing_ok=True)
    return preferences
