"""Two databases as trees with their differences, and the statements that make them equal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static, Tree

from dsql_tui.console.definitions.dialog import ComparedDefinitions
from dsql_tui.console.definitions.reading import DefinitionReader, ReadSide
from dsql_tui.console.definitions.tree import DefinitionsTree, Item
from dsql_tui.console.shared.clipboard import clipboard_of
from dsql_tui.console.shared.key import Place
from dsql_tui.console.shared.keys import bindings, with_keys
from dsql_tui.console.shared.ui import WidgetUi
from dsql_tui.console.shared.words import explanation, headline
from dsql_tui.console.widgets.cells import visible
from dsql_tui.console.widgets.confirm import ConfirmDialog
from dsql_tui.console.widgets.footer import KeyLine
from dsql_tui.errors import DsqlTuiError
from dsql_tui.schema.change import DefinitionChange
from dsql_tui.schema.outline import OutlineEntry, OutlineGroup, outline
from dsql_tui.schema.plan import difference_script
from dsql_tui.schema.renames import Rename, possible_renames

NOT_RENAMED = "If not, cancel: one is dropped with what is in it, and the other is new."
WITHHELD = "Not written before drops are allowed:"
NOTHING = "-- There is no statement: nothing differs here.\n"


@dataclass(frozen=True, slots=True)
class ChosenScript:
    """The statements that a person wants to have.

    Attributes:
        text: The script.
        as_script: Show its steps, for running them, and not only put it into the editor.
    """

    text: str
    as_script: bool = False


class DefinitionsScreen(Screen[ChosenScript]):
    """Returns a script for the editor or the script runner, or `None`.

    Args:
        reader: Reads the definitions.
        compared: What is compared.
        connected: ARN of the cluster on which scripts are run; empty without one.
    """

    CSS_PATH = "../style/definitions.tcss"
    AUTO_FOCUS = "#definitions-tree"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.DEFINITIONS)]

    def __init__(
        self, reader: DefinitionReader, compared: ComparedDefinitions, connected: str
    ) -> None:
        super().__init__(id="definitions-screen")
        self.ui = WidgetUi(self)
        self._reader, self._compared, self._connected = reader, compared, connected
        self._sides: tuple[ReadSide, ReadSide] | None = None
        self._groups: list[OutlineGroup] = []
        self._changes: list[DefinitionChange] = []
        self._with_same = self._with_drops = False
        self._tree = DefinitionsTree()
        self._text = ""
        """The statements that are shown."""

    def compose(self) -> ComposeResult:
        """Yield the sides, what is known about them, and the statements."""
        with Vertical(id="definitions-frame") as frame:
            frame.border_title = Content(f"{self._compared.first} │ {self._compared.second}")
            yield Static("", id="definitions-words", markup=False)
            yield self._tree
        with Vertical(id="definitions-below") as below:
            below.border_title = "Statements"
            with VerticalScroll(id="definitions-sql"):
                yield Static("", id="definitions-text", markup=False)
        yield KeyLine()

    def on_mount(self) -> None:
        """Read both sides."""
        self.action_read()

    def on_unmount(self) -> None:
        """Cancel every flow."""
        self.ui.cancel()

    # Reading and comparing.

    def action_read(self) -> None:
        """Read both sides again and compare them."""
        self.ui.cancel()
        self.ui.start(self._read())

    async def _read(self) -> None:
        self._sides = None
        try:
            first = await self._read_side(self._compared.first)
            second = await self._read_side(self._compared.second)
            self._sides = (first, second)
            await self._compare(first, second)
        except DsqlTuiError as error:
            self._refuse(error)

    async def _read_side(self, text: str) -> ReadSide:
        self._begin(f"Reading {text}…")
        return await self.ui.call(partial(self._reader.read, text), group="definitions")

    async def _compare(self, first: ReadSide, second: ReadSide) -> None:
        """Compare both sides, after asking what was renamed."""
        frame = self.query_one("#definitions-frame")
        frame.border_title = Content(f"{first.label} │ {second.label}")
        renames: list[Rename] = []
        for candidate in possible_renames(first.database, second.database):
            if not any(candidate.excludes(each) for each in renames):
                dialog = ConfirmDialog(candidate.question, NOT_RENAMED, verb="It was renamed")
                if await self.ui.ask(dialog):
                    renames.append(candidate)
        self._begin("Comparing…")
        plan = partial(self._reader.plan, first.database, second.database, renames)
        planned = await self.ui.call(plan, group="definitions")
        self._changes = planned.changes
        self._groups = outline(planned.renamed, second.database, planned.changes)
        notes = [*first.database.all_notes, *second.database.all_notes]
        self._say(
            Content("\n").join(Content.styled(f"! {note}", "$text-warning") for note in notes)
        )
        self._fill()

    def _begin(self, words: str) -> None:
        self._groups, self._changes = [], []
        self._tree.clear()
        self._show_text("")
        self._say(Content.styled(words, "$muted"))
        self.refresh_bindings()

    def _refuse(self, error: DsqlTuiError) -> None:
        lines = [Content.styled(f"✗ {headline(error)}", "bold $text-error"), Content(error.message)]
        lines += [Content.styled(line, "$muted") for line in explanation(error)]
        self._begin("")
        self._say(Content("\n").join(lines))

    def _say(self, words: Content) -> None:
        line = self.query_one("#definitions-words", Static)
        line.update(words)
        line.display = bool(words)

    def _fill(self) -> None:
        self._tree.fill(self._groups, with_same=self._with_same)
        self._show_statements(None)
        self.refresh_bindings()

    @on(Tree.NodeHighlighted)
    def _moved(self, _event: Tree.NodeHighlighted[Item]) -> None:
        self._show_statements(self._tree.selected)

    def _show_statements(self, selected: OutlineGroup | OutlineEntry | None) -> None:
        """Show the statements of what is selected; everything if nothing is."""
        match selected:
            case OutlineEntry(label=label):
                listed: Sequence[DefinitionChange] = selected.changes
            case OutlineGroup(title=label):
                of_group = {id(each) for entry in selected.entries for each in entry.changes}
                listed = [each for each in self._changes if id(each) in of_group]
            case _:
                label, listed = "everything", self._changes
        below = self.query_one("#definitions-below")
        below.border_title = Content(f"Statements: {label}")
        self._show_text(self._script(listed) if self._sides is not None else "")

    def _show_text(self, text: str) -> None:
        self._text = text
        self.query_one("#definitions-text", Static).update(Content(visible(text)))
        self.query_one("#definitions-sql").scroll_home(animate=False)

    def _script(self, listed: Sequence[DefinitionChange]) -> str:
        text = difference_script(listed, allow_drop=self._with_drops, withheld=WITHHELD)
        return text or NOTHING

    # Keys.

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Disable what needs both sides while they are read."""
        if action in {"copy", "insert", "run", "toggle_drops"}:
            return bool(self._changes)
        if action in {"toggle_same", "swap"}:
            return self._sides is not None
        return super().check_action(action, parameters)

    def action_toggle_same(self) -> None:
        """Show the objects too that are the same on both sides, or hide them."""
        self._with_same = not self._with_same
        self._fill()

    def action_toggle_drops(self) -> None:
        """Write statements that drop something as statements, or as comments."""
        self._with_drops = not self._with_drops
        self._show_statements(self._tree.selected)
        self.ui.notify(
            "Statements that drop something are written."
            if self._with_drops
            else "Statements that drop something are comments."
        )

    def action_swap(self) -> None:
        """Compare the other way round: what turns the second into the first."""
        self._compared = ComparedDefinitions(self._compared.second, self._compared.first)
        if self._sides is not None:
            first, second = self._sides
            self._sides = (second, first)
            self.ui.start(self._compare_again(second, first))

    async def _compare_again(self, first: ReadSide, second: ReadSide) -> None:
        try:
            await self._compare(first, second)
        except DsqlTuiError as error:
            self._refuse(error)

    def action_copy(self) -> None:
        """Copy the statements that are shown."""
        clipboard_of(self).put(self._text, "statements")

    def action_insert(self) -> None:
        """Put the statements that are shown into a new tab of the editor."""
        self.dismiss(ChosenScript(self._text))

    def action_run(self) -> None:
        """Show all statements as steps of a script, where they can be run."""
        if self._sides is None:
            return
        if self._sides[0].arn != self._connected or not self._connected:
            self.ui.warn(
                with_keys(
                    "Scripts run on the cluster of the SQL tab, which is not"
                    f" {self._compared.first}. Put the statements into the editor with"
                    " {definitions.insert}."
                )
            )
            return
        self.dismiss(ChosenScript(self._script(self._changes), as_script=True))

    def action_back(self) -> None:
        """Return to the workspace."""
        self.dismiss(None)
