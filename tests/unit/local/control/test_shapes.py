"""Values by botocore's shapes, with the models of the services themselves."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.model import Shape
from hypothesis import given, settings
from hypothesis import strategies as st

from dsql_tui.local.control.protocol import shapes
from dsql_tui.local.control.protocol.models import service_model
from dsql_tui.local.control.protocol.shapes import MalformedInput


def input_of(operation: str, service: str = "dsql") -> Shape:
    return service_model(service).operation_model(operation).input_shape


def output_of(operation: str, service: str = "dsql") -> Shape:
    return service_model(service).operation_model(operation).output_shape


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)
MEMBERS = st.sampled_from(
    ["tags", "clientToken", "policy", "metricGroups", "multiRegionProperties", "other"]
)


class TestAnyJson:
    @settings(deadline=None)
    @given(st.dictionaries(MEMBERS, ANY_JSON) | ANY_JSON)
    def test_is_read_and_checked_or_refused_and_never_more(self, value: Any) -> None:
        shape = input_of("CreateCluster")
        try:
            read = shapes.from_json(shape, value)
        except MalformedInput:
            return
        broken = list(shapes.violations(shape, read))
        assert all(one.message.startswith("Value at ") for one in broken)
        json.dumps(shapes.to_json(shape, read))

    @settings(deadline=None)
    @given(st.dictionaries(st.text(max_size=30), st.text(max_size=20), max_size=5))
    def test_form_fields_are_read_or_refused(self, form: dict[str, str]) -> None:
        assert isinstance(shapes.from_form(input_of("AssumeRole", "sts"), form), dict)


@pytest.mark.parametrize("service", ["sts", "cloudwatch"])
def test_every_input_of_the_query_protocol_can_be_read(service: str) -> None:
    model = service_model(service)
    for name in model.operation_names:
        shape = model.operation_model(name).input_shape
        assert shape is None or shapes.from_form(shape, {}) == {}


class TestReading:
    def test_leaves_out_null_and_unknown_members(self) -> None:
        value = {"tags": {"a": "b"}, "clientToken": None, "nobody": 1}
        assert shapes.from_json(input_of("CreateCluster"), value) == {"tags": {"a": "b"}}

    @pytest.mark.parametrize(
        ("value", "where"),
        [
            ([], "''"),
            ({"tags": []}, "'tags'"),
            ({"tags": {"a": 1}}, "'tags.a'"),
            ({"metricGroups": [{"metricGroup": 1}]}, "'metricGroups.1.metricGroup'"),
            ({"deletionProtectionEnabled": 1}, "'deletionProtectionEnabled'"),
        ],
    )
    def test_says_where_a_type_is_wrong(self, value: Any, where: str) -> None:
        with pytest.raises(MalformedInput, match=where.replace(".", r"\.")):
            shapes.from_json(input_of("CreateCluster"), value)

    @pytest.mark.parametrize("moment", [0, 0.0, "1970-01-01T00:00:00Z", "1970-01-01T00:00:00"])
    def test_takes_moments_as_numbers_and_as_text(self, moment: object) -> None:
        asked = {"StartTime": moment, "EndTime": "1e400"}
        shape = input_of("GetMetricData", "cloudwatch")
        with pytest.raises(MalformedInput, match="EndTime"):
            shapes.from_json(shape, asked)
        asked.pop("EndTime")
        read = shapes.from_json(shape, asked)
        assert read["StartTime"] == datetime(1970, 1, 1, tzinfo=UTC)

    def test_takes_lists_and_structures_out_of_form_fields(self) -> None:
        form = {
            "Dimensions.member.1.Name": "a",
            "Dimensions.member.2.Name": "b",
            "Dimensions.member.2.Value": "c",
            "Dimensions.member.4.Name": "after a gap",
        }
        read = shapes.from_form(input_of("ListMetrics", "cloudwatch"), form)
        assert read == {"Dimensions": [{"Name": "a"}, {"Name": "b", "Value": "c"}]}


class TestChecking:
    def broken(self, value: dict[str, Any], operation: str = "CreateCluster") -> dict[str, str]:
        violations = shapes.violations(input_of(operation), value)
        return {one.name: one.message for one in violations}

    def test_names_every_broken_rule_at_its_place(self) -> None:
        broken = self.broken(
            {
                "clientToken": "",
                "kmsEncryptionKey": "a" * 2_049,
                "tags": {"k": "v" * 257, "": "x"},
                "multiRegionProperties": {"clusters": ["nonsense"]},
                "metricGroups": [{}, {"metricGroup": "NONE"}],
            }
        )
        assert set(broken) == {
            "clientToken",
            "kmsEncryptionKey",
            "tags.k",
            "tags.",
            "multiRegionProperties.clusters.1",
            "metricGroups.1.metricGroup",
            "metricGroups.2.metricGroup",
        }
        assert broken["metricGroups.1.metricGroup"].endswith("Member must not be null")
        assert broken["metricGroups.2.metricGroup"].endswith(
            "Member must satisfy enum value set: [STATEMENT_STATISTICS]"
        )
        assert "length less than or equal to 2048" in broken["kmsEncryptionKey"]

    def test_checks_numbers_and_the_size_of_lists(self) -> None:
        assert set(self.broken({"maxResults": 101}, "ListClusters")) == {"maxResults"}
        many = {"metricGroups": [{"metricGroup": "STATEMENT_STATISTICS"}] * 21}
        assert set(self.broken(many)) == {"metricGroups"}

    def test_finds_nothing_wrong_with_what_is_right(self) -> None:
        assert self.broken({"tags": {"Name": "shop"}, "clientToken": "once"}) == {}


class TestWriting:
    def test_json_has_the_wires_names_and_moments_as_seconds(self) -> None:
        answer = {
            "identifier": "a",
            "creationTime": datetime(2026, 11, 21, tzinfo=UTC),
            "endpoint": None,
            "notInTheModel": 1,
        }
        written = shapes.to_json(output_of("GetCluster"), answer)
        assert written == {"identifier": "a", "creationTime": 1795219200.0}

    def test_xml_is_escaped_and_lists_have_members(self) -> None:
        answer = {"Metrics": [{"MetricName": "<&>"}, {"MetricName": "b"}], "NextToken": None}
        written = shapes.to_xml(output_of("ListMetrics", "cloudwatch"), answer, "R")
        assert written == (
            "<R><Metrics><member><MetricName>&lt;&amp;&gt;</MetricName></member>"
            "<member><MetricName>b</MetricName></member></Metrics></R>"
        )
