"""Diagnoses why a cluster cannot be reached: each layer with its time, result and remedy.

A layer is tried unless one that it needs has failed; then it is reported as skipped. The endpoint
of a cluster is known without the API if the cluster is named by it or by an ARN, or if its peer in
another Region is found. Nothing is changed.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace

from dsql_tui import __version__
from dsql_tui.aws.checks import peers_and_witnesses
from dsql_tui.aws.clusters import find_cluster, list_clusters
from dsql_tui.aws.session import CLOCK_SKEW_WARN_S, AwsSession
from dsql_tui.aws.tokens import generate_token
from dsql_tui.errors import (
    AccessDenied,
    AwsError,
    ClusterNotFound,
    ConnectError,
    ConnectStep,
    DsqlTuiError,
    RegionUnreachable,
    StatementError,
    TokenRefused,
)
from dsql_tui.model.access.policy import action_policy, connect_policy
from dsql_tui.model.address import Address, address_of
from dsql_tui.model.cells import inert
from dsql_tui.model.checkup import CheckResult, CheckStep, Verdict
from dsql_tui.model.cluster import Cluster
from dsql_tui.model.endpoint import ADMIN_ROLE, Endpoint
from dsql_tui.model.span import duration
from dsql_tui.model.token import AuthToken
from dsql_tui.pg import probe
from dsql_tui.pg.session import Session
from dsql_tui.pg.translate import PLACEHOLDER_ARN
from dsql_tui.snippets import Language, render
from dsql_tui.sql.dsql import lint

_MARKS = {Verdict.OK: "✓", Verdict.WARNING: "!", Verdict.FAILED: "✗", Verdict.SKIPPED: "·"}
Check = Callable[[], tuple[Verdict, str, str]]
"""Looks at one thing; returns verdict, detail and remedy, or raises one of our errors."""
RoleOf = Callable[[Cluster | None], str]
"""Returns the role to connect as; the cluster is `None` if it could not be looked up."""
_NEEDS: Mapping[CheckStep, tuple[CheckStep, ...]] = {
    CheckStep.IDENTITY: (CheckStep.CREDENTIALS,),
    CheckStep.API: (CheckStep.CREDENTIALS,),
    CheckStep.DNS: (CheckStep.CLUSTER,),
    CheckStep.TCP: (CheckStep.DNS,),
    CheckStep.TLS: (CheckStep.TCP,),
    CheckStep.TOKEN: (CheckStep.CREDENTIALS, CheckStep.CLUSTER),
    CheckStep.CONNECT: (CheckStep.TLS, CheckStep.TOKEN),
    CheckStep.QUERY: (CheckStep.CONNECT,),
    CheckStep.WEBSOCKET: (CheckStep.DNS,),
}
"""The checks whose success a check needs directly."""
_SILENT_STEPS = frozenset({ConnectStep.TCP, ConnectStep.TLS})
"""Steps at which an endpoint did not answer."""
_HEALTH = (
    "If it cannot be reached from other networks either, see the state of the Region at"
    " https://health.aws.amazon.com/health/status."
)


def examine(aws: AwsSession, cluster: str, role_of: RoleOf) -> Iterator[CheckResult]:
    """Yield the result of each check as it completes.

    Args:
        aws: The profile to examine.
        cluster: Name, `name@region`, identifier, ARN, or endpoint host, also as `host@region`.
        role_of: Returns the database role to connect as.
    """
    patient = _Patient(aws, cluster, role_of)
    checks: dict[CheckStep, Check] = {
        CheckStep.INSTALLATION: installation,
        CheckStep.CREDENTIALS: patient.credentials,
        CheckStep.IDENTITY: patient.identity,
        CheckStep.API: patient.api,
        CheckStep.CLUSTER: patient.look_up,
        CheckStep.DNS: patient.resolve,
        CheckStep.TCP: patient.dial,
        CheckStep.TLS: patient.handshake,
        CheckStep.TOKEN: patient.sign,
        CheckStep.CONNECT: patient.connect,
        CheckStep.QUERY: patient.query,
        CheckStep.WEBSOCKET: patient.open_websocket,
        CheckStep.REGION: patient.region,
    }
    causes: dict[CheckStep, CheckStep] = {}
    for step, check in checks.items():
        cause = next((causes[need] for need in _NEEDS.get(step, ()) if need in causes), None)
        if cause is not None:
            causes[step] = cause
            yield CheckResult(step, Verdict.SKIPPED, f"not tried: {cause} failed")
            continue
        finding = _take(step, check, patient.remedy_for)
        if finding.verdict is Verdict.FAILED:
            causes[step] = step
        yield finding
    patient.dismiss()


def installation() -> tuple[Verdict, str, str]:
    """Return the versions in use, with a warning if statements are checked less thoroughly."""
    libc = " ".join(platform.libc_ver())
    parts = [
        f"dsql-tui {__version__}",
        f"Python {platform.python_version()}",
        " ".join(filter(None, [platform.system(), platform.machine(), libc])),
    ]
    if lint.program() is None:
        return Verdict.WARNING, ", ".join([*parts, "without dsql-lint"]), lint.ABSENT
    return Verdict.OK, ", ".join([*parts, "with dsql-lint"]), ""


def as_text(finding: CheckResult) -> str:
    """Return a check's result in one line, and what to do below it."""
    head = f"{_MARKS[finding.verdict]} {finding.step:<17}{finding.verdict:<8}"
    took = "" if finding.verdict is Verdict.SKIPPED else f"{duration(finding.elapsed_ms):>8}  "
    remedy = finding.remedy.replace("\n", "\n    ")
    return f"{head}{took}{inert(finding.detail)}" + (f"\n    → {remedy}" if remedy else "")


