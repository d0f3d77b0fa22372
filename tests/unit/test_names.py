"""A class name has one meaning in the whole package."""

from __future__ import annotations

import ast
from collections import defaultdict

from tests.unit.test_layers import PACKAGE

SHARED = {
    "Arrangement": "console/fleet/rows.py results/arrangement.py",
    "ClusterStatus": "local/control/state.py model/cluster.py",
    "Column": "console/access/rows.py console/fleet/cells.py model/result.py",
    "FormDialog": "console/access/forms.py console/fleet/dialogs/form.py",
    "PlanFailed": "console/long_runs/messages.py console/messages/catalog.py",
    "Section": "config/sections.py console/fleet/sections.py",
    "Source": "config/sources.py console/access/rows.py",
    "Tab": "console/run/tab.py console/widgets/frame.py",
    "Target": "cli/shared/target.py console/shared/tab_contents.py",
}
"""Names that more than one class has; the list may only become shorter."""


def test_a_class_name_occurs_once() -> None:
    places: dict[str, set[str]] = defaultdict(set)
    for path in PACKAGE.rglob("*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef):
                places[node.name].add(path.relative_to(PACKAGE).as_posix())
    several = {name: files for name, files in places.items() if len(files) > 1}
    unlisted = {
        name: files for name, files in several.items() if files - set(SHARED.get(name, "").split())
    }
    assert not unlisted
