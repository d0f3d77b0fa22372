"""Find out why a cluster cannot be reached: each layer on its own, with time, verdict and remedy.

The first failure ends the examination, because what comes after it could only fail too; the steps
not taken are told as skipped. Nothing is changed anywhere.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing

from dsql_tui.aws.clusters import find_cluster
from dsql_tui.aws.session import AwsSession
from dsql_tui.aws.tokens import generate_token
from dsql_tui.errors import ConnectError, DsqlTuiError, StatementError, TokenRefused
from dsql_tui.model.checkup import Finding, Step, Verdict
from dsql_tui.model.cluster import Cluster
from dsql_tui.model.endpoint import ADMIN_ROLE, Endpoint
from dsql_tui.model.policy import connect_policy
from dsql_tui.model.token import AuthToken
from dsql_tui.pg import probe
from dsql_tui.pg.session import Session
from dsql_tui.pg.translate import PLACEHOLDER_ARN

CLOCK_SKEW_WARN_S = 60
"""Skew that is worth a word; AWS refuses signatures from about 300 s."""

Check = Callable[[], tuple[Verdict, str, str]]
"""Looks at one thing; returns verdict, detail and remedy, or raises one of our errors."""


def examine(aws: AwsSession, cluster: str, role: str = ADMIN_ROLE) -> Iterator[Finding]:
    """Yield a finding for every step, as each is done.

    Args:
        aws: The profile to examine.
        cluster: Name, `name@region`, identifier, ARN or endpoint host.
        role: Database role to become.
    """
    patient = _Patient(aws, cluster, role)
    checks: dict[Step, Check] = {
        Step.CREDENTIALS: patient.credentials,
        Step.IDENTITY: patient.identity,
        Step.API: patient.api,
        Step.CLUSTER: patient.look_up,
        Step.DNS: patient.resolve,
        Step.TCP: patient.dial,
        Step.TLS: patient.handshake,
        Step.TOKEN: patient.sign,
        Step.CONNECT: patient.connect,
        Step.QUERY: patient.query,
    }
    well = True
    for step, check in checks.items():
        if not well:
            yield Finding(step, Verdict.SKIPPED, "not reached")
            continue
        finding = _take(step, check)
        well = finding.verdict is not Verdict.FAILED
        yield finding
    patient.dismiss()


def _take(step: Step, check: Check) -> Finding:
    started = time.monotonic()
    try:
        verdict, detail, remedy = check()
    except DsqlTuiError as error:
        hint = f" {error.hint}" if isinstance(error, ConnectError) and error.hint else ""
        verdict, detail, remedy = Verdict.FAILED, error.message + hint, error.remedy
    return Finding(step, verdict, detail, remedy, (time.monotonic() - started) * 1_000)


class _Patient:
    """What the steps have found so far; each check relies on those before it."""

    def __init__(self, aws: AwsSession, wanted: str, role: str) -> None:
        self._aws = aws
        self._wanted = wanted
        self._role = role
        self._cluster: Cluster | None = None
        self._endpoint = Endpoint("", "")
        self._addresses: list[str] = []
        self._token: AuthToken | None = None
        self._session: Session | None = None
        self._arn = ""

    def credentials(self) -> tuple[Verdict, str, str]:
        found = self._aws.credentials()
        until = f", until {found.expires_at:%Y-%m-%d %H:%M} UTC" if found.expires_at else ""
        return Verdict.OK, f"{self._aws.provenance(found)}, key …{found.last_four}{until}", ""

    def identity(self) -> tuple[Verdict, str, str]:
        identity = self._aws.identity()
        self._arn = identity.arn
        return Verdict.OK, identity.arn, ""

    def api(self) -> tuple[Verdict, str, str]:
        region = self._aws.regions[0]
        skew_s = self._aws.clock_skew_s(region)
        if abs(skew_s) > CLOCK_SKEW_WARN_S:
            return (
                Verdict.WARNING,
                f"{region} answers; this machine's clock is off by {skew_s:+.0f} s",
                "Set the clock; a token signed with a wrong time is refused.",
            )
        return Verdict.OK, f"{region} answers, clock within {abs(skew_s):.0f} s", ""

    def look_up(self) -> tuple[Verdict, str, str]:
        self._cluster = cluster = find_cluster(self._aws, self._aws.regions, self._wanted)
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
        return Verdict.OK, f"{token.action}, valid until {token.usable_until:%H:%M:%S} UTC", ""

    def connect(self) -> tuple[Verdict, str, str]:
        if self._token is None or self._cluster is None:
            raise AssertionError("connect comes after sign")
        try:
            self._session = Session.open(self._endpoint, self._token)
        except TokenRefused as error:
            policy = connect_policy(self._cluster, self._role)
            grant = error.remedy.replace(PLACEHOLDER_ARN, self._arn)
            remedy = f"{grant}\nThe policy that allows it:\n{policy}"
            return Verdict.FAILED, f"{error.message} {error.hint}".strip(), remedy
        return Verdict.OK, f"connected as {self._role}", ""

    def query(self) -> tuple[Verdict, str, str]:
        if self._session is None:
            raise AssertionError("query comes after connect")
        with closing(self._session) as session:
            try:
                ((version,),) = session.fetch("SELECT sys.dsql_major_version()")
            except StatementError as error:
                return Verdict.WARNING, f"it answers, but not as DSQL: {error.message}", ""
        return Verdict.OK, f"DSQL {version} answers", ""

    def dismiss(self) -> None:
        if self._session is not None:
            self._session.close()
