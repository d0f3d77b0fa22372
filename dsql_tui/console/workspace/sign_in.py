"""Signing in again, and switching to another profile."""

from __future__ import annotations

import shlex
from collections.abc import Callable

from dsql_tui.console.clusters.profile import ProfileDialog
from dsql_tui.console.shared.keys import with_keys
from dsql_tui.console.shared.ui import Ui
from dsql_tui.console.workspace.open_tabs import ActiveServices, OpenTabs
from dsql_tui.errors import CredentialsExpired, CredentialsMissing, DsqlTuiError


class SignIn:
    """Changes the AWS identity within the program; open sessions are kept.

    Args:
        ui: Shows dialogs and notifications.
        tabs: The open tabs; the credentials of the active one may have failed.
        services: The services of the profile selected last.
        list_clusters: Lists them again.
        show_clusters: Brings them to the front.
    """

    def __init__(
        self,
        ui: Ui,
        tabs: OpenTabs,
        services: ActiveServices,
        *,
        list_clusters: Callable[[], object],
        show_clusters: Callable[[], object],
    ) -> None:
        self._ui = ui
        self._tabs = tabs
        self._services = services
        self._list_clusters = list_clusters
        self._show_clusters = show_clusters

    async def sign_in(self) -> None:
        """Sign in again, as the active tab's profile if its credentials have failed."""
        state = self._tabs.front.state
        failed = isinstance(state.session.error, CredentialsExpired | CredentialsMissing)
        services = state.pair.services if failed and state.pair else self._services.current
        try:
            command = await self._ui.call(services.sso_login, group="profile")
        except DsqlTuiError as error:
            self._tabs.front.say("read the AWS profiles", error)
            return
        if not command:
            self._ui.warn("This profile does not use SSO. Its credentials were reloaded.")
        elif not self._run(command):
            self._ui.warn(
                with_keys("Run this in another terminal, then press {list.refresh} to refresh: ")
                + shlex.join(command)
            )
            return
        services.forget_credentials()
        self._services.current.forget_credentials()
        self._list_clusters()
        if self._tabs.front.state.pair is None:
            self._show_clusters()

    def _run(self, command: tuple[str, ...]) -> bool:
        """Run the login in the terminal that is ours until it ends; `False` if it cannot run."""
        try:
            return self._ui.run_program(command)
        except FileNotFoundError:
            return False

    async def switch_profile(self) -> None:
        """Select another profile."""
        try:
            names = await self._ui.call(self._services.current.profile_names, group="profile")
        except DsqlTuiError as error:
            self._tabs.front.say("read the AWS profiles", error)
            return
        choice = await self._ui.ask(ProfileDialog(names, self._services.current.profile.name))
        if choice is not None:
            services = self._services.current.with_profile(choice.name, choice.regions)
            self._services.current = services
            self._show_clusters()
            self._list_clusters()
