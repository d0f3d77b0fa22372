"""Texts to read, copy and save: policies, code snippets, exports, differences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from dsql_tui.console.shared.clipboard import clipboard_of
from dsql_tui.console.shared.key import Place
from dsql_tui.console.shared.keys import bindings
from dsql_tui.console.widgets.dialog import Dialog
from dsql_tui.console.widgets.paths import PathInput
from dsql_tui.console.widgets.toggles import ChoiceList
from dsql_tui.errors import InputError


@dataclass(frozen=True, slots=True)
class Page:
    """A text with a title.

    Attributes:
        label: Its name in the list on the left.
        file_name: The suggested name of the file.
        text: The text.
        note: A sentence of explanation, or empty.
    """

    label: str
    file_name: str
    text: str
    note: str = ""


class PagesDialog(Dialog[None]):
    """Shows one or several texts; `c` copies and `s` saves the one that is shown.

    Args:
        heading: A title for the texts.
        pages: The texts, at least one.
        insert: Inserts SQL into the editor; `None` does not offer it.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.PAGES)]
    HINTS: ClassVar[tuple[str, ...]] = (
        "{pages.copy} copy",
        "{pages.save} save",
        "{pages.up} {pages.down} scroll",
    )

    def __init__(
        self,
        heading: str,
        pages: Sequence[Page],
        insert: Callable[[str], object] | None = None,
    ) -> None:
        super().__init__()
        self._insert = insert
        self.add_class("access-dialog", "pages-dialog")
        self._heading, self._pages = heading, list(pages)
        self._shown = 0

    def heading(self) -> str:
        """Return a title for the texts."""
        return self._heading

    def hints(self) -> tuple[str, ...]:
        """Return the keys, with that of the editor where it is offered."""
        return ("{pages.insert} to editor", *self.HINTS) if self._insert else self.HINTS

    def body(self) -> ComposeResult:
        """Yield the list of texts if there are several, the text and a note."""
        with Horizontal(id="pages"):
            if len(self._pages) > 1:
                yield ChoiceList(*(Option(Content(f" {page.label}")) for page in self._pages))
            with VerticalScroll(id="page", can_focus=len(self._pages) == 1):
                yield Static("", id="page-text", markup=False)
        yield Static("", id="page-note", classes="dialog-note", markup=False)

    def on_mount(self) -> None:
        """Show the first text."""
        self._show(0)
        self.query("OptionList, #page").first().focus()

    @on(OptionList.OptionHighlighted)
    def _highlighted(self, event: OptionList.OptionHighlighted) -> None:
        self._show(event.option_index)

    def _show(self, number: int) -> None:
        self._shown = number
        page = self._pages[number]
        self.query_one("#page-text", Static).update(Content(page.text.rstrip("\n")))
        note = self.query_one("#page-note", Static)
        note.update(Content(page.note))
        note.display = bool(page.note)
        self.query_one("#page").scroll_home(animate=False)

    def action_copy(self) -> None:
        """Copy the text."""
        page = self._pages[self._shown]
        clipboard_of(self).put(page.text, page.file_name)

    def action_insert(self) -> None:
        """Insert the text into the editor."""
        if self._insert is not None:
            self._insert(self._pages[self._shown].text)
            self.dismiss(None)

    def action_save(self) -> None:
        """Ask for a path and save the text."""
        page = self._pages[self._shown]
        self.app.push_screen(SaveDialog(page.file_name, page.text), self._saved)

    def _saved(self, path: Path | None) -> None:
        if path is not None:
            self.notify(f"Saved {path}.", markup=False)

    def action_scroll(self, lines: int) -> None:
        """Scroll the text."""
        self.query_one("#page").scroll_relative(y=lines, animate=False)


class SaveDialog(Dialog[Path]):
    """Asks where to save a text; never replaces an existing file."""

    HEADING = "Save as"
    VERB = "Save"
    HINTS = ("tab complete",)

    def __init__(self, file_name: str, text: str) -> None:
        super().__init__()
        self._file_name, self._text = file_name, text

    def body(self) -> ComposeResult:
        """Yield the path and, if it cannot be used, the reason."""
        yield PathInput(self._file_name, id="path")
        yield Static("", id="save-note", classes="dialog-note", markup=False)

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        try:
            path = save_text(event.value, self._text)
        except InputError as error:
            self.query_one("#save-note", Static).update(Content(error.message))
        else:
            self.dismiss(path)


def save_text(where: str, text: str) -> Path:
    """Write a text into a new file and return its path.

    Raises:
        InputError: It is there already, or cannot be written.
    """
    path = Path(where).expanduser()
    try:
        with path.open("x", encoding="utf-8") as out:
            out.write(text)
    except FileExistsError:
        raise InputError(f"{path} already exists.") from None
    except OSError as error:
        raise InputError(f"Cannot write {path}: {error.strerror}.") from None
    return path.absolute()
