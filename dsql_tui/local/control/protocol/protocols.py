"""The AWS wire protocols: parse requests, format responses and errors.

`rest-json` (dsql), `json` (cloudwatch, tagging) and `query` (sts, and cloudwatch for older
clients), driven by botocore's service models.
"""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import unquote
from uuid import uuid4
from xml.sax.saxutils import escape

from dsql_tui.local.control.protocol import shapes
from dsql_tui.local.control.protocol.shapes import MalformedInput
from dsql_tui.local.iam.identity import RefusalKind
from dsql_tui.local.iam.sigv4 import query_pairs

if TYPE_CHECKING:
    from botocore.model import OperationModel, ServiceModel, Shape

Params = dict[str, Any]


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """An HTTP request.

    Attributes:
        method: HTTP method.
        path: The path, percent-encoded.
        query: The query string as sent, without `?`.
        headers: Values by name in lower case.
        body: The complete body.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """An HTTP response; `Content-Length` is added when it is sent."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


class ApiError(Exception):
    """An error response of an operation, from the service's model or AWS's common errors.

    Args:
        code: Error shape or code (`ResourceNotFoundException`).
        message: Text for users.
        status: HTTP status, if the model does not define it.
        members: Other members of the error shape.
    """

    def __init__(self, code: str, message: str, *, status: int = 400, **members: Any) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.members = members


class UnknownOperation(Exception):
    """The service's model has no such operation."""


class AwsProtocol(ABC):
    """One wire protocol over one service model."""

    refusals: ClassVar[Mapping[RefusalKind, tuple[str, int]]]
    """Error code and HTTP status of a wrongly signed request."""
    access_denied: ClassVar[str]
    """Error code of an operation the caller may not perform."""

    @abstractmethod
    def operation(self, request: HttpRequest) -> OperationModel:
        """Return the requested operation.

        Raises:
            UnknownOperation: The service has no such operation.
        """

    @abstractmethod
    def read(self, operation: OperationModel, request: HttpRequest) -> Params:
        """Return the operation's input.

        Raises:
            Malformed: It cannot be read.
        """

    @abstractmethod
    def write(self, operation: OperationModel, result: Params) -> HttpResponse:
        """Return the response for `result`."""

    @abstractmethod
    def write_error(self, error: ApiError) -> HttpResponse:
        """Return the response for `error`."""


_EXCEPTION_CODES = {
    RefusalKind.MISSING: "MissingAuthenticationTokenException",
    RefusalKind.INCOMPLETE: "IncompleteSignatureException",
    RefusalKind.UNKNOWN_KEY: "UnrecognizedClientException",
    RefusalKind.BAD_SIGNATURE: "InvalidSignatureException",
    RefusalKind.EXPIRED_CREDENTIALS: "ExpiredTokenException",
}
_QUERY_CODES = {
    RefusalKind.MISSING: "MissingAuthenticationToken",
    RefusalKind.INCOMPLETE: "IncompleteSignature",
    RefusalKind.UNKNOWN_KEY: "InvalidClientTokenId",
    RefusalKind.BAD_SIGNATURE: "SignatureDoesNotMatch",
    RefusalKind.EXPIRED_CREDENTIALS: "ExpiredToken",
}


def _with_status(
    codes: Mapping[RefusalKind, str], status: int
) -> dict[RefusalKind, tuple[str, int]]:
    """Return each code with its HTTP status; that of an incomplete signature is always 400."""
    return {
        kind: (code, 400 if kind is RefusalKind.INCOMPLETE else status)
        for kind, code in codes.items()
    }


