"""The open tabs: the active one, those on an endpoint, and what closing them would lose."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from dsql_tui.console.run.tab import Tab
from dsql_tui.console.session.sessions import SessionPair
from dsql_tui.console.shared.services import Services
from dsql_tui.console.shared.tab_contents import TabTarget
from dsql_tui.model.cluster import Cluster
from dsql_tui.model.endpoint import Endpoint


@dataclass(slots=True)
class ActiveServices:
    """The services of the current profile."""

    current: Services


class TabTitles(Protocol):
    """The editor, as far as its set of tabs is concerned."""

    @property
    def first(self) -> str:
        """Key of the tab that is opened first."""
        ...

    @property
    def shown(self) -> str:
        """Key of the active tab, empty before there is one."""
        ...

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys of the tabs in order."""
        ...

    def show_tab(self, key: str) -> None:
        """Activate a tab."""
        ...

    def name_of(self, key: str) -> str:
        """Return the name of a tab."""
        ...

    def target_of(self, key: str) -> TabTarget | None:
        """Return the cluster and role of a tab."""
        ...


class OpenTabs:
    """A `Tab` for each editor tab, created at its first use.

    Args:
        titles: The editor.
        make: Returns a new tab for a key.
    """

    def __init__(self, titles: TabTitles, make: Callable[[str], Tab]) -> None:
        self._titles = titles
        self._make = make
        self._tabs: dict[str, Tab] = {}

    def __iter__(self) -> Iterator[Tab]:
        return iter(list(self._tabs.values()))

    @property
    def front(self) -> Tab:
        """The active tab."""
        key = self._titles.shown or self._titles.first
        if key not in self._tabs:
            tab = self._tabs[key] = self._make(key)
            tab.restore(self._titles.target_of(key))
        return self._tabs[key]

    def bring_to_front(self, profile: str, cluster: Cluster) -> TabTarget | None:
        """Activate the tab on a cluster, the active one if several are on it.

        A tab whose cluster had the same name in the same Region counts where none is on this one.

        Args:
            profile: Name of the AWS profile that finds the cluster.
            cluster: The cluster.

        Returns:
            The tab's target, or `None` without such a tab.
        """
        keys = dict.fromkeys((self._titles.shown or self._titles.first, *self._titles.keys))
        targets = [(key, target) for key in keys if (target := self._titles.target_of(key))]
        on_it = [each for each in targets if each[1].arn == cluster.arn]
        place = (profile, cluster.name, cluster.region)
        named = [
            each for each in targets if (each[1].profile, each[1].name, each[1].region) == place
        ]
        key, target = next(iter([*on_it, *named]), ("", None))
        if target is not None:
            self._titles.show_tab(key)
        return target

    def is_in_front(self, tab: Tab) -> bool:
        """Whether a tab is active."""
        return tab.key == self._titles.shown

    def get(self, key: str) -> Tab | None:
        """Return a tab; `None` once it is closed."""
        return self._tabs.get(key)

    def remove(self, tab: Tab) -> None:
        """Remove a tab that was closed."""
        del self._tabs[tab.key]

    @property
    def keys(self) -> set[str]:
        """The keys of all tabs."""
        return {*self._tabs}

    @property
    def endpoints(self) -> set[Endpoint | None]:
        """The endpoints of all tabs."""
        return {tab.state.session.endpoint for tab in self}

    def at(self, endpoint: Endpoint) -> list[Tab]:
        """Return the tabs on an endpoint."""
        return [tab for tab in self if tab.state.is_at(endpoint)]

    def pair_at(self, endpoint: Endpoint) -> SessionPair | None:
        """Return the sessions of a tab on an endpoint, if there is one."""
        return next((tab.state.pair for tab in self.at(endpoint)), None)

    def pair_for(self, services: Services, endpoint: Endpoint) -> SessionPair:
        """Return new sessions; tabs on the same endpoint share the catalog session."""
        there = self.pair_at(endpoint)
        if there is not None and there.services is services:
            return there.beside()
        return SessionPair(services, endpoint)

    @property
    def losses(self) -> list[str]:
        """What quitting would lose: a sentence for each tab, named if there are several."""
        several = len(self._titles.keys) > 1
        return [
            (f"{self._titles.name_of(tab.key)}: " if several else "") + tab.losses
            for tab in self
            if tab.losses
        ]

    def discard_staged(self) -> None:
        """Forget the staged changes to rows of every tab."""
        for tab in self:
            tab.discard_staged()

    def warn_of_ends(self, now: datetime) -> None:
        """Warn about sessions that end with a transaction open."""
        for tab in self:
            tab.warn_of_end(now)

    def release(self) -> list[SessionPair]:
        """Return the sessions; the caller closes them."""
        pairs = [tab.release() for tab in self]
        return [pair for pair in pairs if pair is not None]
