"""What can be made to happen, as a person writes it."""

from __future__ import annotations

import pytest

from dsql_tui.errors import LocalError
from dsql_tui.local.faults import Conditions
from dsql_tui.local.gateway.admission import Admission
from dsql_tui.local.protocol import answers
from dsql_tui.sql.dsql.limits import CONNECT_BURST, CONNECTIONS, CONNECTS_PER_S

REGIONS = ("us-east-1", "us-east-2", "eu-west-1")


def test_settings_are_read_as_people_write_them() -> None:
    changed = Conditions().changed(
        {
            "latency": "us-east-2=60ms, eu-west-1=0.2s",
            "commit-conflicts": "10%",
            "refuse-connects": "0.5",
            "session-limit": "2m",
            "transaction-limit": "20s",
            "waking-up": "on",
            "region-down": "us-east-1, us-east-2",
            "schema-conflicts": "strict",
            "job-time": "5s",
            "auto-analyze": "off",
            "disputed": "refused",
            "failed-unique": "ignored",
            "unknown-role": "08P01",
            "key-bytes": "1024",
            "cancels": "ignored",
        },
        REGIONS,
    )
    assert changed == Conditions(
        latency_s={"us-east-2": 0.06, "eu-west-1": 0.2},
        commit_conflicts=0.1,
        refuse_connects=0.5,
        session_limit_s=120.0,
        transaction_limit_s=20.0,
        waking_up=True,
        regions_down=frozenset({"us-east-1", "us-east-2"}),
        strict_schema=True,
        job_time_s=5.0,
        auto_analyze_s=0.0,
        refuses_disputed=True,
        failed_unique_enforces=False,
        unknown_role="08P01",
        key_bytes=1024,
        ignores_cancels=True,
    )


@pytest.mark.parametrize(
    "conditions",
    [
        Conditions(),
        Conditions(
            latency_s={"us-east-2": 0.06, "eu-west-1": 1.0},
            commit_conflicts=0.005,
            refuse_connects=1.0,
            session_limit_s=1.5,
            transaction_limit_s=2.0,
            waking_up=True,
            regions_down=frozenset({"us-east-1"}),
            strict_schema=True,
            job_time_s=0.0,
            auto_analyze_s=0.0,
            refuses_disputed=True,
            failed_unique_enforces=False,
            unknown_role="08P01",
            key_bytes=1,
            ignores_cancels=True,
        ),
    ],
    ids=["none", "all"],
)
def test_a_description_reads_back_as_itself(conditions: Conditions) -> None:
    for other in (Conditions(), Conditions(latency_s={"us-east-1": 1.0}, ignores_cancels=True)):
        taken_back = other.changed({"latency": "off"}, REGIONS)
        assert taken_back.changed(conditions.described(), REGIONS) == conditions


def test_latency_and_regions_can_be_reset() -> None:
    conditions = Conditions(latency_s={"a": 1.0}, regions_down=frozenset({"b"}))
    assert conditions.changed({"latency": "off", "region-down": "none"}, REGIONS) == Conditions()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("latency", "60ms"),
        ("latency", "us-east-1=soon"),
        ("commit-conflicts", "110%"),
        ("refuse-connects", "some"),
        ("latency", "mars-1=1s"),
        ("region-down", "us-east-1,mars-1"),
        ("session-limit", "-1s"),
        ("session-limit", "0s"),
        ("waking-up", "yes"),
        ("schema-conflicts", "maybe"),
        ("disputed", "maybe"),
        ("failed-unique", "maybe"),
        ("unknown-role", "28000"),
        ("key-bytes", "1 KiB"),
        ("colour", "blue"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_sentence(name: str, value: str) -> None:
    with pytest.raises(LocalError):
        Conditions().changed({name: value}, REGIONS)


class Timer:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_a_limit_of_no_time_is_named_as_it_was_given() -> None:
    with pytest.raises(LocalError, match="'0s' is not greater than zero"):
        Conditions().changed({"session-limit": "0s"}, REGIONS)


def test_connects_above_the_burst_are_refused_until_time_passes() -> None:
    timer = Timer()
    admission = Admission(lambda _: 0, timer)
    for _ in range(CONNECT_BURST):
        assert admission.refusal("c", Conditions()) is None
    assert admission.refusal("c", Conditions()) is answers.RATE_EXCEEDED
    assert admission.refusal("another", Conditions()) is None
    timer.now_s += 1 / CONNECTS_PER_S
    assert admission.refusal("c", Conditions()) is None


def test_a_full_cluster_refuses_connects() -> None:
    assert Admission(lambda _: CONNECTIONS).refusal("c", Conditions()) is answers.TOO_MANY


def test_waking_up_is_answered_once_per_cluster() -> None:
    admission = Admission(lambda _: 0)
    asleep = Conditions(waking_up=True)
    assert admission.refusal("c", asleep) is answers.WAKING_UP
    assert admission.refusal("c", asleep) is None
    assert admission.refusal("d", asleep) is answers.WAKING_UP
    admission.put_to_sleep()
    assert admission.refusal("c", asleep) is answers.WAKING_UP
