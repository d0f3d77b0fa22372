"""A control plane on the loopback, called by unmodified boto3.

One endpoint and one key ring serve the whole run, so that boto3's clients (tens of milliseconds
each) are made once; each test has a control plane, a state, database hooks and a clock of its own.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from dsql_tui.errors import LocalError
from dsql_tui.local.control.plane import ControlPlane
from dsql_tui.local.control.protocol.endpoint import HttpEndpoint
from dsql_tui.local.control.protocol.protocols import HttpRequest, HttpResponse
from dsql_tui.local.control.protocol.shapes import from_json, violations
from dsql_tui.local.control.state import AccountState, StoredStatus
from dsql_tui.local.iam.identity import AccessKey, KeyRing
from dsql_tui.local.metering.counters import Counters

NOWHERE = "a" * 26
"""The identifier of a cluster that does not exist."""


def refusal(call: Any, /, **params: Any) -> dict[str, Any]:
    """Return boto3's whole error response of a call that must be refused."""
    with pytest.raises(ClientError) as error:
        call(**params)
    response: dict[str, Any] = dict(error.value.response)
    return response


def check_by_model(http_response: Any, model: Any, **_event: Any) -> None:
    """Hold an answer of dsql to botocore's model: every test of the control plane checks its own.

    Every member must be the model's, every required one there, every value of its type, enum,
    pattern and length; a refusal must be one that the operation may give, with its HTTP status.
    """
    body = json.loads(http_response.content or b"{}")
    code = http_response.headers.get("x-amzn-ErrorType")
    shape = model.output_shape
    if code is not None:
        if code not in model.service_model.shape_names:
            return  # one of AWS's common errors: signatures, unknown operations
        shape = model.service_model.shape_for(code)
        assert code in {one.name for one in model.error_shapes}, f"{model.name} has no {code}"
        assert http_response.status_code == shape.metadata["error"]["httpStatusCode"]
    if shape is None:
        assert body == {}
        return
    assert list(strangers(shape, body)) == []
    assert list(violations(shape, from_json(shape, body))) == []


def strangers(shape: Any, value: Any) -> Iterator[str]:
    """Yield the members that a shape does not have."""
    if shape.type_name == "structure":
        known = {one.serialization.get("name", name): one for name, one in shape.members.items()}
        for name, member in value.items():
            if name in known:
                yield from strangers(known[name], member)
            else:
                yield f"{shape.name}.{name}"
    elif shape.type_name == "list":
        for one in value:
            yield from strangers(shape.member, one)


class Plant:
    """Databases that are only names; work on them can be held up or made to fail."""

    def __init__(self) -> None:
        self.databases: set[str] = set()
        self.may_work = threading.Event()
        self.may_work.set()
        self.may_retire = threading.Event()
        self.may_retire.set()
        self.broken = False

    def provision(self, database_id: str) -> None:
        self._work()
        self.databases.add(database_id)

    def retire(self, database_id: str) -> None:
        assert self.may_retire.wait(10)
        self._work()
        self.databases.discard(database_id)

    def _work(self) -> None:
        assert self.may_work.wait(10)
        if self.broken:
            raise LocalError("The disk is full.")


class Clock:
    """The real time, advanced by the test; signatures allow five minutes."""

    def __init__(self) -> None:
        self.offset = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.offset

    def advance(self, **span: float) -> None:
        self.offset += timedelta(**span)


class Wire:
    """The endpoint and boto3's clients, which outlive the control planes they serve.

    Attributes:
        asked: Method and path of every request so far.
    """

    def __init__(self) -> None:
        self.keyring = KeyRing()
        self.plane: ControlPlane | None = None
        self.asked: list[tuple[str, str]] = []
        self.endpoint = HttpEndpoint(self._answer)
        self._session = boto3.Session()
        self._clients: dict[tuple[str, str, str, str], Any] = {}

    def client(self, service: str, region: str, key: AccessKey) -> Any:
        name = (service, region, key.access_key_id, key.secret)
        if name not in self._clients:
            self._clients[name] = self._session.client(
                service,
                region_name=region,
                endpoint_url=self.endpoint.url,
                aws_access_key_id=key.access_key_id,
                aws_secret_access_key=key.secret,
                aws_session_token=key.session_token or None,
                config=Config(retries={"total_max_attempts": 1}),
            )
            if service == "dsql":
                self._clients[name].meta.events.register("after-call", check_by_model)
        return self._clients[name]

    def _answer(self, request: HttpRequest) -> HttpResponse | None:
        assert self.plane is not None
        self.asked.append((request.method, request.path))
        return self.plane.answer(request)


@dataclass
class Aws:
    """One test's account, seen through boto3."""

    wire: Wire
    state: AccountState = field(default_factory=AccountState)
    hooks: Plant = field(default_factory=Plant)
    clock: Clock = field(default_factory=Clock)
    regions_down: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.counters = Counters(self.clock)
        self.plane = ControlPlane(
            self.state,
            self.wire.keyring,
            self.hooks,
            self.clock,
            counters=self.counters,
            region_down=self.regions_down.__contains__,
        )
        self.wire.plane = self.plane

    def client(
        self, service: str = "dsql", region: str = "us-east-1", key: AccessKey | None = None
    ) -> Any:
        return self.wire.client(service, region, key or self.wire.keyring.admin)

    def create(self, region: str = "us-east-1", **options: Any) -> Mapping[str, Any]:
        """Create a cluster and wait for its database; return what CreateCluster said."""
        created: Mapping[str, Any] = self.client(region=region).create_cluster(
            **{"deletionProtectionEnabled": False, **options}
        )
        self.plane.settle()
        return created

    def status(self, created: Mapping[str, Any]) -> str:
        region = created["arn"].split(":")[3]
        response = self.client(region=region).get_cluster(identifier=created["identifier"])
        return str(response["status"])

    def assume(self, role: str, **span: float) -> AccessKey:
        """Return temporary credentials of a role, by default for an hour from now."""
        lifetime = timedelta(**(span or {"hours": 1}))
        arn = f"arn:aws:iam::000000000000:role/{role}"
        return self.wire.keyring.assume_role(arn, "test", lifetime, self.clock())

    def made_earlier(self, **span: float) -> None:
        """Let all clusters, and the counting, have begun so long ago."""
        earlier = Clock()
        earlier.advance(**{unit: -amount for unit, amount in span.items()})
        for record in self.state.clusters():
            self.state.save(replace(record, created_at=earlier()))
        self.counters.began_at = earlier()

    def active(self) -> int:
        return sum(one.status is StoredStatus.ACTIVE for one in self.state.clusters())
