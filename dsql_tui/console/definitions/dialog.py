"""Asking for the two databases to compare."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.suggester import Suggester
from textual.widgets import Input, Static

from dsql_tui.console.widgets.dialog import Dialog
from dsql_tui.console.widgets.paths import PathInput, PathSuggester

ABOUT = "Each is a cluster, a SQL file, a folder of SQL files, or git:REVISION:PATH."


@dataclass(frozen=True, slots=True)
class ComparedDefinitions:
    """The two databases, as they were typed."""

    first: str
    second: str


class _SourceSuggester(Suggester):
    """Suggests clusters, then paths."""

    def __init__(self, clusters: tuple[str, ...]) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._clusters, self._paths = clusters, PathSuggester()

    async def get_suggestion(self, value: str) -> str | None:
        """Return the first cluster or path that begins so, or `None`."""
        if found := next((name for name in self._clusters if name.startswith(value)), None):
            return found
        return await self._paths.get_suggestion(value)


class CompareDefinitionsDialog(Dialog[ComparedDefinitions]):
    """Returns the two databases.

    Args:
        first: The cluster to begin with, or an empty text.
        clusters: The clusters that are listed, for completion.
    """

    HEADING = "Compare definitions"
    VERB = "Compare"
    HINTS: ClassVar[tuple[str, ...]] = ("tab complete",)

    def __init__(self, first: str, clusters: tuple[str, ...]) -> None:
        super().__init__()
        self._first, self._clusters = first, clusters

    def body(self) -> ComposeResult:
        """Yield an input for each database."""
        yield Static(ABOUT, classes="dialog-text", markup=False)
        for name, value, example in (
            ("first", self._first, "How it is: a cluster"),
            ("second", "", "How it is to be: a folder, or another cluster"),
        ):
            field = PathInput(
                value, placeholder=example, is_proposed=False, id=f"definitions-{name}"
            )
            field.suggester = _SourceSuggester(self._clusters)
            yield field
        yield Static("", id="definitions-note", classes="dialog-note", markup=False)

    def on_mount(self) -> None:
        """Focus the first empty field."""
        name = "second" if self._first else "first"
        self.query_one(f"#definitions-{name}", Input).focus()

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self.action_confirm()

    def action_confirm(self) -> None:
        """Dismiss with both databases, or say which one is missing."""
        fields = [self.query_one(f"#definitions-{name}", Input) for name in ("first", "second")]
        for field in fields:
            if not field.value.strip():
                self.query_one("#definitions-note", Static).update("Name what to compare.")
                field.focus()
                return
        first, second = (field.value.strip() for field in fields)
        self.dismiss(ComparedDefinitions(first, second))