def _take(step: CheckStep, check: Check, remedy_for: Callable[[DsqlTuiError], str]) -> CheckResult:
    started = time.monotonic()
    try:
        verdict, detail, remedy = check()
    except DsqlTuiError as error:
        hint = f" {error.hint}" if isinstance(error, ConnectError) and error.hint else ""
        verdict, detail, remedy = Verdict.FAILED, error.message + hint, remedy_for(error)
    return CheckResult(step, verdict, detail, remedy, (time.monotonic() - started) * 1_000)


class _Patient:
    """The results of the steps so far; each check relies on the previous ones."""

    def __init__(self, aws: AwsSession, wanted: str, role_of: RoleOf) -> None:
        self._aws = aws
        self._wanted = wanted
        name, _, region = wanted.rpartition("@")
        self._address = address_of(wanted) or address_of(name)
        self._wanted_region = self._address.region if self._address else region if name else ""
        self._peer: Cluster | None = None
        self._apis: dict[str, bool] = {}
        self._endpoint_answers: bool | None = None
        self._role_of = role_of
        self._role = ADMIN_ROLE
        self._cluster: Cluster | None = None
        self._endpoint = Endpoint("", "")
        self._addresses: list[str] = []
        self._token: AuthToken | None = None
        self._session: Session | None = None
        self._arn = ""
        self._skew_s = 0.0

    def remedy_for(self, error: DsqlTuiError) -> str:
        """Return what to do about an error, with the policy or the command that belongs to it."""
        if isinstance(error, AccessDenied) and error.action:
            policy = action_policy(error.action, self._resource(error.action))
            return f"{error.remedy}\nThe policy that allows it:\n{policy}"
        if not isinstance(error, ConnectError) or self._cluster is None:
            return error.remedy
        lines = [error.remedy.replace(PLACEHOLDER_ARN, self._arn)]
        if isinstance(error, TokenRefused):
            lines += ["The policy that allows it:", connect_policy(self._cluster, self._role)]
        # It signs as the diagnosis does, whichever identity the role is mapped to.
        profile = replace(self._aws.profile, role_profiles={})
        program = render(Language.PSQL, self._cluster, self._role, profile)[0]
        commands = [line for line in program.text.splitlines() if not line.startswith("#")]
        return "\n".join([*filter(None, lines), "The equivalent psql command:", *commands])

    def _resource(self, action: str) -> str:
        """Return what an action must be allowed on: listing has no narrower resource than all."""
        if not action.startswith("dsql:") or action == "dsql:ListClusters":
            return "*"
        if self._cluster is not None:
            return self._cluster.arn
        account = self._arn.split(":")[4] if self._arn.count(":") >= 5 else "*"
        return f"arn:aws:dsql:{self._aws.regions[0]}:{account}:cluster/*"

    def credentials(self) -> tuple[Verdict, str, str]:
        credentials = self._aws.credentials()
        until = (
            f", until {credentials.expires_at:%Y-%m-%d %H:%M} UTC" if credentials.expires_at else ""
        )
        return (
            Verdict.OK,
            f"{self._aws.provenance(credentials)}, key …{credentials.last_four}{until}",
            "",
        )

    def identity(self) -> tuple[Verdict, str, str]:
        with self._asking(self._aws.regions[0]):
            identity = self._aws.identity()
        self._arn = identity.arn
        return Verdict.OK, identity.arn, ""

    def api(self) -> tuple[Verdict, str, str]:
        region = self._aws.regions[0]
        with self._asking(region):
            self._skew_s = skew_s = self._aws.clock_skew_s(region)
        if abs(skew_s) > CLOCK_SKEW_WARN_S:
            return (
                Verdict.WARNING,
                f"{region} answers; this machine's clock is off by {skew_s:+.0f} s",
                "Set the clock. DSQL refuses tokens signed with a wrong time.",
            )
        return Verdict.OK, f"{region} answers, clock within {abs(skew_s):.0f} s", ""

    @contextmanager
    def _asking(self, region: str) -> Iterator[None]:
        """Note whether the AWS API of a Region answers."""
        try:
            yield
        except RegionUnreachable:
            self._apis[region] = False
            raise
        except AccessDenied:
            self._apis[region] = True
            raise
        self._apis[region] = True

    def look_up(self) -> tuple[Verdict, str, str]:
        """Find the cluster by the API, else its endpoint without it."""
        try:
            self._cluster = cluster = find_cluster(self._aws, self._aws.regions, self._wanted)
        except ClusterNotFound:
            raise
        except AwsError as error:
            return self._known_address(error)
        self._apis[cluster.region] = True
        self._role = self._role_of(cluster)
        self._endpoint = cluster.endpoint(self._aws.profile, self._role)
        detail = f"{cluster.name} in {cluster.region}: {cluster.status}"
        if not cluster.status.connectable:
            return Verdict.FAILED, detail, "Wait until the cluster is ACTIVE."
        return Verdict.OK, detail, ""

    def _known_address(self, error: AwsError) -> tuple[Verdict, str, str]:
        """Use the endpoint in the cluster's name, or that of its peer's ARN.

        Raises:
            AwsError: `error`: the endpoint is not known.
        """
        if isinstance(error, RegionUnreachable):
            region = self._wanted_region or self._aws.regions[0]
            self._apis[region] = False
            self._peer = self._found_peer(region)
        address = self._address or self._address_by_peer()
        if address is None:
            raise error
        self._role = self._role_of(None)
        self._endpoint = address.endpoint(self._aws.profile, self._role)
        return Verdict.WARNING, f"{address.host}, known without the API: {error.message}", ""

    def _found_peer(self, region: str) -> Cluster | None:
        """Return the cluster of another Region that is the peer of the one in `region`."""
        others = dict.fromkeys((*self._aws.regions, *peers_and_witnesses(region)))
        wanted = self._wanted.partition("@")[0]
        for event in list_clusters(self._aws, [each for each in others if each != region]):
            if not isinstance(event, Cluster) or region not in event.peer_regions:
                continue
            if event.name == wanted or any(self._names(arn) for arn in event.peer_arns):
                return event
        return None

    def _names(self, arn: str) -> bool:
        """Whether the cluster was named by the identifier in an ARN, or by what contains it."""
        return arn.rpartition("/")[2] in self._wanted

    def _address_by_peer(self) -> Address | None:
        return address_of(self._peer.peer_arns[0]) if self._peer is not None else None

    def resolve(self) -> tuple[Verdict, str, str]:
        self._addresses = probe.resolve(self._endpoint)
        how = " (set by the profile)" if self._endpoint.hostaddr else ""
        return Verdict.OK, f"{self._endpoint.host} → {', '.join(self._addresses)}{how}", ""

    def dial(self) -> tuple[Verdict, str, str]:
        with self._reaching():
            probe.dial(self._addresses[0], self._endpoint.port).close()
        return Verdict.OK, f"{self._addresses[0]}:{self._endpoint.port} answers", ""

    def handshake(self) -> tuple[Verdict, str, str]:
        with (
            self._reaching(),
            probe.dial(self._addresses[0], self._endpoint.port) as connected,
        ):
            version, issuer = probe.handshake(connected, self._endpoint)
        return Verdict.OK, f"{version}, certificate of {issuer}", ""

    def sign(self) -> tuple[Verdict, str, str]:
        self._token = token = generate_token(self._aws, self._endpoint)
        clock = f"signed with a clock {self._skew_s:+.0f} s off from AWS"
        until = f"{token.action}, valid until {token.usable_until:%H:%M:%S} UTC"
        if abs(self._skew_s) > CLOCK_SKEW_WARN_S:
            return Verdict.WARNING, f"{until}, {clock}", "Set the clock if the token is refused."
        return Verdict.OK, f"{until}, {clock}", ""

    def connect(self) -> tuple[Verdict, str, str]:
        if self._token is None:
            raise AssertionError("connect comes after sign")
        with self._reaching():
            self._session = Session.open(self._endpoint, self._token)
        return Verdict.OK, f"connected as {self._role}", ""

    def query(self) -> tuple[Verdict, str, str]:
        if self._session is None:
            raise AssertionError("query comes after connect")
        with closing(self._session) as session:
            try:
                ((version,),) = session.fetch("SELECT sys.dsql_major_version()")
            except StatementError as error:
                return Verdict.WARNING, f"the server is not DSQL: {error.message}", ""
        return Verdict.OK, f"DSQL {version} answers", ""

    def open_websocket(self) -> tuple[Verdict, str, str]:
        """Check whether drivers in browsers can connect; nothing else depends on it."""
        port = self._aws.profile.websocket_port
        if port is None:
            return Verdict.SKIPPED, "no port for WebSockets is known on this way", ""
        try:
            with probe.dial(self._addresses[0], port) as connected:
                status = probe.open_websocket(connected, self._endpoint)
        except ConnectError as error:
            return Verdict.WARNING, error.message, error.remedy
        return Verdict.OK, f"wss://{self._endpoint.host}:{port} answers {status}", ""

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        """Note whether the endpoint answers; one that closes the connection does not."""
        try:
            yield
        except ConnectError as error:
            self._endpoint_answers = error.step not in _SILENT_STEPS
            raise
        self._endpoint_answers = True

    def region(self) -> tuple[Verdict, str, str]:
        """Say whether it is the Region that is down, from what its API and endpoint answered."""
        region = self._endpoint.region or self._wanted_region or self._aws.regions[0]
        api, endpoint = self._apis.get(region), self._endpoint_answers
        if api is None and endpoint is None:
            return Verdict.SKIPPED, f"{region} was not asked", ""
        detail = f"{region}: the API {_answered(api)}, the endpoint {_answered(endpoint)}"
        if api is False and not endpoint:
            return Verdict.FAILED, f"{region} is down or cut off. {detail}", self._elsewhere()
        if api is False or endpoint is False:
            return Verdict.WARNING, detail, self._elsewhere()
        silent = [each for each, answers in self._apis.items() if not answers]
        if silent:
            return Verdict.WARNING, f"{detail}; {', '.join(silent)}: the API does not answer", ""
        return Verdict.OK, detail, ""

    def _elsewhere(self) -> str:
        """Return where else the database can be reached."""
        if self._peer is not None:
            return f"Connect to the peer: {self._peer.name}@{self._peer.region}."
        if self._cluster is not None and self._cluster.peer_regions:
            return f"Connect to the peer: {self._cluster.name}@{self._cluster.peer_regions[0]}."
        return _HEALTH

    def dismiss(self) -> None:
        if self._session is not None:
            self._session.close()


def _answered(answers: bool | None) -> str:
    return {None: "was not asked", True: "answers", False: "does not answer"}[answers]
