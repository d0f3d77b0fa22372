"""An application that has ended leaves nothing in memory; the tests of a worker start hundreds."""

from __future__ import annotations

import gc
from weakref import ref

import pytest

from dsql_tui.console.app import app as app_module
from dsql_tui.console.app.app import ConsoleApp
from tests.support.desk import desk


async def opened_and_closed() -> ref[ConsoleApp]:
    async with desk() as console:
        await console.connect()
        await console.run("select 1")
        return ref(console.app)


async def test_an_application_that_has_ended_is_garbage() -> None:
    ended = [await opened_and_closed() for _ in range(2)]
    gc.collect()
    # The loop still holds the last one's contexts.
    assert [application() for application in ended[:-1]] == [None]


@pytest.mark.parametrize("is_enabled", [True, False])
def test_only_objects_made_while_collection_was_off_are_kept_for_good(
    is_enabled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    monkeypatch.setattr(gc, "isenabled", lambda: is_enabled)
    monkeypatch.setattr(gc, "freeze", lambda: calls.append("freeze"))
    monkeypatch.setattr(gc, "enable", lambda: calls.append("enable"))
    app_module._collect_garbage()
    assert calls == ([] if is_enabled else ["freeze", "enable"])
