"""Diagnostics on the screen: each check of the connection, as it completes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from dsql_tui.console.clusters.workers import examine
from dsql_tui.console.shared.clipboard import clipboard_of
from dsql_tui.console.shared.key import Place
from dsql_tui.console.shared.keys import bindings
from dsql_tui.console.shared.services import Services
from dsql_tui.console.widgets.dialog import Dialog
from dsql_tui.model.checkup import CheckResult, CheckStep, Verdict
from dsql_tui.model.endpoint import Endpoint
from dsql_tui.model.span import duration

_MARKS = {
    Verdict.OK: ("✓", "$text-success"),
    Verdict.WARNING: ("!", "$text-warning"),
    Verdict.FAILED: ("✗", "$text-error"),
    Verdict.SKIPPED: ("·", "$muted"),
}


class DoctorDialog(Dialog[None]):
    """Diagnoses one endpoint; changes nothing.

    Args:
        services: The profile whose credentials and network are checked.
        endpoint: The cluster and the role.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.DIAGNOSTICS)]
    HEADING = "Diagnostics"
    HINTS: ClassVar[tuple[str, ...]] = ("↑ ↓ scroll", "{diagnostics.copy} copy")

    @dataclass
    class Found(Message):
        """Posted when a check has completed."""

        finding: CheckResult

    def __init__(self, services: Services, endpoint: Endpoint) -> None:
        super().__init__()
        self._services, self._endpoint = services, endpoint
        self._findings: list[CheckResult] = []

    def body(self) -> ComposeResult:
        """Yield the endpoint and the checks."""
        yield Static(
            f"{self._endpoint.cluster_name} {self._endpoint.region} as {self._endpoint.role}",
            classes="dialog-text",
            markup=False,
        )
        with VerticalScroll(id="examination"):
            yield Static(id="findings", markup=False)

    def on_mount(self) -> None:
        """Start the checks."""
        self._draw()
        work = partial(
            examine, self._services, self._endpoint, lambda f: self.post_message(self.Found(f))
        )
        self.run_worker(work, thread=True)

    def on_doctor_dialog_found(self, message: Found) -> None:
        """Show one more check."""
        self._findings.append(message.finding)
        self._draw()

    def action_copy(self) -> None:
        """Copy the results, with the policies and commands in them."""
        lines = [line.plain for finding in self._findings for line in _lines(finding)]
        clipboard_of(self).put("\n".join(lines), "diagnostics")

    def _draw(self) -> None:
        lines = [line for finding in self._findings for line in _lines(finding)]
        if len(self._findings) < len(CheckStep):
            waiting = list(CheckStep)[len(self._findings)]
            lines.append(Content.styled(f"◌ {waiting}…", "$muted"))
        self.query_one("#findings", Static).update(Content("\n").join(lines))


def _lines(finding: CheckResult) -> list[Content]:
    mark, style = _MARKS[finding.verdict]
    took = "" if finding.verdict is Verdict.SKIPPED else duration(finding.elapsed_ms)
    head = Content.assemble(
        (f"{mark} {finding.step:<17}", style),
        (f"{took:>8}  ", "$muted"),
        (finding.detail, "$text" if finding.verdict is not Verdict.SKIPPED else "$muted"),
    )
    remedy = [Content.styled(f"    {line}", "$muted") for line in finding.remedy.splitlines()]
    return [head, *remedy]
