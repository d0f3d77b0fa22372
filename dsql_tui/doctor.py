"""Diagnoses why a cluster cannot be reached: each layer with its time, result and remedy.

The diagnosis ends at the first failure, because the following steps would fail too; they are
reported as skipped. Nothing is changed.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Iterator
from contextlib import closing

from dsql_tui import __version__
from dsql_tui.aws.clusters import find_cluster
from dsql_tui.aws.session import CLOCK_SKEW_WARN_S, AwsSession
from dsql_tui.aws.tokens import generate_token
from dsql_tui.errors import (
    AccessDenied,
    ConnectError,
    DsqlTuiError,
    StatementError,
    TokenRefused,
)
from dsql_tui.model.access.policy import action_policy, connect_policy
from dsql_tui.model.checkup import CheckResult, CheckStep, Verdict
from dsql_tui.model.cluster import Cluster
from dsql_tui.model.endpoint import ADMIN_ROLE, Endpoint
from dsql_tui.model.token import AuthToken
from dsql_tui.pg import probe
from dsql_tui.pg.session import Session
from dsql_tui.pg.translate import PLACEHOLDER_ARN
from dsql_tui.snippets import Language, render
from dsql_tui.sql.dsql import lint

Check = Callable[[], tuple[Verdict, str, str]]
"""Looks at one thing; returns verdict, detail and remedy, or raises one of our errors."""


def examine(
    aws: AwsSession, cluster: str, role_of: Callable[[Cluster], str]
) -> Iterator[CheckResult]:
    """Yield the result of each check as it completes.

    Args:
        aws: The profile to examine.
        cluster: Name, `name@region`, identifier, ARN or endpoint host.
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
    }
    well = True
    for step, check in checks.items():
        if not well:
            yield CheckResult(step, Verdict.SKIPPED, "not reached")
            continue
        finding = _take(step, check, patient.remedy_for)
        well = finding.verdict is not Verdict.FAILED
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

    def __init__(self, aws: AwsSession, wanted: str, role_of: Callable[[Cluster], str]) -> None:
        self._aws = aws
        self._wanted = wanted
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
        program = render(Language.PSQL, self._cluster, self._role, self._aws.profile)[0]
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
        identity = self._aws.identity()
        self._arn = identity.arn
        return Verdict.OK, identity.arn, ""

    def api(self) -> tuple[Verdict, str, str]:
        region = self._aws.regions[0]
        self._skew_s = skew_s = self._aws.clock_skew_s(region)
        if abs(skew_s) > CLOCK_SKEW_WARN_S:
            return (
                Verdict.WARNING,
                f"{region} answers; this machine's clock is off by {skew_s:+.0f} s",
                "Set the clock. DSQL refuses tokens signed with a wrong time.",
            )
        return Verdict.OK, f"{region} answers, clock within {abs(skew_s):.0f} s", ""

    def look_up(self) -> tuple[Verdict, str, str]:
        self._cluster = cluster = find_cluster(self._aws, self._aws.regions, self._wanted)
        self._role = self._role_of(cluster)
        self._endpoint = cluster.endpoint(self._aws.profile, self._role)
        detail = f"{cluster.name} in {cluster.region}: {cluster.status}"
        if not cluster.status.connectable:
            return Verdict.FAILED, detail, "Wait until the cluster is ACTIVE."
        return Verdict.OK, detail, ""

    def resolve(self) -> tuple[Verdict, str, str]:
        self._addresses = probe.resolve(self._endpoint)
        how = " (set by the profile)" if self._endpoint.hostaddr else ""
        return Verdict.OK, f"{self._endpoint.host} → {', '.join(self._addresses)}{how}", ""

    def dial(self) -> tuple[Verdict, str, str]:
        probe.dial(self._addresses[0], self._endpoint.port).close()
        return Verdict.OK, f"{self._addresses[0]}:{self._endpoint.port} answers", ""

    def handshake(self) -> tuple[Verdict, str, str]:
        with probe.dial(self._addresses[0], self._endpoint.port) as connected:
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

    def dismiss(self) -> None:
        if self._session is not None:
            self._session.close()
