"""The footer: the keys that work where the focus is, as many as fit, most useful first."""

from __future__ import annotations

from textual.binding import ActiveBinding, Binding
from textual.content import Content
from textual.screen import Screen

from dsql_tui.console.shared.key import Place, display_key
from dsql_tui.console.shared.keys import KEYS, UNBOUND
from dsql_tui.console.widgets.links import Linked, link

ALWAYS = ("app.palette", "app.help")
"""Bindings kept at the right whatever the width."""
_ORDER = {key.id: number for number, key in enumerate(KEYS, start=1)}
_WORKSPACE = {key.id for key in KEYS if key.place is Place.WORKSPACE}


class KeyLine(Linked):
    """Draws `active_bindings` in one widget; Textual's Footer cuts off what does not fit."""

    def __init__(self) -> None:
        super().__init__()
        self._shown: list[Binding] = []

    def on_mount(self) -> None:
        """Redraw when the focus or an action's availability changes."""
        self.screen.bindings_updated_signal.subscribe(self, self._bindings_changed)

    def _bindings_changed(self, _screen: Screen[object]) -> None:
        self.refresh()

    def render(self) -> Content:
        """Return the keys of the focus on the left, those of palette and help on the right."""
        if self.app.screen is self.screen:  # below a dialog the keys stay as they were
            self._shown = self._shown_bindings()
        shown = self._shown
        fixed = [binding for binding in shown if binding.id in ALWAYS]
        right = Content("  ").join(map(_key, fixed))
        left = Content(" ")
        room = self.size.width - right.cell_length - 2
        for binding in shown:
            if binding.id in ALWAYS:
                continue
            key = _key(binding) + Content("  ")
            if left.cell_length + key.cell_length > room:
                break
            left += key
        gap = max(self.size.width - left.cell_length - right.cell_length - 1, 1)
        return left + Content(" " * gap) + right

    def _shown_bindings(self) -> list[Binding]:
        """Return bindings with a label, the focused widget's own first, each action once."""
        active = self.screen.active_bindings.values()
        chain = [*self.screen.focused.ancestors_with_self] if self.screen.focused else []
        rank = {id(node): position for position, node in enumerate(chain)}

        def place(each: ActiveBinding) -> tuple[int, int]:
            own = len(rank) if each.binding.id in _WORKSPACE else rank.get(id(each.node), len(rank))
            return own, _ORDER.get(each.binding.id or "", 0)

        shown = (
            each
            for each in active
            if each.binding.show and each.enabled and each.binding.key != UNBOUND
        )
        first: dict[str, Binding] = {}
        for each in sorted(shown, key=place):
            first.setdefault(each.binding.action, each.binding)
        return list(first.values())


def _key(binding: Binding) -> Content:
    return Content.assemble(
        (display_key(binding.key), "bold $footer-key-foreground"),
        (f" {binding.description}", "$footer-description-foreground"),
    ).stylize(link(f"app.simulate_key({binding.key!r})"))
