"""One of every dialog of the console, as it is first shown."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

from textual.app import App

import dsql_tui.console
from dsql_tui.console.access.changes import (
    AlterRoleDialog,
    DefaultsDialog,
    GrantDialog,
    MapDialog,
    NewRoleDialog,
    TemplateDialog,
)
from dsql_tui.console.access.pages import Page, PagesDialog, SaveDialog
from dsql_tui.console.access.review import ReviewDialog
from dsql_tui.console.access.texts import CompareDialog
from dsql_tui.console.access.why import WhyDialog
from dsql_tui.console.app.help import HelpDialog
from dsql_tui.console.app.manual import ManualDialog
from dsql_tui.console.app.palette import PaletteDialog
from dsql_tui.console.app.themes import DARK, themes, variable_defaults
from dsql_tui.console.clusters.code import CodeDialog
from dsql_tui.console.clusters.doctor import DoctorDialog
from dsql_tui.console.clusters.profile import ProfileDialog
from dsql_tui.console.clusters.role import RoleDialog
from dsql_tui.console.clusters.where import WhereDialog
from dsql_tui.console.definitions.dialog import CompareDefinitionsDialog
from dsql_tui.console.editor.fix import FixDialog
from dsql_tui.console.fleet.dialogs.change import ChangeDialog
from dsql_tui.console.fleet.dialogs.create import CreateDialog
from dsql_tui.console.fleet.dialogs.delete import DeleteDialog
from dsql_tui.console.fleet.dialogs.edit import PolicyDialog, StreamDialog, TagsDialog
from dsql_tui.console.fleet.dialogs.progress import ProgressDialog
from dsql_tui.console.fleet.dialogs.resume import ResumeDialog
from dsql_tui.console.grid.widget import ResultGrid
from dsql_tui.console.inspector.change_dialog import ChangeFormDialog
from dsql_tui.console.inspector.change_forms import RelationChangeKind, form_of
from dsql_tui.console.inspector.choice import ChoiceDialog, ListedChoice
from dsql_tui.console.inspector.finder import FinderDialog, ListedObject
from dsql_tui.console.results.dialogs.cell import CellDialog
from dsql_tui.console.results.dialogs.columns import ColumnsDialog
from dsql_tui.console.results.dialogs.copy_as import CopyAsDialog
from dsql_tui.console.results.dialogs.export import ExportDialog
from dsql_tui.console.results.dialogs.plot import PlotDialog
from dsql_tui.console.results.dialogs.record import RecordDialog
from dsql_tui.console.results.dialogs.summary import SummaryDialog
from dsql_tui.console.results.row_editing.dialogs import (
    BooleanDialog,
    RowDiffersDialog,
    ValueDialog,
)
from dsql_tui.console.results.row_editing.review import ReviewChangesDialog
from dsql_tui.console.results.row_editing.service import RunPlace
from dsql_tui.console.run.again import AgainDialog
from dsql_tui.console.run.danger import DangerDialog
from dsql_tui.console.run.history import HistoryDialog
from dsql_tui.console.run.offers import Offer
from dsql_tui.console.run.parameters import ParametersDialog
from dsql_tui.console.session.session_state import SessionState
from dsql_tui.console.session.sessions import SessionPair
from dsql_tui.console.session.token import TokenDialog
from dsql_tui.console.session.transaction import Danger
from dsql_tui.console.shared.key import Place
from dsql_tui.console.shared.keys import KEYS
from dsql_tui.console.side_by_side.dialog import BesideDialog
from dsql_tui.console.side_by_side.sides import ComparedSide
from dsql_tui.console.widgets.confirm import ConfirmDialog
from dsql_tui.console.widgets.dialog import STYLES, Dialog
from dsql_tui.console.widgets.line import LineDialog
from dsql_tui.console.widgets.paths import PathDialog
from dsql_tui.model.access.effective import Access
from dsql_tui.model.result import Column
from dsql_tui.model.source_table import TableColumn
from dsql_tui.results.plot import Chart, PlotChoice
from dsql_tui.results.store import ResultStore
from dsql_tui.results.summary import Summary
from dsql_tui.rows.staged import NewKey
from dsql_tui.rows.statements import RowStatement
from dsql_tui.sql.access.plans import PlannedStatement
from dsql_tui.sql.browsing.definition import NamedKind, NamedThing
from dsql_tui.sql.dsql.lint import Fix, LintFinding, LintSeverity
from dsql_tui.sql.lexing.split import Statement
from tests.support.access_samples import SHOP as SHOP_ACCESS
from tests.support.fakes import NOW, SHOP, FakeServices
from tests.support.inspection_samples import ORDERS
from tests.support.rows import chunk

ENDPOINT = SHOP.endpoint(FakeServices().profile, "app_rw")
COLUMNS = (Column("id", 20), Column("name", 25))
STEPS = (PlannedStatement("GRANT SELECT ON TABLE public.orders TO app_ro", "a reason"),)


def _pair() -> SessionPair:
    return SessionPair(FakeServices(), ENDPOINT)


def _grid() -> ResultGrid:
    grid = ResultGrid()
    store = ResultStore(COLUMNS)
    store.append(chunk(["1", "Grinder"], ["2", None]))
    grid.show_store(store)
    return grid


DIALOGS: Mapping[type[Dialog[Any]], Callable[[], Dialog[Any]]] = {
    AgainDialog: lambda: AgainDialog(Offer("Retry the statement?", ("select 1",))),
    AlterRoleDialog: lambda: AlterRoleDialog(SHOP_ACCESS, SHOP_ACCESS.own_roles[1]),
    BesideDialog: lambda: BesideDialog(SHOP, ENDPOINT, (ComparedSide("us-east-2", "app_ro"),)),
    BooleanDialog: lambda: BooleanDialog(TableColumn(1, "paid", "boolean", 16), "t"),
    CellDialog: lambda: CellDialog(0, COLUMNS[1], b'{"a": 1}'),
    ChangeFormDialog: lambda: ChangeFormDialog(
        ORDERS, form_of(RelationChangeKind.CREATE_INDEX, ORDERS, "note")
    ),
    ChangeDialog: lambda: ChangeDialog(SHOP),
    ChoiceDialog: lambda: ChoiceDialog(
        "Rows that refer to this one", (ListedChoice("orders", "3 rows"),), verb="Open rows"
    ),
    CodeDialog: lambda: CodeDialog("Enter MFA code for arn:aws:iam::111122223333:mfa/ada:"),
    ColumnsDialog: lambda: ColumnsDialog(COLUMNS, (0,)),
    CompareDefinitionsDialog: lambda: CompareDefinitionsDialog(
        "shop@us-east-1", ("shop@us-east-1",)
    ),
    CompareDialog: CompareDialog,
    ConfirmDialog: lambda: ConfirmDialog("Quit?", "A transaction is open.", verb="Quit"),
    CopyAsDialog: lambda: CopyAsDialog("3 rows"),
    CreateDialog: lambda: CreateDialog(("us-east-1",)),
    DangerDialog: lambda: DangerDialog(
        ENDPOINT,
        (Danger("delete from orders", "Delete every row of orders", ("orders",), True),),
        ("orders ~1.2 k rows",),
        production=False,
    ),
    DefaultsDialog: lambda: DefaultsDialog(SHOP_ACCESS, "app_ro"),
    DeleteDialog: lambda: DeleteDialog((SHOP,)),
    DoctorDialog: lambda: DoctorDialog(FakeServices(), ENDPOINT),
    ExportDialog: lambda: ExportDialog("3 rows", Path("/tmp"), guard_formulas=True),
    FinderDialog: lambda: FinderDialog(
        (ListedObject(NamedThing(NamedKind.RELATION, ("public", "orders")), "table"),)
    ),
    FixDialog: lambda: FixDialog(
        "create index i on t (a)",
        LintFinding("rule", LintSeverity.ERROR, "Not asynchronous.", "", 0, 6, _statement()),
        Fix(0, 6, "create index async i on t (a)", ("It runs as a job.",)),
    ),
    GrantDialog: lambda: GrantDialog(SHOP_ACCESS, "app_ro", SHOP_ACCESS.objects[1]),
    HelpDialog: lambda: HelpDialog({Place.WORKSPACE: [(KEYS[0], (KEYS[0].keys,))]}, {}),
    HistoryDialog: lambda: HistoryDialog(FakeServices(), lambda: NOW),
    LineDialog: lambda: LineDialog("Save as", placeholder="path.sql", verb="Save"),
    ManualDialog: lambda: ManualDialog("editing"),
    MapDialog: lambda: MapDialog(SHOP_ACCESS, "app_ro"),
    NewRoleDialog: lambda: NewRoleDialog(SHOP_ACCESS),
    PagesDialog: lambda: PagesDialog(
        "IAM policy", [Page("One", "1.json", "{}"), Page("Two", "2.json", "[]", "A note.")]
    ),
    PaletteDialog: lambda: PaletteDialog([]),
    PathDialog: lambda: PathDialog("Open file", placeholder="path.sql", verb="Open"),
    ParametersDialog: lambda: ParametersDialog((":since", ":until"), {":since": None}),
    PlotDialog: lambda: PlotDialog(_grid(), PlotChoice(Chart.LINE, None, (0,))),
    PolicyDialog: lambda: PolicyDialog(SHOP, None),
    ProfileDialog: lambda: ProfileDialog(("default", "work"), "work"),
    ProgressDialog: lambda: ProgressDialog("Delete cluster", lambda: None),
    RecordDialog: lambda: RecordDialog(_grid()),
    ResumeDialog: lambda: ResumeDialog(SHOP, has_peer=True),
    ReviewChangesDialog: lambda: ReviewChangesDialog(
        "1 change of orders",
        [[RowStatement(NewKey(1, 1), "INSERT INTO orders DEFAULT VALUES", "", (1,), {})]],
        RunPlace(ENDPOINT),
    ),
    ReviewDialog: lambda: ReviewDialog("Grant", STEPS, _pair()),
    RowDiffersDialog: lambda: RowDiffersDialog(
        (TableColumn(1, "status", "text", 25),), ("paid",), ("shipped",), "Nothing was changed."
    ),
    RoleDialog: lambda: RoleDialog(SHOP, ("app_rw", "admin")),
    SaveDialog: lambda: SaveDialog("policy.json", "{}"),
    StreamDialog: StreamDialog,
    SummaryDialog: lambda: SummaryDialog(
        Summary("id", "bigint", 3, 0, 3, "1", "3", "6", "2", (1, 1, 1), ())
    ),
    TagsDialog: lambda: TagsDialog(SHOP),
    TemplateDialog: lambda: TemplateDialog(SHOP_ACCESS, "app_ro"),
    TokenDialog: lambda: TokenDialog(SessionState(), lambda: NOW),
    ValueDialog: lambda: ValueDialog(TableColumn(1, "note", "text", 25), "a\nb"),
    WhereDialog: lambda: WhereDialog("A transaction is open."),
    WhyDialog: lambda: WhyDialog(Access(SHOP_ACCESS), "app_ro", SHOP_ACCESS.objects[1]),
}


def _statement() -> Statement:
    text = "create index i on t (a)"
    return Statement(text, 0, len(text))


def dialog_classes() -> Iterator[type[Dialog[Any]]]:
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


class DialogApp(App[None]):
    """A program in our themes that shows nothing but a dialog."""

    CSS_PATH: ClassVar = sorted(STYLES.parent.glob("*.tcss"))

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return variable_defaults(self.get_theme(self.theme) or themes()[0])

    def on_mount(self) -> None:
        for theme in themes():
            self.register_theme(theme)
        self.theme = DARK