class RestJson(AwsProtocol):
    """REST-JSON: the operation is the method and path; the input is in path, query and body."""

    refusals: ClassVar = _with_status(_EXCEPTION_CODES, 403)
    access_denied = "AccessDeniedException"

    def __init__(self, model: ServiceModel) -> None:
        self._model = model
        operations = (model.operation_model(name) for name in model.operation_names)
        self._routes = [(_route(one.http["requestUri"]), one) for one in operations]

    def operation(self, request: HttpRequest) -> OperationModel:
        """Return the requested operation; see `AwsProtocol`."""
        return self._match(request)[0]

    def read(self, operation: OperationModel, request: HttpRequest) -> Params:
        """Return the operation's input; see `AwsProtocol`."""
        shape = operation.input_shape
        if shape is None:
            return {}
        _, labels = self._match(request)
        pairs = query_pairs(request.query)
        placed = {k: one for k, one in shape.members.items() if "location" in one.serialization}
        params: Params = {}
        if request.body and len(placed) < len(shape.members):
            body = shapes.from_json(shape, _decode_json(request.body))
            params = {name: value for name, value in body.items() if name not in placed}
        for name, member in placed.items():
            wire = member.serialization.get("name", name)
            values = [value for key, value in pairs if key == wire]
            if member.serialization["location"] == "uri":
                values = [unquote(labels[wire])]
            if values:
                params[name] = _from_texts(member, values, name)
        return params

    def _match(self, request: HttpRequest) -> tuple[OperationModel, Mapping[str, str]]:
        """Return the operation a method and path name, with the labels in the path."""
        for route, operation in self._routes:
            if operation.http["method"] == request.method:
                matched = route.fullmatch(request.path)
                if matched:
                    return operation, matched.groupdict()
        raise UnknownOperation(f"{request.method} {request.path}")

    def write(self, operation: OperationModel, result: Params) -> HttpResponse:
        """Return the response for `result`."""
        shape = operation.output_shape
        body = shapes.to_json(shape, result) if shape else {}
        status = int(operation.http.get("responseCode", 200))
        return _json_response(status, body, "application/json")

    def write_error(self, error: ApiError) -> HttpResponse:
        """Return the response for `error`."""
        shape = _error_shape(self._model, error.code)
        status = shape.metadata["error"]["httpStatusCode"] if shape else error.status
        body = {"message": error.message, **error.members}
        return _json_response(status, body, "application/json", {"x-amzn-ErrorType": error.code})


class Json(AwsProtocol):
    """AWS JSON 1.0 and 1.1: the operation is in `X-Amz-Target`, the input is the body."""

    refusals: ClassVar = _with_status(_EXCEPTION_CODES, 400)
    access_denied = "AccessDeniedException"

    def __init__(self, model: ServiceModel) -> None:
        self._model = model
        self._content_type = f"application/x-amz-json-{model.metadata['jsonVersion']}"

    def operation(self, request: HttpRequest) -> OperationModel:
        """Return the requested operation; see `AwsProtocol`."""
        prefix, _, name = request.headers.get("x-amz-target", "").rpartition(".")
        if prefix != self._model.metadata["targetPrefix"]:
            raise UnknownOperation(name)
        return _named_operation(self._model, name)

    def read(self, operation: OperationModel, request: HttpRequest) -> Params:
        """Return the operation's input; see `AwsProtocol`."""
        if operation.input_shape is None:
            return {}
        body = _decode_json(request.body or b"{}")
        params: Params = shapes.from_json(operation.input_shape, body)
        return params

    def write(self, operation: OperationModel, result: Params) -> HttpResponse:
        """Return the response for `result`."""
        shape = operation.output_shape
        body = shapes.to_json(shape, result) if shape else {}
        return _json_response(200, body, self._content_type)

    def write_error(self, error: ApiError) -> HttpResponse:
        """Return the response for `error`."""
        headers = {}
        if self._model.is_query_compatible:
            fault = "Sender" if error.status < 500 else "Receiver"
            headers["x-amzn-query-error"] = f"{error.code};{fault}"
        body = {"__type": error.code, "message": error.message, **error.members}
        return _json_response(error.status, body, self._content_type, headers)


