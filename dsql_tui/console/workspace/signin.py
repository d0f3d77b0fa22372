"""Whose credentials are used: signing in again, and switching to another profile."""

from __future__ import annotations

import shlex
import subprocess

from textual.app import SuspendNotSupported

from dsql_tui.console import jobs
from dsql_tui.console import messages as m
from dsql_tui.console.dialogs.profile import ProfileChoice, ProfileDialog
from dsql_tui.console.workspace.clusters import Clusters


class SignIn(Clusters):
    """AWS identities, without leaving the program; an open session stays as it is."""

    def action_sign_in(self) -> None:
        """Sign in again."""
        self._work(jobs.find_sign_in, self.services, group="profile")

    def on_sign_in_found(self, message: m.SignInFound) -> None:
        """Run the login in the terminal that is ours until it ends."""
        if not message.command:
            self._warn("This profile does not use SSO: its credentials are read again.")
            self.on_welcome_pane_retry_requested()
            return
        try:
            with self.app.suspend():
                subprocess.run(message.command, check=False)
        except (SuspendNotSupported, FileNotFoundError):
            self._warn(f"Run this in another terminal, then press r: {shlex.join(message.command)}")
            return
        self.on_welcome_pane_retry_requested()

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
