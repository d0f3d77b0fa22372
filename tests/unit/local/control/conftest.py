"""One endpoint for the whole run; each test has its own account there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.control_plane import Aws, Wire


@pytest.fixture(scope="session")
def wire() -> Iterator[Wire]:
    wire = Wire()
    yield wire
    wire.endpoint.close()


@pytest.fixture
def aws(wire: Wire) -> Iterator[Aws]:
    aws = Aws(wire)
    yield aws
    aws.hooks.may_work.set()
    aws.hooks.may_retire.set()
    aws.plane.settle()
