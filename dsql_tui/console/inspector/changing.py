"""Changes a relation: a menu, the form of the change, and the review that runs its SQL."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from dsql_tui.console.inspector.choice import ChoiceDialog, ListedChoice
from dsql_tui.console.session.sessions import SessionPair
from dsql_tui.console.shared.ui import Ui
from dsql_tui.errors import InputError
from dsql_tui.model.endpoint import Endpoint
from dsql_tui.model.inspection import Inspection
from dsql_tui.sql.access.plans import PlannedStatement
from dsql_tui.sql.altering.changes import check_changeable, delete_rows
from dsql_tui.sql.browsing.following import short_name


@dataclass(frozen=True, slots=True)
class ChangeSafety:
    """What the active tab's session allows.

    Attributes:
        read_only: Statements are shown and cannot be run.
        production: Whether the cluster is one to be careful with.
    """

    read_only: bool = False
    production: bool = False


class Changing:
    """Changes relations of the active tab's database.

    Args:
        safety: Returns what the active tab's session allows.
        delete_in_batches: Shows how a DELETE of many rows is run in batches.
        changed: Called with the endpoint after statements were sent.
    """

    def __init__(
        self,
        safety: Callable[[], ChangeSafety],
        delete_in_batches: Callable[[str], Awaitable[None]],
        changed: Callable[[Endpoint], object],
    ) -> None:
        self._safety = safety
        self._delete_in_batches = delete_in_batches
        self._changed = changed

    async def change(
        self,
        ui: Ui,
        pair: SessionPair,
        inspection: Inspection,
        insert: Callable[[str], object],
        part: str = "",
    ) -> bool:
        """Let the person choose a change, fill in its form and run it; return whether it was sent.

        Args:
            ui: Shows the dialogs.
            pair: The sessions; statements run on the catalog session.
            inspection: The relation.
            insert: Inserts SQL into the editor.
            part: The column or index to begin with.
        """
        from dsql_tui.console.inspector.change_dialog import ChangeFormDialog
        from dsql_tui.console.inspector.change_forms import (
            SIDES,
            RelationChangeKind,
            form_of,
            kinds_for,
            label_of,
        )

        try:
            check_changeable(inspection)
        except InputError as error:
            ui.warn(error.message)
            return False
        kinds = kinds_for(inspection)
        choices = [ListedChoice(label_of(k, inspection), SIDES.get(k, "")) for k in kinds]
        heading = f"Change {short_name(inspection.name)}"
        number = await ui.ask(ChoiceDialog(heading, choices, verb="Select"))
        if number is None:
            return False
        if kinds[number] is RelationChangeKind.DELETE_ROWS:
            await self._delete_in_batches(delete_rows(inspection))
            return True
        form = form_of(kinds[number], inspection, part)
        steps = await ui.ask(ChangeFormDialog(inspection, form))
        if not steps:
            return False
        return await self._reviewed(ui, pair, form.heading, steps, insert)

    async def _reviewed(
        self,
        ui: Ui,
        pair: SessionPair,
        heading: str,
        steps: list[PlannedStatement],
        insert: Callable[[str], object],
    ) -> bool:
        from dsql_tui.console.access.review import ReviewDialog

        safety = self._safety()
        chosen: list[str] = []
        dialog = ReviewDialog(
            heading,
            steps,
            pair,
            read_only=safety.read_only,
            production=safety.production,
            insert=chosen.append,
        )
        was_sent = await ui.ask(dialog) is True
        for text in chosen:
            insert(text)
        if was_sent:
            self._changed(pair.endpoint)
        return was_sent