class Query(AwsProtocol):
    """AWS Query: operation and input are form fields, the response is XML."""

    refusals: ClassVar = _with_status(_QUERY_CODES, 403)
    access_denied = "AccessDenied"

    def __init__(self, model: ServiceModel) -> None:
        self._model = model
        self._namespace = model.metadata["xmlNamespace"]

    def operation(self, request: HttpRequest) -> OperationModel:
        """Return the requested operation; see `AwsProtocol`."""
        return _named_operation(self._model, _form(request).get("Action", ""))

    def read(self, operation: OperationModel, request: HttpRequest) -> Params:
        """Return the operation's input; see `AwsProtocol`."""
        if operation.input_shape is None:
            return {}
        params: Params = shapes.from_form(operation.input_shape, _form(request))
        return params

    def write(self, operation: OperationModel, result: Params) -> HttpResponse:
        """Return the response for `result`."""
        inner, shape = "", operation.output_shape
        if shape is not None:
            wrapper = shape.serialization.get("resultWrapper", f"{operation.name}Result")
            inner = shapes.to_xml(shape, result, wrapper)
        return self._xml(200, f"{operation.name}Response", inner, in_metadata=True)

    def write_error(self, error: ApiError) -> HttpResponse:
        """Return the response for `error`."""
        fault = "Sender" if error.status < 500 else "Receiver"
        inner = (
            f"<Error><Type>{fault}</Type><Code>{escape(error.code)}</Code>"
            f"<Message>{escape(error.message)}</Message></Error>"
        )
        return self._xml(error.status, "ErrorResponse", inner, in_metadata=False)

    def _xml(self, status: int, tag: str, inner: str, *, in_metadata: bool) -> HttpResponse:
        request_id = str(uuid4())
        identified = f"<RequestId>{request_id}</RequestId>"
        if in_metadata:
            identified = f"<ResponseMetadata>{identified}</ResponseMetadata>"
        text = f'<{tag} xmlns="{self._namespace}">{inner}{identified}</{tag}>'
        headers = {"Content-Type": "text/xml", "x-amzn-RequestId": request_id}
        return HttpResponse(status, text.encode(), headers)


def protocol_of(request: HttpRequest, model: ServiceModel) -> AwsProtocol:
    """Return the protocol of a request, by default that of the service."""
    supported = model.metadata["protocols"]
    if "x-amz-target" in request.headers and "json" in supported:
        return _made(Json, model)
    if "query" in supported:
        return _made(Query, model)
    return _made(RestJson if "rest-json" in supported else Json, model)


@cache
def _made(kind: type[Json | Query | RestJson], model: ServiceModel) -> AwsProtocol:
    return kind(model)


_XML_SERVICES = frozenset({"s3", "route53", "cloudfront"})
"""Services of the rest-xml protocol; a client that calls them by mistake can only read XML."""


def unknown_service(request: HttpRequest, name: str) -> HttpResponse:
    """Return the response for an unsupported service, in a protocol its client can read."""
    code, message = "NotImplementedException", f"The local DSQL does not implement {name}."
    form = request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
    if form or name in _XML_SERVICES:
        error = f"<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
        text = f"<ErrorResponse>{error}</ErrorResponse>" if form else error
        return HttpResponse(501, text.encode(), {"Content-Type": "text/xml"})
    headers = {"x-amzn-ErrorType": code}
    body = {"__type": code, "message": message}
    return _json_response(501, body, "application/json", headers)


def _route(template: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", template.partition("?")[0])
    return re.compile(
        "".join(
            f"(?P<{part}>[^/]+)" if index % 2 else re.escape(part)
            for index, part in enumerate(parts)
        )
    )


def _from_texts(member: Shape, values: list[str], name: str) -> Any:
    if member.type_name == "list":
        return [shapes.from_text(member.member, value, name) for value in values]
    return shapes.from_text(member, values[0], name)


def _decode_json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise MalformedInput("The request body is not JSON") from None


def _json_response(
    status: int, body: Any, content_type: str, headers: Mapping[str, str] | None = None
) -> HttpResponse:
    common = {"Content-Type": content_type, "x-amzn-RequestId": str(uuid4())}
    return HttpResponse(status, json.dumps(body).encode(), {**common, **(headers or {})})


def _error_shape(model: ServiceModel, code: str) -> Shape | None:
    return next((shape for shape in model.error_shapes if shape.name == code), None)


def _named_operation(model: ServiceModel, name: str) -> OperationModel:
    if name not in model.operation_names:
        raise UnknownOperation(name)
    return model.operation_model(name)


def _form(request: HttpRequest) -> dict[str, str]:
    text = request.body.decode("utf-8", "replace") if request.method == "POST" else request.query
    return dict(query_pairs(text.replace("+", "%20")))
