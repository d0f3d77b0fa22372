"""Why denied? Explains a role's permission for an object or a statement."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Input, Select, Static

from dsql_tui.console.access.changes import chosen_role, role_options, role_value
from dsql_tui.console.access.forms import choice_field, text_field
from dsql_tui.console.widgets.dialog import Dialog
from dsql_tui.errors import InputError
from dsql_tui.model.access.effective import Access
from dsql_tui.model.access.role import SecurableKind
from dsql_tui.model.access.snapshot import AccessSnapshot, Securable
from dsql_tui.model.access.why import AccessAnswer, Need, explain, explain_principal, explain_uses
from dsql_tui.model.endpoint import ADMIN_ROLE
from dsql_tui.sql.access import grants
from dsql_tui.sql.access.plans import PlannedStatement
from dsql_tui.sql.access.required_privileges import needs_of


class WhyDialog(Dialog[list[PlannedStatement]]):
    """Shows the explanation while you type; may return GRANTs or a mapping to review.

    Args:
        access: The access model to query.
        role: The role whose access is explained.
        securable: The object to explain while no statement is typed.
    """

    HEADING = "Why?"
    HINTS: ClassVar[tuple[str, ...]] = ("tab next field",)

    def __init__(self, access: Access, role: str, securable: Securable | None) -> None:
        super().__init__()
        self.add_class("access-dialog")
        self._access, self._role, self._securable = access, role, securable
        self._steps: list[PlannedStatement] = []

    def body(self) -> ComposeResult:
        """Yield the role, the object or statement, and the explanation."""
        options = role_options(self._access.snapshot, everybody=True)
        yield choice_field("Role", "role", options, role_value(self._role))
        subject = f"; empty: access to {self._securable.label}" if self._securable else ""
        yield text_field("Statement", "statement", hint=f"or an IAM ARN{subject}")
        with VerticalScroll(id="why-answers", can_focus=False):
            yield Static("", id="why-text")
        yield from self.answers()

    def verb(self) -> str:
        """Return `Grant` when a privilege is missing."""
        return "Grant missing…" if self._steps else ""

    def on_mount(self) -> None:
        """Explain the object that was under the cursor."""
        self._answer()
        self.query_one("#statement", Input).focus()

    @on(Input.Changed)
    @on(Select.Changed)
    def _answer(self) -> None:
        role = chosen_role(str(self.query_one("#role", Select).value))
        statement = self.query_one("#statement", Input).value.strip()
        note = ""
        if statement.startswith("arn:"):
            self._show(*about_arn(self._access.snapshot, role, statement))
            return
        if statement:
            needs = needs_of(statement)
            answers, note = explain_uses(self._access, role, needs.uses), needs.note
        elif self._securable is not None:
            answers = about(self._access, role, self._securable)
        else:
            answers, note = (), "Type a statement. It is checked, not run."
        lines = [line for answer in answers for line in answer_lines(answer)]
        if note:
            lines.append(Content.styled(note, "$muted"))
        self._show(lines, steps_for(answers) if statement else [])

    def _show(self, lines: Sequence[Content], steps: list[PlannedStatement]) -> None:
        self._steps = steps
        self.query_one("#why-text", Static).update(Content("\n").join(lines))
        self.draw_verb()

    @on(Input.Submitted)
    def _entered(self) -> None:
        self.action_confirm() if self._steps else self.action_leave()

    def action_confirm(self) -> None:
        """Dismiss with the GRANTs to review."""
        self.dismiss(self._steps)


def about_arn(
    snapshot: AccessSnapshot, role: str, arn: str
) -> tuple[list[Content], list[PlannedStatement]]:
    """Return the roles an IAM principal may assume, the IAM permission needed and what is missing.

    Returns:
        Lines, and the mapping that would let it become `role` if that is what it lacks.
    """
    answer = explain_principal(snapshot, arn)
    mapped = [mapping.role for mapping in answer.mappings]
    lines = [_may_become(each, f"needs {answer.actions[each]} in its policy") for each in mapped]
    if role != ADMIN_ROLE and role not in mapped:
        lines.append(Content.assemble(("✗ no ", "$error"), (f"  connect as {role}", "$text")))
    needed = f"needs {answer.actions[ADMIN_ROLE]} in its policy, no mapping"
    lines.append(_may_become(ADMIN_ROLE, needed))
    known_role = snapshot.role(role)
    if role in mapped or known_role is None or not known_role.can_login:
        return lines, []
    try:
        step = PlannedStatement(
            grants.map_iam(role, answer.arn), f"{answer.arn} is not mapped to {role}"
        )
    except InputError as error:
        return [*lines, Content.styled(f"       {error.message}", "$warning")], []
    return [*lines, Content.styled(f"       → {step.statement};", "$text-accent")], [step]


def _may_become(role: str, needed: str) -> Content:
    return Content.assemble(
        ("✓ yes", "$success"), (f"  connect as {role}", "$text"), (f", {needed}", "$muted")
    )


def about(access: Access, role: str, securable: Securable) -> tuple[AccessAnswer, ...]:
    """Return whether each privilege on an object is granted, and why."""
    rights = grants.rights_for(securable.kind)
    needs = [Need(securable.kind, securable.schema, securable.name, right) for right in rights]
    if securable.kind is not SecurableKind.SCHEMA:
        needs.append(Need(securable.kind, securable.schema, securable.name, None))
    return tuple(explain(access, role, need) for need in needs)


def steps_for(answers: Sequence[AccessAnswer]) -> list[PlannedStatement]:
    """Return the fewest GRANTs that would allow the denied access, without duplicates."""
    steps: dict[str, PlannedStatement] = {}
    for answer in answers:
        for need in answer.missing:
            try:
                statement = grants.grant_for(need, answer.role, answer.owner)
            except InputError:
                # DSQL does not allow changing that; the answer's note says so.
                continue
            steps.setdefault(
                statement, PlannedStatement(statement, f"missing for {answer.need.words}")
            )
    return list(steps.values())


def answer_lines(answer: AccessAnswer) -> Iterator[Content]:
    """Yield a permission's lines: allowed or denied, the reason, what would allow it."""
    mark, style = ("✓ yes", "$success") if answer.allowed else ("✗ no ", "$error")
    yield Content.assemble((mark, style), (f"  {answer.need.words}", "$text"))
    for source in dict.fromkeys(source.words for source in answer.sources):
        yield Content.styled(f"       through {source}", "$muted")
    if answer.note:
        yield Content.styled(f"       {answer.note}", "$warning")
    for step in steps_for([answer]):
        yield Content.styled(f"       → {step.statement};", "$text-accent")
