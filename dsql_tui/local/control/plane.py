"""Processes the requests of the AWS endpoint.

Each request is verified, matched to an operation of a service's botocore model, parsed and checked
by that model, performed by the service, and answered in the protocol of the request. The operations
are implemented in one module per service, the wire formats in `protocols`, sockets in `endpoint`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from datetime import UTC, datetime

from dsql_tui.errors import LocalError
from dsql_tui.local.control.cloudwatch.cloudwatch import cloudwatch_service
from dsql_tui.local.control.database_hooks import DatabaseHooks
from dsql_tui.local.control.dsql.dsql import dsql_service
from dsql_tui.local.control.dsql.lifecycle import Lifecycle
from dsql_tui.local.control.dsql.region_sets import REGIONS
from dsql_tui.local.control.dsql.tagging import tagging_service
from dsql_tui.local.control.protocol.endpoint import CONNECTIONS_MAX, HttpEndpoint
from dsql_tui.local.control.protocol.models import service_model
from dsql_tui.local.control.protocol.protocols import (
    ApiError,
    AwsProtocol,
    HttpRequest,
    HttpResponse,
    UnknownOperation,
    protocol_of,
    unknown_service,
)
from dsql_tui.local.control.protocol.service import Call, Clock, Operation, Service
from dsql_tui.local.control.protocol.shapes import MalformedInput, Violation, violations
from dsql_tui.local.control.state import AccountState
from dsql_tui.local.control.sts import sts_service
from dsql_tui.local.iam.identity import Caller, KeyRing, RequestRefused
from dsql_tui.local.iam.sigv4 import Authorization
from dsql_tui.local.metering.counters import Counters

_ROLES_MAY = ("Get", "List", "Describe")
"""Beginnings of operations that roles may perform; only the user may change resources."""


def utc_now() -> datetime:
    """Return the current time as aware UTC."""
    return datetime.now(UTC)


class ControlPlane:
    """Processes AWS requests for the clusters of one state.

    Args:
        state: The clusters.
        keyring: Verifies the callers.
        hooks: Creates and deletes databases.
        clock: Returns the time as aware UTC.
        counters: The gateway's counters.
        regions: Simulated Regions; by default all that have Aurora DSQL.
        region_down: Returns whether a Region is unreachable now.

    Attributes:
        services: The available services, by the service name in the signature of their requests.
    """

    def __init__(
        self,
        state: AccountState,
        keyring: KeyRing,
        hooks: DatabaseHooks,
        clock: Clock = utc_now,
        *,
        counters: Counters | None = None,
        regions: Collection[str] = REGIONS,
        region_down: Callable[[str], bool] = lambda _region: False,
    ) -> None:
        self._keyring = keyring
        self._clock = clock
        self._one_at_a_time = threading.Lock()
        self._regions = REGIONS.intersection(regions)
        self._region_down = region_down
        self._lifecycle = Lifecycle(state, hooks)
        counted = counters or Counters(clock)
        services = (
            dsql_service(state, self._lifecycle, counted),
            sts_service(keyring),
            cloudwatch_service(state, counted),
            tagging_service(state),
        )
        self.services = {one.signing_name: one for one in services}

    def serve(self, port: int = 0, connections_max: int = CONNECTIONS_MAX) -> HttpEndpoint:
        """Serve on 127.0.0.1 until the returned endpoint is closed.

        Args:
            port: TCP port; 0 selects a free one.
            connections_max: How many connections may be open at once.

        Raises:
            LocalError: The port is busy.
        """
        try:
            endpoint = HttpEndpoint(self.answer, port, connections_max)
        except OSError as error:
            raise LocalError(
                f"Cannot listen on 127.0.0.1:{port}: {error.strerror or error}.",
                remedy="Choose another port with --port.",
            ) from error
        threading.Thread(target=service_model, args=("dsql",), name="models", daemon=True).start()
        self._lifecycle.resume()
        return endpoint

    def settle(self) -> None:
        """Wait for databases being created or deleted in the background."""
        self._lifecycle.settle()

    def answer(self, request: HttpRequest) -> HttpResponse | None:
        """Return the response to a request; `None` drops the connection, like a failed Region."""
        authorization = Authorization.parse(request.headers.get("authorization", ""))
        scope = authorization.scope if authorization else None
        if scope is not None and self._region_down(scope.region):
            return None
        service = self.services.get(scope.service if scope else "dsql")
        if service is None:
            return unknown_service(request, scope.service if scope else "")
        protocol = protocol_of(request, service_model(service.name))
        try:
            return self._perform(service, protocol, request, scope.region if scope else "")
        except RequestRefused as refusal:
            code, status = protocol.refusals[refusal.kind]
            error = ApiError(code, refusal.message, status=status)
        except UnknownOperation:
            error = ApiError("UnknownOperationException", "Unknown operation.", status=404)
        except MalformedInput as malformed:
            error = service.malformed(str(malformed))
        except LocalError as failure:
            error = ApiError("InternalServerException", failure.message, status=500)
        except ApiError as refused:
            error = refused
        return protocol.write_error(error)

    def _perform(
        self, service: Service, protocol: AwsProtocol, request: HttpRequest, region: str
    ) -> HttpResponse:
        call = Call(self._verify(request), region, self._clock())
        operation = protocol.operation(request)
        perform = self._permitted(service, protocol, call, operation.name)
        params = protocol.read(operation, request)
        if operation.input_shape is not None:
            broken = list(violations(operation.input_shape, params))
            if broken:
                raise service.invalid(broken)
        with self._one_at_a_time:
            result = perform(call, params)
        return protocol.write(operation, result)

    def _verify(self, request: HttpRequest) -> Caller:
        return self._keyring.verify_request(
            request.method,
            request.path,
            request.query,
            request.headers,
            request.body,
            self._clock(),
        )

    def _permitted(
        self, service: Service, protocol: AwsProtocol, call: Call, name: str
    ) -> Operation:
        """Return the function of an operation, if it is implemented and the caller may use it."""
        action = f"{service.name}:{name}"
        perform = service.operations.get(name)
        if perform is None:
            sentence = f"The local DSQL does not implement {action}."
            raise ApiError("NotImplementedException", sentence, status=501)
        if not call.caller.is_admin and not name.startswith(_ROLES_MAY):
            raise ApiError(
                protocol.access_denied,
                f"User: {call.caller.arn} is not authorized to perform: {action} because no "
                f"identity-based policy allows the {action} action",
                status=403,
            )
        if service.is_regional and call.region not in self._regions:
            played = ", ".join(sorted(self._regions))
            sentence = f"The local DSQL does not simulate {call.region}, only {played}."
            raise service.invalid([Violation("region", sentence)])
        return perform
