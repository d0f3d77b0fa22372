"""What every dialog promises: a verb on its button and in its footer, and a way to leave."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Button, Input, OptionList, SelectionList

from dsql_tui.console.shared.keys import with_keys
from dsql_tui.console.widgets.dialog import CANCEL, CANCEL_ID, CLOSE, CONFIRM_ID, Dialog
from dsql_tui.console.widgets.toggles import CheckBox, CheckList, ChoiceList
from tests.support.dialogs import DIALOGS, DialogApp, dialog_classes

TYPED = ("", "orders", "delete from orders", "arn:aws:iam::111122223333:role/stranger")
"""What people type into a line: a statement and an ARN have answers of their own in some."""

SIZE = (80, 24)
NO_VERBS = {"ok", "yes", "no", "leave it", "go on", "do it", "send", "here", "submit", "continue"}
"""Labels that do not say what happens."""


def shown(app: App[Any]) -> str:
    """Return the characters on the screen: what is left of it without colours."""
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())


def footer_of(dialog: Dialog[Any]) -> list[str]:
    return str(dialog.query_one(".dialog").border_subtitle).split(" · ")


def in_footer(label: str) -> str:
    return label[:1].lower() + label[1:].rstrip("…")


async def each_dialog(pilot: Pilot[None]) -> AsyncIterator[Dialog[Any]]:
    """Show one dialog after the other."""
    for make in DIALOGS.values():
        dialog = make()
        await pilot.app.push_screen(dialog)
        await pilot.pause()
        yield dialog
        if pilot.app.screen is dialog:
            await pilot.app.pop_screen()


def buttons_of(dialog: Dialog[Any]) -> list[Button]:
    return [button for button in dialog.query(Button) if button.display]


def test_one_of_every_dialog_is_tried() -> None:
    assert set(DIALOGS) == set(dialog_classes())


async def test_a_dialog_says_what_confirming_does_and_how_to_leave() -> None:
    app = DialogApp()
    async with app.run_test(size=SIZE) as pilot:
        async for dialog in each_dialog(pilot):
            name, verb = type(dialog).__name__, dialog.verb()
            leave = CANCEL if verb else CLOSE
            labels = [str(button.label) for button in buttons_of(dialog)]
            assert footer_of(dialog)[-1] == f"esc {in_footer(leave)}", name
            assert f" esc {in_footer(leave)} " in shown(app), f"{name}: the footer is cut off"
            assert not labels or labels[0] == leave, name
            assert not labels or not verb or labels[-1] == verb, name
            for label in (verb, *labels):
                assert label.lower() not in NO_VERBS, name
                assert label[:1] == label[:1].upper(), name
            if verb and not isinstance(dialog.focused, Button):
                assert f"{with_keys(dialog.CONFIRM_KEY)} {in_footer(verb)}" in footer_of(dialog), (
                    name
                )
            for button in buttons_of(dialog):
                button.focus()
                await pilot.pause()
                assert f"enter {in_footer(str(button.label))}" in footer_of(dialog), name


async def test_cancel_and_escape_leave_every_dialog_without_an_answer() -> None:
    app = DialogApp()
    async with app.run_test(size=SIZE) as pilot:
        for make in DIALOGS.values():
            answers: list[object] = []
            dialog = make()
            await app.push_screen(dialog, answers.append)
            await pilot.pause()
            cancel = list(dialog.query(f"#{CANCEL_ID}").results(Button))
            for button in cancel:
                button.press()
                await pilot.pause()
            if not cancel:
                await pilot.press("escape")
                await pilot.pause()
            assert answers in ([None], [False]), type(dialog).__name__


async def test_a_button_does_what_the_dialog_does_for_its_verb_and_for_leaving(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = DialogApp()
    tried = 0
    async with app.run_test(size=SIZE) as pilot:
        async for dialog in each_dialog(pilot):
            done: list[str] = []
            monkeypatch.setattr(dialog, "action_confirm", lambda done=done: done.append("confirm"))
            monkeypatch.setattr(dialog, "action_leave", lambda done=done: done.append("cancel"))
            for button in buttons_of(dialog):
                if button.id in {CONFIRM_ID, CANCEL_ID}:
                    button.focus()
                    await pilot.press("enter")
                    await pilot.pause()
                    assert done == [button.id], type(dialog).__name__
                    done.clear()
                    tried += 1
    assert tried > 20


async def test_enter_in_every_line_of_every_dialog_answers_or_stays(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    app = DialogApp()
    tried: set[str] = set()
    async with app.run_test(size=SIZE) as pilot:
        for make in DIALOGS.values():
            number, more = 0, True
            while more:
                for typed in TYPED:
                    dialog, answers = make(), list[object]()
                    await app.push_screen(dialog, answers.append)
                    await pilot.pause()
                    lines = [line for line in dialog.query(Input) if line.focusable]
                    if not lines:
                        app.pop_screen()
                        more = False
                        break
                    lines[number].value = typed
                    lines[number].focus()
                    await pilot.pause()
                    await pilot.press("enter")
                    await pilot.pause()
                    assert bool(answers) == (app.screen is not dialog), type(dialog).__name__
                    tried.add(type(dialog).__name__)
                    if app.screen is dialog:
                        app.pop_screen()
                    more = number + 1 < len(lines)
                number += 1
    assert {"WhyDialog", "GrantDialog", "DeleteDialog", "LineDialog"} <= tried


async def test_the_focus_shows_without_colour_in_every_dialog() -> None:
    app = DialogApp()
    async with app.run_test(size=SIZE) as pilot:
        async for dialog in each_dialog(pilot):
            seen: dict[str, object] = {}
            for _ in range(len(dialog.focus_chain)):
                characters = shown(app)
                assert characters not in seen, (dialog, dialog.focused, seen.get(characters))
                seen[characters] = dialog.focused
                await pilot.press("tab")
                await pilot.pause()


async def test_the_row_under_the_cursor_shows_without_colour_in_every_list() -> None:
    app = DialogApp()
    async with app.run_test(size=SIZE) as pilot:
        async for dialog in each_dialog(pilot):
            for options in dialog.query(OptionList):
                if options.option_count > 1 and options.is_on_screen:
                    options.focus()
                    options.highlighted = 0
                    await pilot.pause()
                    before = shown(app)
                    options.highlighted = 1
                    await pilot.pause()
                    assert shown(app) != before, type(dialog).__name__


async def test_text_typed_while_a_list_has_the_focus_goes_to_the_name_field() -> None:
    """A list that can be answered by typing a name never swallows the name."""
    tried: list[str] = []
    async with DialogApp().run_test(size=SIZE) as pilot:
        async for dialog in each_dialog(pilot):
            if not any(hint.startswith("type a") for hint in dialog.hints()):
                continue
            tried.append(type(dialog).__name__)
            assert isinstance(dialog.focused, ChoiceList)
            await pilot.press(*"_a1@b")
            await pilot.pause()
            line = dialog.query(Input).first()
            assert line.has_focus
            assert line.value == "_a1@b"
    assert tried == ["BesideDialog", "RoleDialog"]


async def test_every_toggle_shows_its_state_without_colour() -> None:
    app = DialogApp()
    tried = 0
    async with app.run_test(size=SIZE) as pilot:
        async for dialog in each_dialog(pilot):
            for box in dialog.query("ToggleButton").results(CheckBox):
                before = box.render().plain
                box.value = not box.value
                assert {before[:3], box.render().plain[:3]} == {"[x]", "[ ]"}
                tried += 1
            for options in dialog.query(SelectionList):
                assert isinstance(options, CheckList), type(dialog).__name__
                options.focus()
                options.highlighted = 0
                await pilot.pause()
                before = options.render_line(0).text
                options.toggle(options.get_option_at_index(0))
                after = options.render_line(0).text
                assert {before[:4], after[:4]} == {"▌[x]", "▌[ ]"}
                assert before[4:] == after[4:]
                tried += 1
    assert tried > 8


async def test_enter_in_the_name_field_of_delete_says_what_is_missing() -> None:
    app = DialogApp()
    async with app.run_test(size=SIZE) as pilot:
        async for dialog in each_dialog(pilot):
            if type(dialog).__name__ == "DeleteDialog":
                dialog.query_one("#typed", Input).focus()
                await pilot.press("enter")
                await pilot.pause()
                assert "Type shop to confirm." in shown(app)
