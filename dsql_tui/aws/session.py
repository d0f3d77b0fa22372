"""One AWS profile: its clients, its identity, and translation of its errors.

boto3 costs 140 ms to import, so it is imported when the first client is made, in a worker.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from dsql_tui.aws.regions import REGIONS
from dsql_tui.errors import (
    AccessDenied,
    AwsError,
    ConfigError,
    CredentialsExpired,
    CredentialsMissing,
    DeletionProtected,
    InvalidRequest,
    QuotaExceeded,
    RegionUnreachable,
    ResourceConflict,
    ServiceBusy,
)
from dsql_tui.model.endpoint import Profile
from dsql_tui.model.identity import CredentialsInfo, Identity

if TYPE_CHECKING:
    import boto3
    from botocore.exceptions import ClientError

_DEFAULT_PROFILE = "default"
"""botocore needs no file for it."""
CONNECT_TIMEOUT_S = 5
READ_TIMEOUT_S = 15
ATTEMPTS = 3
"""Tries per call, botocore's standard mode: throttling and 5xx are retried with backoff."""

_MISSING_ACTION = re.compile(r"not authorized to perform: ([\w:-]+)")
_EXPIRED_CODES = frozenset({"ExpiredToken", "ExpiredTokenException"})
CLOCK_SKEW_WARN_S = 60
"""Skew that is worth a word; AWS refuses signatures from about 300 s."""
_SET_CLOCK = "Set this machine's clock. AWS refuses requests signed with a wrong time."
_WRONG_KEY_CODES = frozenset(
    {
        "InvalidClientTokenId",
        "UnrecognizedClientException",
        "InvalidSignatureException",
        "SignatureDoesNotMatch",
        "IncompleteSignature",
        "RequestExpired",
        "RequestTimeTooSkewed",
        "RequestInTheFuture",
    }
)
_DENIED_CODES = frozenset({"AccessDenied", "AccessDeniedException"})
_BUSY_CODES = frozenset(
    {"ThrottlingException", "Throttling", "InternalServerException", "ServiceUnavailable"}
)
_NO_CODE = "The role requires an MFA code, but none was entered."
_ASK_AGAIN = "Sign in again with a current code."
_SERVICES = {"AssumeRole": "sts", "GetMetricData": "cloudwatch", "ListMetrics": "cloudwatch"}
"""Services of operations that are not dsql's, for naming an action AWS did not name."""
_SIGN_IN = (
    "Sign in (aws sso login, aws configure, or AWS_PROFILE), "
    "or try it without an account: dsql-tui launch --local."
)


_LONG_TERM = frozenset({"shared-credentials-file", "config-file"})
"""botocore's words for sources of keys that stay until somebody rotates them."""
AskCode = Callable[[str], str]
"""Asks the person for an MFA code, given a prompt; blocks until there is an answer."""


