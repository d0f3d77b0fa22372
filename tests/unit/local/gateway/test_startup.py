"""What a start-up packet asks for, and what of it is allowed."""

from __future__ import annotations

import pytest

from dsql_tui.local.gateway.startup import Refused, StartupRequest
from dsql_tui.local.protocol import answers
from dsql_tui.local.protocol.wire import Startup


def opened(**parameters: str) -> StartupRequest:
    return StartupRequest.read(Startup(0, {"user": "admin", **parameters}))


@pytest.mark.parametrize(
    ("options", "settings"),
    [
        ("-c search_path=app", {"search_path": "app"}),
        ("-csearch_path=app", {"search_path": "app"}),
        ("--search-path=app", {"search_path": "app"}),
        ("  -c  TimeZone=UTC\t-c DateStyle=ISO ", {"timezone": "UTC", "datestyle": "ISO"}),
        (r"-c search_path=app,\ public", {"search_path": "app, public"}),
        (r"-c application_name=a\\b", {"application_name": r"a\b"}),
        ("-c application_name='a'", {"application_name": "'a'"}),
        ("-c application_name=a=b\\", {"application_name": "a=b"}),
    ],
)
def test_options_are_parsed_as_in_postgresql(options: str, settings: dict[str, str]) -> None:
    assert opened(options=options).settings == settings


@pytest.mark.parametrize("options", ["-c", "-c search_path", "--", "-d 5", "app", "-c a='b c'"])
def test_other_options_are_refused(options: str) -> None:
    with pytest.raises(Refused, match="invalid command-line argument"):
        opened(options=options)


def test_the_cluster_is_named_by_an_option_of_its_own() -> None:
    opening = opened(options="-c amzn-cluster-id=abc -c search_path=app")
    assert (opening.cluster, opening.settings) == ("abc", {"search_path": "app"})


@pytest.mark.parametrize("name", ["statement_timeout", "role", "replication", "dsql.iam_arn"])
def test_a_setting_is_refused_however_it_is_sent(name: str) -> None:
    for opening in (opened(**{name: "1"}), opened(options=f"-c {name}=1")):
        with pytest.raises(Refused, match=f'parameter "{name}" not supported') as refused:
            opening.check_settings()
        assert refused.value.answer.sqlstate == "0A000"


def test_settings_that_only_dsql_has_are_not_forwarded_to_postgresql() -> None:
    opening = opened(disable_sync_create_index="off", search_path="app")
    opening.check_settings()
    assert opening.for_postgres() == {"search_path": "app"}


def test_a_postgresql_without_a_free_place_is_too_many_open_connections() -> None:
    full = answers.fatal("53300", "remaining connection slots are reserved")
    assert answers.refused_start_up(full) == answers.TOO_MANY
    other = answers.fatal("22023", 'invalid value for parameter "TimeZone": "Nowhere"')
    assert answers.refused_start_up(other) == other
