"""Two results of one statement: each side's outcome above, the differing rows below."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from dsql_tui.console.results.result_choices import ResultChoices
from dsql_tui.console.results.result_pane import ResultPane
from dsql_tui.console.shared.key import Place
from dsql_tui.console.shared.keys import bindings, with_keys
from dsql_tui.console.shared.words import explanation, headline
from dsql_tui.console.side_by_side import workers
from dsql_tui.console.side_by_side.messages import DifferenceFound, SideAnswered
from dsql_tui.console.side_by_side.sides import ComparedSide, SideAnswer
from dsql_tui.console.widgets.footer import KeyLine
from dsql_tui.model.result import Completed
from dsql_tui.model.span import count, duration

NAMES = ("first", "second")


class BesideScreen(Screen[None]):
    """Runs a statement on two sessions as soon as it is shown.

    Args:
        openings: Opens and closes the sessions.
        sides: The person's own and the other one.
        statement: The statement to run; `refusal` accepted it.
        choices: How values are shown.
    """

    AUTO_FOCUS = "#beside-first"
    CSS_PATH = "../style/beside.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.BESIDE)]

    def __init__(
        self,
        openings: workers.Openings,
        sides: tuple[ComparedSide, ComparedSide],
        statement: str,
        choices: ResultChoices,
    ) -> None:
        super().__init__(id="beside-screen")
        self._openings, self._sides, self._statement = openings, sides, statement
        self._answers: list[SideAnswer | None] = [None, None]
        self._run = 0
        self._rows = ResultPane(choices=choices)

    def compose(self) -> ComposeResult:
        """Yield the statement, the two sides and the difference."""
        yield Static(self._statement.strip(), id="beside-statement", markup=False)
        with Horizontal(id="beside-sides"):
            for name, side in zip(NAMES, self._sides, strict=True):
                with VerticalScroll(id=f"beside-{name}", classes="side") as frame:
                    frame.border_title = Content(side.label)
                    yield Static("", markup=False)
        with Vertical(id="beside-difference") as below:
            below.border_title = "Differences"
            below.border_subtitle = with_keys("{beside.again} run again · {beside.back} back")
            yield Static("", id="beside-words", markup=False)
            yield self._rows
        yield KeyLine()

    def on_mount(self) -> None:
        """Run the statement on both sides."""
        self._start()

    def action_again(self) -> None:
        """Run the statement on both sides again, in new sessions."""
        if None not in self._answers:
            self._start()

    def action_back(self) -> None:
        """Return to the workspace; a running statement is cancelled and its session closed."""
        self.dismiss()

    def _start(self) -> None:
        self._run += 1
        self._answers = [None, None]
        self._rows.display = False
        self._say(Content.styled("Running on both sides…", "$muted"))
        for number, side in enumerate(self._sides):
            self._frame(number).remove_class("-refused")
            self._show_outcome(number, Content.styled("Connecting…", "$muted"))
            job = partial(
                workers.run_side, self._openings, side, self._statement, self._run, number
            )
            self.run_worker(partial(job, self.post_message), thread=True, group="sides")

    def on_side_answered(self, message: SideAnswered) -> None:
        """Show one side's outcome; when both have ended, compare them."""
        if message.run != self._run:
            return
        self._answers[message.number] = message.answer
        self._frame(message.number).set_class(message.answer.error is not None, "-refused")
        self._show_outcome(message.number, outcome_text(message.answer))
        first, second = self._answers
        if first is not None and second is not None:
            labels = (self._sides[0].label, self._sides[1].label)
            job = partial(workers.find_difference, (first, second), labels, self._run)
            self.run_worker(partial(job, self.post_message), thread=True, group="sides")

    def on_difference_found(self, message: DifferenceFound) -> None:
        """Show how the sides differ, with the differing rows."""
        if message.run != self._run:
            return
        difference = message.difference
        style = "$text-success" if difference.is_same else "$text-warning"
        self._say(Content.styled(difference.words, style))
        if difference.comparison is None or difference.is_same:
            return
        self._rows.begin(difference.comparison.columns)
        for chunk in difference.comparison.chunks:
            self._rows.append(chunk)
        self._rows.finish(Completed("", self._rows.grid.store.row_count, None, 0.0))
        self._rows.display = True
        self._rows.grid.focus()

    def _frame(self, number: int) -> VerticalScroll:
        return self.query_one(f"#beside-{NAMES[number]}", VerticalScroll)

    def _show_outcome(self, number: int, words: Content) -> None:
        self._frame(number).query_one(Static).update(words)

    def _say(self, words: Content) -> None:
        self.query_one("#beside-words", Static).update(words)


def outcome_text(answer: SideAnswer) -> Content:
    """Show the outcome of one side."""
    if answer.error is not None:
        lines = [Content.styled(f"✗ {headline(answer.error)}", "bold $text-error")]
        lines.append(Content.styled(answer.error.message, "$text"))
        lines += [Content.styled(line, "$muted") for line in explanation(answer.error)]
    elif answer.store is not None:
        rows = count(answer.store.row_count, "row")
        words = f"✓ first {rows}, more were not fetched" if answer.is_partial else f"✓ {rows}"
        lines = [Content.styled(words, "bold $text-success")]
    else:
        tag = answer.completed.command_tag if answer.completed else ""
        lines = [Content.styled(f"✓ {tag}", "bold $text-success")]
    if times := _times(answer):
        lines.append(Content.styled(times, "$muted"))
    return Content("\n").join(lines)


def _times(answer: SideAnswer) -> str:
    words: list[str] = []
    if answer.connect_ms is not None:
        words.append(f"connected in {duration(answer.connect_ms)}")
        if answer.completed is not None and answer.completed.first_row_ms is not None:
            words.append(f"first row {duration(answer.completed.first_row_ms)}")
        ms = answer.completed.elapsed_ms if answer.completed else answer.elapsed_ms
        words.append(f"{'failed after' if answer.error else 'total'} {duration(ms)}")
    return " · ".join(words)
