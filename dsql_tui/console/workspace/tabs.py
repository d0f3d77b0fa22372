"""Tabs: which one is in front, opening one beside it, closing one with what belongs to it."""

from __future__ import annotations

from functools import partial

from textual import on

from dsql_tui.console import messages as m
from dsql_tui.console.desk import Desk
from dsql_tui.console.dialogs.confirm import ConfirmDialog
from dsql_tui.console.dialogs.role import RoleChoice, RoleDialog
from dsql_tui.console.panes.editor import EditorPane
from dsql_tui.console.services import Services
from dsql_tui.console.state import Phase, SessionState
from dsql_tui.console.workspace.sessions import Sessions
from dsql_tui.model.cluster import Cluster


class Tabs(Sessions):
    """Everything a person sees is about the tab in front."""

    @on(EditorPane.TabShown, "#editor")
    def _tab_shown(self) -> None:
        self._tab_in_front(self._desk)

    def _tab_in_front(self, desk: Desk) -> None:
        had_focus = self._focus_is_in("#results")
        self._results.show(desk.key)
        self._show_state(desk)
        self._show_catalog(desk)
        if had_focus:
            desk.results.focus_content()

    def watch_session(self) -> None:
        """Production clusters colour the frame."""
        self.set_class(self.session.production, "-production")

    async def action_new_tab(self) -> None:
        """Open an empty tab on the same cluster and role; its session opens at the first run."""
        before = self._desk
        await self._editor.new_tab()
        self._follow(before)

    def _follow(self, before: Desk) -> None:
        """Let the tab in front, a new one, be on the cluster and role of another one."""
        desk, target = self._desk, before.session.target
        if before.pair is not None and before.cluster is not None:
            role = before.pair.endpoint.role
            self._settle(desk, before.pair.services, before.cluster, role, Phase.WAITING)
        elif target is not None:
            waiting = SessionState(Phase.WAITING, target, production=target.production)
            self._put(desk, session=waiting)
            self._aim(desk, target)

    async def _open_at(
        self, services: Services, cluster: Cluster, role: str, *, new_tab: bool
    ) -> None:
        """Open a session in the tab in front, or next to it in a tab of its own."""
        if new_tab:
            await self._editor.new_tab(beside=True)
        self._connect(self._desk, services, cluster, role)

    def action_connect_as(self) -> None:
        """Ask for another role on the same cluster and open it in a tab next to this one.

        It is opened with the profile chosen last: another role often needs another identity.
        """
        desk = self._desk
        self._with_pair(desk, partial(self._ask_other_role, desk))

    def _ask_other_role(self, desk: Desk) -> None:
        pair, cluster = desk.pair, desk.cluster
        if pair is None or cluster is None:
            return
        here, services = pair.endpoint.role, self.services
        known = [role for role in self._memory.roles(cluster.arn) if role != here]

        async def answered(choice: RoleChoice | None) -> None:
            if choice is not None:
                await self._open_at(services, cluster, choice.role, new_tab=True)

        beside = f"next to {here}, with the profile {services.profile.name}"
        self.app.push_screen(RoleDialog(cluster, (*known, here), beside=beside), answered)

    def action_show_roles(self) -> None:
        """Roles and grants, as a screen of its own; a role chosen there opens next to this tab."""
        desk = self._desk
        self._with_pair(desk, partial(self._show_roles, desk))

    def _show_roles(self, desk: Desk) -> None:
        pair, cluster = desk.pair, desk.cluster
        if pair is None or cluster is None:
            return

        from dsql_tui.console.access.screen import RolesScreen

        services = self.services

        async def answered(role: str | None) -> None:
            if role:
                await self._open_at(services, cluster, role, new_tab=True)

        read_only = desk.session.discipline.read_only
        self.app.push_screen(RolesScreen(pair, cluster, read_only=read_only), answered)

    async def action_close_tab(self) -> None:
        """Close the tab in front and its session, after asking if something would be lost."""
        desk = self._desk
        if not desk.losses:
            await self._close(desk)
            return

        async def answered(answer: bool | None) -> None:
            if answer:
                await self._close(desk)

        question = f"Close {self._editor.name_of(desk.key)}?"
        self.app.push_screen(ConfirmDialog(question, desk.losses, yes="Close it"), answered)

    async def _close(self, desk: Desk) -> None:
        self._leave_session(desk)
        await self._editor.close_tab(desk.key)
        del self._desks[desk.key]
        self._tab_in_front(self._desk)
        self._results.keep({*self._desks})
        self.post_message(m.BuffersChanged())