class AwsSession:
    """The services of one AWS profile; clients are shared by threads.

    Args:
        profile: Which one.
        ask_code: Asks for MFA codes; `None` asks on the terminal, as botocore does.
    """

    def __init__(self, profile: Profile, ask_code: AskCode | None = None) -> None:
        self.profile = profile
        self._ask_code = ask_code
        self._lock = Lock()
        self._boto: boto3.Session | None = None
        self._core: Any = None
        self._clients: dict[tuple[str, str], Any] = {}

    @property
    def regions(self) -> tuple[str, ...]:
        """The Regions to list: the profile's, else the configured one, else all that offer DSQL.

        Raises:
            ConfigError: The profile does not exist.
        """
        if self.profile.regions:
            return self.profile.regions
        with self._lock:
            configured = self._session().region_name
        return (configured,) if configured else tuple(REGIONS)

    def client(self, service: str, region: str) -> Any:
        """Return the cached boto3 client of a service in a Region.

        Raises:
            ConfigError: The profile does not exist.
        """
        from botocore.config import Config

        with self._lock:
            key = (service, region)
            if key not in self._clients:
                self._clients[key] = self._session().client(
                    service,
                    region_name=region,
                    config=Config(
                        connect_timeout=CONNECT_TIMEOUT_S,
                        read_timeout=READ_TIMEOUT_S,
                        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
                    ),
                )
            return self._clients[key]

    def identity(self) -> Identity:
        """Return the caller identity (sts:GetCallerIdentity, which no policy can deny).

        Raises:
            AwsError: No credentials, expired ones, or AWS cannot be reached.
        """
        region = self.regions[0]
        with translated(region):
            answer = self.client("sts", region).get_caller_identity()
        return Identity(answer["Arn"], answer["Account"], answer["UserId"])

    def credentials(self) -> CredentialsInfo:
        """Return the displayable part of the current credentials, refreshing them if needed.

        Raises:
            CredentialsMissing: boto3 found none.
            CredentialsExpired: They cannot be refreshed.
        """
        with self._lock, translated(""):
            credentials = self._session().get_credentials()
            if credentials is None:
                raise CredentialsMissing("No AWS credentials were found.", remedy=_SIGN_IN)
            access_key_id = credentials.get_frozen_credentials().access_key
        return CredentialsInfo(access_key_id, credentials.method or "unknown", _expiry(credentials))

    def is_outdated(self) -> bool:
        """Whether the files contain other long-term keys than those in use, after a rotation.

        Credentials that are refreshed automatically are never outdated; no MFA code is asked for.
        """
        with self._lock:
            used = self._session().get_credentials()
        if used is None or used.method not in _LONG_TERM:
            return False
        credentials = AwsSession(self.profile)._session().get_credentials()  # noqa: SLF001 - our own
        return (
            credentials is not None
            and credentials.get_frozen_credentials() != used.get_frozen_credentials()
        )

    def role_chain(self) -> tuple[str, ...]:
        """Return the chain of role ARNs and profiles that the profile assumes, the last one first.

        The source of the first keys follows, if it is not a profile (`Environment`).
        Empty when no role is assumed. A profile that names itself or a missing one ends the chain.

        Raises:
            ConfigError: The profile does not exist.
        """
        with self._lock:
            name = self._session().profile_name
            profiles = self._core.full_config.get("profiles", {})
        chain: list[str] = []
        while (profile := profiles.get(name)) and name not in chain and "role_arn" in profile:
            chain += [profile["role_arn"], name]
            name = profile.get("source_profile") or profile.get("credential_source", "")
        return (*chain, name) if chain and name and name not in chain else tuple(chain)

    def provenance(self, credentials: CredentialsInfo) -> str:
        """Return the source of the credentials in one line: `assume-role (role ← profile)`."""
        chain = " ← ".join(self.role_chain()) or self.profile.name
        return f"{credentials.source} ({chain})"

    def profile_names(self) -> tuple[str, ...]:
        """Return the profiles of the AWS configuration in order."""
        with self._lock:
            self._session()
            return tuple(self._core.available_profiles)

    def sso_login(self) -> tuple[str, ...]:
        """Return the command that signs the profile in again; empty if it does not use SSO.

        Raises:
            ConfigError: The profile does not exist.
        """
        with self._lock:
            name = self._session().profile_name
            profiles = self._core.full_config.get("profiles", {})
        seen: list[str] = []
        while (profile := profiles.get(name)) and name not in seen:
            if "sso_session" in profile or "sso_start_url" in profile:
                return ("aws", "sso", "login", "--profile", name)
            seen.append(name)
            name = profile.get("source_profile", "")
        return ()

    def clock_skew_s(self, region: str) -> float:
        """Return how far this machine's clock is ahead of a Region's, in seconds.

        Raises:
            AwsError: The API could not be asked.
        """
        with translated(region):
            answer = self.client("dsql", region).list_clusters(maxResults=1)
        return _skew_s(answer) or 0.0

    def _session(self) -> boto3.Session:
        """Return the boto3 session; the caller holds the lock, because making one is not atomic."""
        if self._boto is None:
            import boto3
            import botocore.session

            from dsql_tui.aws.endpoints import OneEndpointSession
            from dsql_tui.aws.models import use_quick_loader

            # At DEBUG botocore writes signatures and whole answers of STS, secrets included.
            logging.getLogger("botocore").setLevel(logging.INFO)

            name, url = self.profile.aws_profile, self.profile.endpoint_url
            if url is None:
                core = botocore.session.Session(profile=name)
            else:
                core = OneEndpointSession(url, name)
            self._core = core
            if self.profile.config_file:
                core.set_config_variable("config_file", str(self.profile.config_file))
            if self.profile.credentials_file:
                core.set_config_variable("credentials_file", str(self.profile.credentials_file))
            _check_profile(core)
            _check_whole_numbers(core)
            use_quick_loader(core)
            self._boto = boto3.Session(botocore_session=core)
            if self._ask_code is not None:
                resolver = core.get_component("credential_provider")
                # botocore has no public way to replace `getpass`, which would read the terminal.
                resolver.get_provider("assume-role")._prompter = self._ask_code  # noqa: SLF001
        return self._boto


