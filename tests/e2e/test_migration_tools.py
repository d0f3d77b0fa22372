"""The SQL of the page about migration tools runs, and what the tools print is advised about."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from dsql_tui.local.process.server_info import ServerInfo
from dsql_tui.manual import page
from dsql_tui.pg.session import Session
from dsql_tui.scripts.run import run_script
from dsql_tui.sql.dsql.lint import LintSeverity, check
from dsql_tui.sql.dsql.script_plan import Checkpoint, plan_script
from tests.support.new_clusters import new_clusters, open_session

PRINTED = Path(__file__).parents[1] / "recorded" / "migrations"
"""What the tools print for a model of two tables, unchanged."""
SECTION = re.compile(r"^## (\w+)[^\n]*\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"^```sql\n(.*?)^```", re.MULTILINE | re.DOTALL)
EXAMPLES = {
    tool.lower(): block[1]
    for tool, text in SECTION.findall(page("migrations"))
    if (block := BLOCK.search(text))
}
WHOLE_TRANSACTION = {"multi_ddl_transaction", "mixed_ddl_dml_transaction"}
"""What `dsql-tui script` resolves by itself."""
UNFINISHED = """
SELECT indexrelid::regclass::text FROM pg_catalog.pg_index i
JOIN pg_catalog.pg_class c ON c.oid = indexrelid
WHERE NOT indisvalid AND c.relnamespace = 'public'::regnamespace
UNION ALL SELECT conname FROM pg_catalog.pg_constraint WHERE NOT convalidated
"""


@pytest.fixture(scope="module")
def session(local_dsql: ServerInfo) -> Iterator[Session]:
    """Give a session on a cluster with nothing in it."""
    with (
        new_clusters(local_dsql, "migrated"),
        closing(open_session(local_dsql, "migrated")) as session,
    ):
        yield session


def refusals(text: str) -> set[str]:
    return {each.rule for each in check(text) if each.severity is LintSeverity.ERROR}


def test_every_tool_has_an_example() -> None:
    assert set(EXAMPLES) == {"alembic", "django", "drizzle", "prisma", "flyway", "dbmate"}


@pytest.mark.parametrize("tool", sorted(EXAMPLES))
def test_an_example_runs(local_dsql: ServerInfo, session: Session, tool: str) -> None:
    text = EXAMPLES[tool]
    assert refusals(text) <= WHOLE_TRANSACTION
    plan = plan_script(text)
    list(
        run_script(
            lambda: open_session(local_dsql, "migrated"),
            plan,
            Checkpoint(plan.digest, "c"),
            lambda _: None,
        )
    )
    assert session.fetch(UNFINISHED) == []


@pytest.mark.parametrize("tool", sorted(path.stem for path in PRINTED.glob("*.sql")))
def test_what_a_tool_prints_is_refused_with_a_rule(tool: str) -> None:
    printed = refusals((PRINTED / f"{tool}.sql").read_text(encoding="utf-8"))
    assert printed - WHOLE_TRANSACTION
