"""Whose credentials are used: signing in again, and switching to another profile."""

from __future__ import annotations

import shlex
import subprocess

from textual.app import SuspendNotSupported

from dsql_tui.console import jobs
from dsql_tui.console import messages as m
from dsql_tui.console.dialogs.profile import ProfileChoice, ProfileDialog
from dsql_tui.console.services import Services
from dsql_tui.console.workspace.clusters import Clusters
from dsql_tui.errors import CredentialsExpired, CredentialsMissing


class SignIn(Clusters):
    """AWS identities, without leaving the program; an open session stays as it is."""

    _signing_in: Services | None = None

    def action_sign_in(self) -> None:
        """Sign in again, as the tab in front if its credentials have failed it."""
        desk = self._desk
        failed = isinstance(desk.session.error, CredentialsExpired | CredentialsMissing)
        self._signing_in = desk.pair.services if failed and desk.pair else self.services
        self._work(jobs.find_sign_in, self._signing_in, group="profile")

    def on_sign_in_found(self, message: m.SignInFound) -> None:
        """Run the login in the terminal that is ours until it ends."""
        if not message.command:
            self._warn("This profile does not use SSO: its credentials are read again.")
            self._signed_in()
            return
        try:
            with self.app.suspend():
                subprocess.run(message.command, check=False)
        except (SuspendNotSupported, FileNotFoundError):
            self._warn(f"Run this in another terminal, then press r: {shlex.join(message.command)}")
            return
        self._signed_in()

    def _signed_in(self) -> None:
        """Use the new credentials, for the next connect and for the list."""
        if self._signing_in is not None:
            self._signing_in.forget_credentials()
        self.on_welcome_pane_retry_requested()
        if self._desk.pair is None:
            self.action_focus_pane("clusters")

    def action_switch_profile(self) -> None:
        """Choose another profile."""
        self._work(jobs.read_profiles, self.services, group="profile")

    def on_profiles_read(self, message: m.ProfilesRead) -> None:
        """Ask which."""
        dialog = ProfileDialog(message.names, self.services.profile.name)
        self.app.push_screen(dialog, self._switch)

    def on_profiles_failed(self, message: m.ProfilesFailed) -> None:
        """Say why there is nothing to choose from."""
        self._say("reading the AWS profiles", message.error)

    def _switch(self, choice: ProfileChoice | None) -> None:
        if choice is not None:
            self.services = self.services.with_profile(choice.name, choice.regions)
            self.action_focus_pane("clusters")
            self.action_refresh_clusters()
