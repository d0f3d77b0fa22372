"""Every operation of the API from the console: which keys call which."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from textual.widgets import Input, TextArea

from dsql_tui.console.fleet.screen import FleetScreen
from tests.pilot.fleet.conftest import OpenFleet
from tests.pilot.fleet.test_fleet import done, opened_details, to
from tests.support.control_plane import Aws
from tests.support.desk import Desk
from tests.support.operations import OPERATIONS, operations_of

Steps = Callable[[Desk], Awaitable[None]]


async def back(console: Desk) -> None:
    """Return to the board and wait until it is as it was."""
    while not isinstance(console.app.screen, FleetScreen):
        await console.press("escape")
    await console.settle()


async def look(console: Desk) -> None:
    await opened_details(console, "todos-dev")
    await console.settle()


async def create(console: Desk) -> None:
    await console.press("n", *"orders", "ctrl+s")
    await done(console)


async def update(console: Desk) -> None:
    await to(console, "archive")
    await console.press("u", "space", "ctrl+s")
    await done(console)


async def tag(console: Desk) -> None:
    await look(console)
    await console.press("t")
    console.app.screen.query_one(TextArea).text = "Name=todos-dev\nmore=tags"
    await console.press("ctrl+s")
    await done(console)


async def stream(console: Desk) -> None:
    await look(console)
    await console.press("s")
    kinesis, role = console.app.screen.query(Input)
    kinesis.value = "arn:aws:kinesis:us-east-1:000000000000:stream/todos"
    role.value = "arn:aws:iam::000000000000:role/writer"
    await console.press("ctrl+s")
    await done(console)
    await console.settle()


async def drop_stream(console: Desk) -> None:
    await stream(console)
    await console.press("X", "right", "enter")
    await done(console)


async def policy(console: Desk) -> None:
    await look(console)
    await console.press("p", "ctrl+b", "ctrl+s")
    await done(console)
    await console.settle()


async def drop_policy(console: Desk) -> None:
    await policy(console)
    await console.press("p")
    console.app.screen.query_one(TextArea).text = ""
    await console.press("ctrl+s")
    await done(console)


async def delete(console: Desk) -> None:
    await to(console, "todos-dev")
    await console.press("D", *"todos-dev", "ctrl+s")
    await done(console)


WAYS: tuple[tuple[Steps, set[str]], ...] = (
    (look, {"ListClusters", "GetCluster", "GetClusterPolicy", "ListStreams"}),
    (look, {"GetVpcEndpointServiceName"}),
    (update, {"UpdateCluster"}),
    (tag, {"ListTagsForResource", "TagResource", "UntagResource"}),
    (drop_stream, {"CreateStream", "GetStream", "DeleteStream"}),
    (drop_policy, {"PutClusterPolicy", "DeleteClusterPolicy"}),
    (delete, {"DeleteCluster"}),
    (create, {"CreateCluster"}),
)


async def test_every_operation_has_keys_that_call_it(aws: Aws, fleet: OpenFleet) -> None:
    async with fleet() as console:
        for steps, wanted in WAYS:
            await steps(console)
            assert wanted <= operations_of(aws.wire.asked), steps.__name__
            aws.wire.asked.clear()
            await back(console)
    assert set().union(*(wanted for _, wanted in WAYS)) == OPERATIONS
