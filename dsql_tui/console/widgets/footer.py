"""The footer: the keys that work where the focus is, as many as fit, most useful first.

Keys that do not fit are counted; the help lists them.
"""

from __future__ import annotations

from itertools import accumulate

from textual.binding import ActiveBinding, Binding
from textual.content import Content
from textual.screen import Screen

from dsql_tui.console.shared.key import Place, display_key
from dsql_tui.console.shared.keys import KEYS, UNBOUND
from dsql_tui.console.widgets.links import Linked, link

ALWAYS = ("app.palette", "app.help")
"""Bindings kept at the right whatever the width."""
GAP = Content("  ")
_ORDER = {key.id: number for number, key in enumerate(KEYS, start=1)}
_PLACES = {key.id: key.place for key in KEYS}


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
        """Return the keys of the focus on the left, those of the palette and help on the right."""
        if self.app.screen is self.screen:  # below a dialog the keys stay as they were
            self._shown = self._shown_bindings()
        shown = self._shown
        fixed = [binding for binding in shown if binding.id in ALWAYS]
        right = GAP.join(map(_key, fixed))
        keys = [_key(binding) + GAP for binding in shown if binding.id not in ALWAYS]
        left = _fitted(keys, self.size.width - right.cell_length - 2)
        gap = max(self.size.width - left.cell_length - right.cell_length - 1, 1)
        return left + Content(" " * gap) + right

    def _shown_bindings(self) -> list[Binding]:
        """Return bindings with a label, each action once, the most useful first.

        The focused widget's own come first, except in the inspector, whose keys few know and
        whose grid has those of every result.
        """
        active = self.screen.active_bindings.values()
        chain = [*self.screen.focused.ancestors_with_self] if self.screen.focused else []
        rank = {id(node): position for position, node in enumerate(chain)}

        def place(each: ActiveBinding) -> tuple[int, int]:
            last = len(rank)
            own = {Place.INSPECTOR: -1, Place.WORKSPACE: last}.get(
                _PLACES.get(each.binding.id or "", Place.EVERYWHERE), rank.get(id(each.node), last)
            )
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


def _fitted(keys: list[Content], room: int) -> Content:
    """Return as many keys as fit, and the number of those that do not."""
    lengths = list(accumulate((key.cell_length for key in keys), initial=1))
    for fitting in range(len(keys), -1, -1):
        left_out = len(keys) - fitting
        more = f"+{left_out} more" if left_out else ""
        if lengths[fitting] + len(more) <= room:
            break
    rest = Content.styled(more, "$footer-description-foreground").stylize(link("app.show_help"))
    return Content.assemble(" ", *keys[:fitting], rest)


def _key(binding: Binding) -> Content:
    return Content.assemble(
        (display_key(binding.key), "bold $footer-key-foreground"),
        (f" {binding.description}", "$footer-description-foreground"),
    ).stylize(link(f"app.simulate_key({binding.key!r})"))