@contextmanager
def translated(region: str) -> Iterator[None]:
    """Translate botocore's errors into those of `errors`; `region` is named in the message."""
    from botocore import exceptions as boto

    try:
        yield
    except (boto.NoCredentialsError, boto.PartialCredentialsError) as error:
        raise CredentialsMissing(f"No usable AWS credentials: {error}.", remedy=_SIGN_IN) from None
    except boto.RefreshWithMFAUnsupportedError:
        raise CredentialsExpired(_NO_CODE, remedy=_ASK_AGAIN) from None
    except boto.ParamValidationError as error:
        if "TokenCode" in str(error):
            raise CredentialsExpired(_NO_CODE, remedy=_ASK_AGAIN) from None
        raise AwsError(f"The AWS SDK refused the call: {error}") from None
    except (
        boto.UnauthorizedSSOTokenError,
        boto.SSOError,
        boto.TokenRetrievalError,
        boto.CredentialRetrievalError,
    ) as error:
        raise CredentialsExpired(
            f"The AWS credentials could not be refreshed: {error}",
            remedy="Sign in again (aws sso login), then retry.",
        ) from None
    except boto.ClientError as error:
        raise _client_error(error, region) from None
    except (boto.HTTPClientError, boto.ConnectionError) as error:
        raise _unreachable(error, region) from None
    except boto.BotoCoreError as error:
        raise AwsError(f"The AWS SDK refused the call: {error}") from None


def _check_profile(core: Any) -> None:
    """Refuse a profile that no file has; botocore does so at different times.

    Raises:
        ConfigError: There is no such profile.
    """
    if core.profile not in (None, _DEFAULT_PROFILE, *core.available_profiles):
        known = ", ".join(core.available_profiles) or "none"
        raise ConfigError(
            f"There is no AWS profile named {core.profile!r}.",
            remedy=f"Profiles found: {known}.",
        )


def _check_whole_numbers(core: Any) -> None:
    """Check the settings of which botocore makes numbers without checking them.

    Raises:
        ConfigError: One is not a number.
    """
    for name in ("metadata_service_timeout", "metadata_service_num_attempts"):
        try:
            core.get_config_variable(name)
        except ValueError:
            raise ConfigError(
                f"AWS_{name.upper()}, or {name} in the AWS config file, must be a whole number."
            ) from None


def _unreachable(error: Exception, region: str) -> RegionUnreachable:
    """Return the error for a service that does not answer, which may be one of this machine.

    On this machine one that closes connections is running: it simulates a Region that is down.
    """
    from botocore.exceptions import EndpointConnectionError

    url = str(getattr(error, "kwargs", {}).get("endpoint_url", ""))
    is_here = urlsplit(url).hostname in {"127.0.0.1", "localhost", "::1"}
    if is_here and isinstance(error, EndpointConnectionError):
        return RegionUnreachable(
            f"Nothing answers at {url} ({type(error).__name__}).",
            remedy="The local DSQL or the tunnel there has ended. Start it again; `dsql-tui local`"
            " lists the commands.",
        )
    return RegionUnreachable(
        f"AWS in {region or 'this Region'} could not be reached ({type(error).__name__}).",
        remedy="Check the network, the proxy and the Region's name. If the Region is down, use a"
        " cluster's peer in another one.",
    )


