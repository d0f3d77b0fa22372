"""Every dialog says whether keys typed before it was shown may answer it."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any

import dsql_tui.console
from dsql_tui.console.long_runs.screen import LongRunScreen
from dsql_tui.console.widgets.dialog import Dialog

ASK_BEFORE_A_WRITE_OR_LOSS = {
    "AgainDialog",
    "BesideDialog",
    "ChangeDialog",
    "ConfirmDialog",
    "CreateDialog",
    "DangerDialog",
    "DeleteDialog",
    "PolicyDialog",
    "ResumeDialog",
    "ReviewChangesDialog",
    "ReviewDialog",
    "RowDiffersDialog",
    "StreamDialog",
    "TagsDialog",
    "WhereDialog",
}
OPEN_CHOOSE_OR_SHOW = {
    "AlterRoleDialog",
    "BooleanDialog",
    "CellDialog",
    "ChangeFormDialog",
    "ChoiceDialog",
    "CodeDialog",
    "ColumnsDialog",
    "CompareDefinitionsDialog",
    "CompareDialog",
    "CopyAsDialog",
    "DefaultsDialog",
    "DoctorDialog",
    "ExportDialog",
    "FinderDialog",
    "FixDialog",
    "GrantDialog",
    "HelpDialog",
    "HistoryDialog",
    "LineDialog",
    "ManualDialog",
    "MapDialog",
    "NewRoleDialog",
    "PagesDialog",
    "PaletteDialog",
    "ParametersDialog",
    "PathDialog",
    "PlotDialog",
    "ProfileDialog",
    "ProgressDialog",
    "RecordDialog",
    "RoleDialog",
    "SaveDialog",
    "SummaryDialog",
    "TemplateDialog",
    "TokenDialog",
    "ValueDialog",
    "WhyDialog",
}


def dialogs() -> Iterator[type[Dialog[Any]]]:
    """Yield every dialog of the console that is not only a base of others."""
    for module in pkgutil.walk_packages(dsql_tui.console.__path__, "dsql_tui.console."):
        importlib.import_module(module.name)
    waiting: list[type[Dialog[Any]]] = [*Dialog.__subclasses__()]
    while waiting:
        dialog = waiting.pop()
        if dialog.__subclasses__():
            waiting += dialog.__subclasses__()
        elif dialog.__module__.startswith("dsql_tui."):
            yield dialog


def test_every_dialog_decides_what_typing_ahead_may_do() -> None:
    decided = {dialog.__name__: dialog.IGNORES_TYPEAHEAD for dialog in dialogs()}
    asks = {name for name, ignores in decided.items() if ignores}
    assert asks == ASK_BEFORE_A_WRITE_OR_LOSS
    assert set(decided) - asks == OPEN_CHOOSE_OR_SHOW


def test_the_screens_of_long_runs_are_not_started_by_keys_typed_before() -> None:
    assert LongRunScreen.IGNORES_TYPEAHEAD
