"""A relation's screen: its rows and its definition, part by part, each to copy or to edit."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from dsql_tui.console.inspector.browser import Browser, has_no_key
from dsql_tui.console.inspector.changing import Changing
from dsql_tui.console.inspector.following import Following
from dsql_tui.console.inspector.parts import Part, parts_of, referenced
from dsql_tui.console.inspector.source_text import SourceText
from dsql_tui.console.inspector.workers import inspect_relation, read_definition
from dsql_tui.console.results.result_choices import ResultChoices
from dsql_tui.console.results.result_pane import ResultPane
from dsql_tui.console.session.sessions import SessionPair
from dsql_tui.console.shared.clipboard import clipboard_of
from dsql_tui.console.shared.key import Place
from dsql_tui.console.shared.keys import bindings
from dsql_tui.console.shared.services import RelationName
from dsql_tui.console.shared.ui import WidgetUi
from dsql_tui.console.shared.words import estimate, explanation
from dsql_tui.console.widgets.footer import KeyLine
from dsql_tui.console.widgets.frame import TabbedFrame, TabTitle
from dsql_tui.errors import DsqlTuiError, InputError
from dsql_tui.model.endpoint import Endpoint
from dsql_tui.model.inspection import Inspection
from dsql_tui.model.result import Column, Completed
from dsql_tui.results.taking import text_chunk
from dsql_tui.sql.browsing.following import short_name

TEXT_OID = 25
ROWS, SOURCE = "rows", "definition"
TABLES = ("columns", "constraints", "indexes", "references", "privileges")


class InspectorScreen(Screen[str]):
    """Shows one relation after the other; returns SQL for the editor, or `None`.

    Args:
        pair: The sessions; everything is read on the catalog session.
        relation: The relation to begin with.
        choices: How values are shown.
        changing: Changes the relation.
    """

    CSS_PATH = "../style/inspector.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.INSPECTOR)]

    def __init__(
        self,
        pair: SessionPair,
        relation: RelationName,
        choices: ResultChoices,
        changing: Changing,
    ) -> None:
        super().__init__(id="inspector")
        self.ui = WidgetUi(self)
        self._pair, self._relation, self._changing = pair, relation, changing
        self._visited: list[RelationName] = []
        self._inspection: Inspection | None = None
        self._parts: dict[str, Part] = {}
        self._about = Static("Reading the definition…", id="inspector-about", markup=False)
        self._rows = ResultPane(choices=choices, id=ROWS)
        self._tables = {key: ResultPane(choices=choices, id=key) for key in TABLES}
        self._source = SourceText(id=SOURCE)
        self._frame = TabbedFrame(
            self._rows, *self._tables.values(), self._source, id="inspector-frame", shown=ROWS
        )
        self._following = Following(self.ui, lambda: self._pair)
        self._browser: Browser | None = None

    def compose(self) -> ComposeResult:
        """Yield the summary and the parts."""
        yield self._about
        yield self._frame
        yield KeyLine()

    def on_mount(self) -> None:
        """Read the relation."""
        self.ui.start(self._read())

    def on_unmount(self) -> None:
        """Cancel every flow."""
        self.ui.cancel()

    # Reading and showing.

    async def _read(self, *, leave_if_dropped: bool = False) -> None:
        try:
            read = partial(inspect_relation, self._pair, self._relation)
            inspection = await self.ui.call(read, group="catalog")
        except DsqlTuiError as error:
            if leave_if_dropped and isinstance(error, InputError):
                self.action_back()
                return
            self._about.update(Content("\n".join((error.message, *explanation(error)))))
            return
        self._show(inspection)
        self._show_first_part()
        if inspection.has_rows:
            self._browser = Browser(self._rows, self._pair, inspection)
            await self._browser.open()
        await self._read_definition(inspection)

    @property
    def endpoint(self) -> Endpoint:
        """The endpoint whose relation is shown."""
        return self._pair.endpoint

    def refresh_definition(self) -> None:
        """Read the definition again; the rows, the focus and the part that is shown stay."""
        if self._inspection is not None:
            self.ui.start(self._read_parts(self._inspection))

    async def _read_parts(self, before: Inspection) -> None:
        read = partial(inspect_relation, self._pair, before.relation.oid)
        try:
            inspection = await self.ui.call(read, group="catalog")
        except DsqlTuiError:
            return  # the person did not ask for it; refreshing by key reports the error
        if before is self._inspection:
            self._show(inspection)
            await self._read_definition(inspection)

    async def _read_definition(self, inspection: Inspection) -> None:
        try:
            read = partial(read_definition, self._pair, inspection.name)
            text = await self.ui.call(read, group="catalog")
        except DsqlTuiError as error:
            text = "".join(f"-- {line}\n" for line in (error.message, *explanation(error)))
        if inspection is self._inspection:
            self._source.show(text, self._parts["privileges"].sql)

    def _show(self, inspection: Inspection) -> None:
        self._inspection = inspection
        self._about.update(_summary(inspection))
        self._parts = {part.key: part for part in parts_of(inspection)}
        for key, pane in self._tables.items():
            _fill(pane, self._parts[key])
        self._source.show("-- Reading the definition…")
        self._frame.tabs = [
            *([TabTitle(ROWS, "Rows")] if inspection.has_rows else []),
            *(TabTitle(part.key, part.title, _number(part)) for part in self._parts.values()),
            TabTitle(SOURCE, "DDL"),
        ]

    def _show_first_part(self) -> None:
        """Show and focus the part that was shown before, or the first that the relation has."""
        shown = {tab.key for tab in self._frame.tabs}
        self.action_show_part(self._frame.shown if self._frame.shown in shown else "columns")

    def _go(self, relation: RelationName) -> None:
        """Show another relation; the way back leads here."""
        self._visited.append(self._relation)
        self._enter(relation)

    def _enter(self, relation: RelationName) -> None:
        self._relation = relation
        self._rows.clear()
        self._frame.show_tab(ROWS)
        self.ui.start(self._read())

    @on(ResultPane.FollowRequested)
    def _follow_requested(self, message: ResultPane.FollowRequested) -> None:
        message.stop()
        if message.pane is self._rows:
            self.ui.start(self._following.follow(message.pane, referring=message.referring))
        elif message.pane.id == "references" and self._inspection is not None:
            row = message.pane.grid.stored(message.pane.grid.cursor_row)
            key = referenced(self._inspection, row)
            outgoing = row < len(self._inspection.references)
            self._go(key.target if outgoing else key.relation)

    # Keys.

    def action_show_part(self, key: str) -> None:
        """Show a part and focus it."""
        if key in {tab.key for tab in self._frame.tabs}:
            self._frame.show_tab(key)
            self._focus_part()

    def action_step_part(self, step: int) -> None:
        """Show the next or the previous part."""
        self._frame.step_tab(step)
        self._focus_part()

    def _focus_part(self) -> None:
        shown = self._frame.shown
        widget = self._source if shown == SOURCE else self._pane(shown).grid
        widget.focus()

    def _pane(self, key: str) -> ResultPane:
        return self._tables.get(key, self._rows)

    @on(TabbedFrame.TabShown)
    def _tab_shown(self) -> None:
        self._focus_part()

    def action_count(self) -> None:
        """Count the rows on the server."""
        if self._browser is not None and self._rows.source is not None:
            self.action_show_part(ROWS)
            source = self._rows.source
            if isinstance(source, Browser):
                source.count()

    def action_copy_part(self) -> None:
        """Copy the part that is shown, as SQL."""
        if text := self._sql():
            clipboard_of(self).put(text, self._frame.shown)

    def action_insert(self) -> None:
        """Put the part that is shown into the editor, as SQL."""
        if text := self._sql():
            self.dismiss(text)

    def _sql(self) -> str:
        """Return the SQL of the part that is shown."""
        shown = self._frame.shown
        if shown == SOURCE:
            return self._source.text
        if shown == ROWS and isinstance(self._rows.source, Browser):
            return self._rows.source.statement
        return self._parts[shown].sql if shown in self._parts else ""

    def action_refresh(self) -> None:
        """Read the relation again; the part that is shown stays."""
        self.ui.start(self._read())

    def action_change(self) -> None:
        """Change the relation, beginning with the column or index under the cursor."""
        if self._inspection is not None:
            self.ui.start(self._change(self._inspection))

    async def _change(self, inspection: Inspection) -> None:
        """Change the relation; show it under its new name, or leave when it was dropped."""
        part = self._part_at_cursor()
        if await self._changing.change(self.ui, self._pair, inspection, self.dismiss, part):
            self._relation = inspection.relation.oid
            await self._read(leave_if_dropped=True)

    def _part_at_cursor(self) -> str:
        """Return the name of the column or index under the cursor, or an empty string."""
        part = self._parts.get(self._frame.shown)
        row = self._pane(self._frame.shown).grid.cursor_row
        if part is None or part.key not in {"columns", "indexes"} or row >= len(part.rows):
            return ""
        return part.rows[row][0] or ""

    def action_back(self) -> None:
        """Go back to the relation inspected before, or to the workspace."""
        if self._visited:
            self._enter(self._visited.pop())
        else:
            self.dismiss()


def _fill(pane: ResultPane, part: Part) -> None:
    pane.begin(tuple(Column(name, TEXT_OID) for name in part.columns))
    if part.rows:
        pane.append(text_chunk(part.rows))
    pane.finish(Completed("", len(part.rows), None, 0.0))


def _number(part: Part) -> str:
    return str(len(part.rows)) if part.rows else ""


def _summary(inspection: Inspection) -> Content:
    relation = inspection.relation
    rows = estimate(relation.estimated_rows)
    facts = [relation.kind.value, f"owner {inspection.owner}"]
    facts += [f"{rows} rows"] if rows else []
    if inspection.has_rows and (note := has_no_key(inspection)):
        facts.append(note)
    lines = [
        Content.assemble((short_name(inspection.name), "bold $text"), f"  {' · '.join(facts)}")
    ]
    if relation.comment:
        lines.append(Content(relation.comment))
    lines += [Content.styled(note, "$warning") for note in inspection.notes]
    return Content("\n").join(lines)