def _client_error(error: ClientError, region: str) -> AwsError:
    details = error.response.get("Error", {})
    code, message = details.get("Code", ""), details.get("Message", "") or "no reason given"
    if code in _EXPIRED_CODES:
        return CredentialsExpired(
            "The AWS credentials have expired.",
            code=code,
            remedy="Sign in again (aws sso login), then retry.",
        )
    if code in _WRONG_KEY_CODES:
        skew_s = _skew_s(error.response)
        if skew_s is not None and abs(skew_s) > CLOCK_SKEW_WARN_S:
            return AwsError(
                f"AWS refused the signature: this machine's clock is off by {skew_s:+.0f} s.",
                code=code,
                remedy=_SET_CLOCK,
            )
        return AwsError(
            f"AWS does not accept these credentials: {message}",
            code=code,
            remedy="Check the access key and this machine's clock.",
        )
    if code in _DENIED_CODES and "MultiFactorAuthentication failed" in message:
        raised = "The MFA code was not accepted."
        return CredentialsExpired(raised, code=code, remedy=_ASK_AGAIN)
    if code in _DENIED_CODES:
        match = _MISSING_ACTION.search(message)
        operation = error.operation_name
        service = _SERVICES.get(operation, "dsql")
        action = match.group(1) if match else f"{service}:{operation}"
        return AccessDenied(
            f"Access denied in {region}: {message}",
            action=action,
            remedy=f"Allow {action} in the identity's IAM policy.",
        )
    return _service_error(error, code, f"{error.operation_name} failed in {region}: {message}")


def _skew_s(response: Mapping[str, Any]) -> float | None:
    """Return how far this machine's clock is ahead of the server's; `None` if unknown."""
    date = response.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    if not date:
        return None
    return (datetime.now(UTC) - parsedate_to_datetime(date)).total_seconds()


def _service_error(error: ClientError, code: str, sentence: str) -> AwsError:
    """Return the service's own error message (API 2018-05-10, error shapes)."""
    response: Mapping[str, Any] = error.response
    if code == "ServiceQuotaExceededException":
        return QuotaExceeded(
            sentence,
            code=code,
            remedy="Delete unused resources, or request an increase in Service Quotas.",
        )
    if code == "ConflictException":
        return ResourceConflict(
            sentence, code=code, remedy="Refresh and try again. Its state or version has changed."
        )
    if code == "ValidationException":
        return _invalid(response, sentence)
    if code in _BUSY_CODES:
        retries = response.get("ResponseMetadata", {}).get("RetryAttempts", 0)
        return ServiceBusy(
            f"{sentence} (tried {retries + 1} times)",
            code=code,
            remedy="Try again in a few seconds. The request is not applied twice.",
        )
    return AwsError(sentence, code=code)


def _invalid(response: Mapping[str, Any], sentence: str) -> InvalidRequest:
    reason = response.get("reason", "")
    if reason == "deletionProtectionEnabled":
        return DeletionProtected(
            sentence, reason=reason, remedy="Turn deletion protection off first."
        )
    fields = tuple(
        (field.get("name", ""), field.get("message", "")) for field in response.get("fieldList", ())
    )
    return InvalidRequest(
        sentence,
        reason=reason,
        fields=fields,
        remedy="; ".join(f"{name}: {message}" for name, message in fields),
    )


def _expiry(credentials: object) -> datetime | None:
    """Return when refreshable credentials die; botocore offers no public way to ask."""
    expiry = getattr(credentials, "_expiry_time", None)
    return expiry if isinstance(expiry, datetime) else None
