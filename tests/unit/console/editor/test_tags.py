from __future__ import annotations

from dataclasses import replace

from dsql_tui.console.editor.editor_tabs import TAG_MAX, tag_of
from dsql_tui.console.shared.tab_contents import Buffer, TabTarget, from_text, to_text

SHOP = TabTarget("arn:aws:dsql:us-east-1:1:cluster/a", "admin", "default", "shop")
PEER = replace(SHOP, arn="arn:aws:dsql:us-east-2:1:cluster/b")
TODOS = replace(SHOP, arn="arn:aws:dsql:us-east-1:1:cluster/c", name="todos-dev")


def test_a_tag_shows_only_the_differences_from_the_first_tab() -> None:
    assert tag_of(SHOP, SHOP) == ""
    assert tag_of(replace(SHOP, role="app_ro"), SHOP) == "@app_ro"
    assert tag_of(TODOS, SHOP) == "todos-dev"
    assert tag_of(replace(TODOS, role="app_ro"), SHOP) == "todos-dev@app_ro"
    assert tag_of(PEER, SHOP) == "shop use2"


def test_a_tab_without_a_cluster_differs_from_a_tab_with_one() -> None:
    assert tag_of(None, None) == ""
    assert tag_of(None, SHOP) == "no cluster"
    assert tag_of(SHOP, None) == "shop@admin"


def test_a_long_name_is_cut() -> None:
    tag = tag_of(replace(TODOS, name="a" * 60), SHOP)
    assert len(tag) == TAG_MAX
    assert tag.endswith("…")


def test_a_tab_keeps_its_target_and_nothing_else_of_its_session() -> None:
    tabs = (Buffer("one", "select 1", target=SHOP), Buffer("two", "", target=TODOS))
    assert from_text(to_text(tabs)) == tabs


def test_tabs_kept_by_an_older_version_have_no_target() -> None:
    assert from_text('[{"name": "old", "text": "select 1", "path": ""}]') == (
        Buffer("old", "select 1"),
    )
