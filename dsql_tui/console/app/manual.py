"""The manual inside the console: the page of what has the focus, and a search over all pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

from rich.console import Console, ConsoleOptions, RenderResult
from rich.markdown import Markdown
from rich.theme import Theme
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from dsql_tui.console.shared.key import Place
from dsql_tui.console.shared.keys import bindings
from dsql_tui.console.widgets.dialog import Dialog
from dsql_tui.console.widgets.listing import fit
from dsql_tui.manual import ManualSection, matching, sections, topics

START = "getting-started"
TOPICS: Mapping[Place, str] = {
    Place.WORKSPACE: "editing",
    Place.EDITOR: "editing",
    Place.FIND: "editing",
    Place.HISTORY: "editing",
    Place.BESIDE: "editing",
    Place.FIX: "editing",
    Place.CLUSTERS: "connecting",
    Place.ROLE: "connecting",
    Place.DIAGNOSTICS: "connecting",
    Place.SCHEMA: "tables",
    Place.INSPECTOR: "tables",
    Place.SOURCE: "tables",
    Place.DEFINITIONS: "schema",
    Place.GRID: "results",
    Place.RESULTS: "results",
    Place.CELL_FIELD: "rows",
    Place.VALUE_EDITOR: "rows",
    Place.CHANGES: "rows",
    Place.PROMPT: "results",
    Place.CELL: "results",
    Place.RECORD: "results",
    Place.PLOT: "results",
    Place.PLAN: "plans",
    Place.ROLES: "roles",
    Place.ACCESS_TABLE: "roles",
    Place.REVIEW: "roles",
    Place.FLEET: "fleet",
    Place.FLEET_SCREEN: "fleet",
    Place.DETAILS: "fleet",
    Place.METRICS: "fleet",
    Place.LATENCY: "fleet",
    Place.OWN_LATENCY: "fleet",
    Place.POLICY: "fleet",
    Place.LONG_RUN: "scripts",
}
"""The page about a place; places of every screen, such as lists, have none."""
HEADING_WIDTH = 44
NOTHING = "No section found."
_STYLES = Theme(
    {
        "markdown.code": "bold",
        "markdown.code_block": "none",
        "markdown.table.header": "bold",
        "markdown.table.border": "dim",
        "markdown.item.bullet": "none",
        "markdown.item.number": "none",
    }
)


def topic_of(places: Iterable[Place]) -> str:
    """Return the page about the first of some places that has one."""
    return next((TOPICS[place] for place in places if place in TOPICS), START)


class _Text:
    """Markdown as Rich draws it, in our styles.

    Textual's own widget takes seconds for a page of tables: it makes a widget of each cell.
    """

    def __init__(self, markdown: str) -> None:
        self._markdown = Markdown(markdown, code_theme="ansi_dark", hyperlinks=False)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        with console.use_theme(_STYLES):
            yield from console.render(self._markdown, options)


class ManualDialog(Dialog[None]):
    """Shows a page; typing searches all pages, and `enter` lists them.

    Args:
        topic: The page that is shown first.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.HELP)]

    def __init__(self, topic: str) -> None:
        super().__init__()
        self._topic = topic
        self._listed: tuple[ManualSection, ...] = ()
        self._searching = False

    def heading(self) -> str:
        """Return the title of the page."""
        return f"Manual · {topics()[self._topic]}"

    def hints(self) -> tuple[str, ...]:
        """Return the keys of the page, or of the list."""
        if self._searching:
            return "type to search", "{help.up} {help.down} choose", "enter open"
        return "type to search", "{help.up} {help.down} scroll", "enter all pages"

    def body(self) -> ComposeResult:
        """Yield the query, the page and the list of sections."""
        yield Input(placeholder="Search the manual", compact=True)
        yield VerticalScroll(id="manual-page", can_focus=False)
        yield OptionList(markup=False, id="manual-list")

    async def on_mount(self) -> None:
        """Show the page, and focus the query."""
        rows = self.query_one(OptionList)
        rows.can_focus = False
        rows.display = False
        self.query_one(Input).focus()
        await self._open(sections(self._topic)[0])

    def on_resize(self) -> None:
        """Lay out the list for the new width."""
        self.call_after_refresh(self._draw_list)

    @on(Input.Changed)
    def _search(self, event: Input.Changed) -> None:
        if event.value.strip():
            self._show(matching(event.value), searching=True)
        else:
            self._show_page()

    @on(Input.Submitted)
    async def _submitted(self) -> None:
        number = self.query_one(OptionList).highlighted
        if not self._searching:
            self._show(matching(""), searching=True)
        elif number is not None and number < len(self._listed):
            await self._open(self._listed[number])

    @on(OptionList.OptionSelected)
    async def _clicked(self, event: OptionList.OptionSelected) -> None:
        await self._open(self._listed[event.option_index])

    def action_move(self, step: int) -> None:
        """Scroll the page, or move through the list."""
        rows = self.query_one(OptionList)
        if not self._searching:
            self.query_one("#manual-page").scroll_relative(y=step, animate=False)
        elif self._listed:
            rows.highlighted = ((rows.highlighted or 0) + step) % len(self._listed)

    def action_page(self, pages: int) -> None:
        """Scroll, or move, by pages."""
        rows = self.query_one(OptionList)
        shown = self.query_one("#manual-page")
        if not self._searching:
            shown.scroll_relative(y=pages * max(shown.size.height - 1, 1), animate=False)
        elif self._listed:
            row = (rows.highlighted or 0) + pages * max(rows.size.height - 1, 1)
            rows.highlighted = min(max(row, 0), len(self._listed) - 1)

    async def _open(self, section: ManualSection) -> None:
        """Show a section's page, scrolled to the section."""
        self._topic = section.topic
        shown = self.query_one("#manual-page", VerticalScroll)
        parts = [*map(_drawn, sections(section.topic))]
        parts[0][0].display = False  # the frame has the title
        await shown.remove_children()
        await shown.mount_all(part for pair in parts for part in pair)
        with self.prevent(Input.Changed):
            self.query_one(Input).value = ""
        self._show_page()
        number = sections(section.topic).index(section)
        if number:
            heading = parts[number][0]
            self.call_after_refresh(shown.scroll_to_widget, heading, top=True, animate=False)
        else:
            shown.scroll_home(animate=False)

    def _show_page(self) -> None:
        self._show(())

    def _show(self, found: Sequence[ManualSection], *, searching: bool = False) -> None:
        """Show the list of what was found, or the page."""
        self._listed, self._searching = tuple(found), searching
        self.query_one(OptionList).display = searching
        self.query_one("#manual-page").display = not searching
        box = self.query_one(".dialog")
        box.border_title = Content(self.heading())
        box.border_subtitle = Content(self.footer())
        self._draw_list(0)

    def _draw_list(self, at: int | None = None) -> None:
        rows = self.query_one(OptionList)
        row = at if at is not None else rows.highlighted
        # The list itself has no width before it is laid out.
        width = self.query_one(Input).size.width - 2
        rows.clear_options()
        rows.add_options(Option(_row(each, width)) for each in self._listed)
        if not self._listed:
            rows.add_option(Option(Content.styled(NOTHING, "$muted"), disabled=True))
        rows.highlighted = row if self._listed else None


def _drawn(section: ManualSection) -> tuple[Static, Static]:
    """Return a section's heading and its text."""
    heading = Static(Content(section.heading), classes=f"manual-heading -level-{section.level}")
    return heading, Static(_Text(section.text), classes="manual-text")


def _row(section: ManualSection, width: int) -> Content:
    """Return one line of the list: heading and page."""
    left = min(HEADING_WIDTH, max(width - 2, 1))
    title = topics()[section.topic] if section.level > 1 else section.topic
    return Content.assemble(
        (fit(section.heading, left), "$text"),
        "  ",
        (fit(title, max(width - left - 2, 1)), "$muted"),
    )
