"""The life of single-Region clusters, as unmodified boto3 sees it."""

from __future__ import annotations

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.loaders import Loader
from botocore.waiter import WaiterModel, create_waiter_with_client

from dsql_tui.local.control.state import AccountState, StoredStatus
from tests.support.control_plane import NOWHERE, Aws, Wire, refusal


class TestANewCluster:
    def test_is_creating_until_its_database_answers_and_then_active(self, aws: Aws) -> None:
        aws.hooks.may_work.clear()
        created = aws.client().create_cluster(tags={"Name": "shop"})
        assert created["status"] == "CREATING"
        assert aws.status(created) == "CREATING"
        aws.hooks.may_work.set()
        aws.plane.settle()
        assert aws.status(created) == "ACTIVE"
        assert aws.hooks.databases == {created["identifier"]}

    def test_is_described_as_the_service_describes_it(self, aws: Aws) -> None:
        created = aws.create(tags={"Name": "shop"}, deletionProtectionEnabled=True)
        identifier = created["identifier"]
        response = aws.client().get_cluster(identifier=identifier)
        assert re.fullmatch("[a-z2-7]{26}", identifier)
        assert response["endpoint"] == f"{identifier}.dsql.us-east-1.on.aws"
        assert response["arn"] == f"arn:aws:dsql:us-east-1:000000000000:cluster/{identifier}"
        assert response["deletionProtectionEnabled"] is True
        assert response["tags"] == {"Name": "shop"}
        assert response["encryptionDetails"] == {
            "encryptionType": "AWS_OWNED_KMS_KEY",
            "encryptionStatus": "ENABLED",
        }
        assert "multiRegionProperties" not in response
        assert "tags" not in created
        assert created["creationTime"] == response["creationTime"]

    def test_is_protected_from_deletion_by_default(self, aws: Aws) -> None:
        assert aws.client().create_cluster()["deletionProtectionEnabled"] is True

    def test_has_failed_when_its_database_cannot_be_made(self, aws: Aws) -> None:
        aws.hooks.broken = True
        assert aws.status(aws.create()) == "FAILED"

    def test_does_not_wait_for_clusters_that_are_being_deleted(self, aws: Aws) -> None:
        old = [aws.create()["identifier"] for _ in range(3)]
        aws.hooks.may_retire.clear()
        for identifier in old:
            aws.client().delete_cluster(identifier=identifier)
        fresh, tick = aws.client().create_cluster(), threading.Event()
        assert any(aws.status(fresh) == "ACTIVE" or tick.wait(0.01) for _ in range(500))
        assert {one.status for one in aws.state.clusters()} == {"DELETING", "ACTIVE"}

    def test_can_have_a_key_of_ones_own_and_go_back(self, aws: Aws) -> None:
        created = aws.create(kmsEncryptionKey="alias/mine")
        client = aws.client()
        own = client.get_cluster(identifier=created["identifier"])["encryptionDetails"]
        assert own["encryptionType"] == "CUSTOMER_MANAGED_KMS_KEY"
        assert own["kmsKeyArn"] == "arn:aws:kms:us-east-1:000000000000:alias/mine"
        client.update_cluster(
            identifier=created["identifier"], kmsEncryptionKey="AWS_OWNED_KMS_KEY"
        )
        back = client.get_cluster(identifier=created["identifier"])["encryptionDetails"]
        assert "kmsKeyArn" not in back

    def test_with_the_same_client_token_is_the_same_cluster(self, aws: Aws) -> None:
        first = aws.create(clientToken="once")
        again = aws.create(clientToken="once")
        assert again["identifier"] == first["identifier"]
        assert len(aws.state.clusters()) == 1
        other = refusal(aws.client().create_cluster, clientToken="once", tags={"a": "b"})
        assert other["Error"]["Code"] == "ConflictException"
        assert other["ResponseMetadata"]["HTTPStatusCode"] == 409
        assert other["resourceId"] == first["identifier"]

    def test_beyond_the_quota_is_refused_with_402(self, aws: Aws) -> None:
        for _ in range(20):
            aws.client().create_cluster()
        response = refusal(aws.client().create_cluster)
        assert response["Error"]["Code"] == "ServiceQuotaExceededException"
        assert response["Error"]["Message"] == "You have reached the cluster limit."
        assert response["ResponseMetadata"]["HTTPStatusCode"] == 402
        assert response["serviceCode"] == "dsql"
        assert aws.create("eu-west-1")["status"] == "CREATING"


@pytest.mark.parametrize("region", ["eu-central-2", "us-east-9"])
def test_where_no_dsql_is_played_every_call_says_so(aws: Aws, region: str) -> None:
    for call in (aws.client(region=region).create_cluster, aws.client(region=region).list_clusters):
        response = refusal(call)
        assert response["Error"]["Code"] == "ValidationException"
        assert f"does not simulate {region}" in response["Error"]["Message"]
    assert aws.client("sts", region).get_caller_identity()["Account"] == "000000000000"


def test_thirty_at_once_are_as_many_as_the_quota_allows(aws: Aws) -> None:
    def create(_: int) -> str:
        try:
            return str(aws.client().create_cluster()["identifier"])
        except ClientError as error:
            return str(error.response["Error"]["Code"])

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(create, range(30)))
    aws.plane.settle()
    assert answers.count("ServiceQuotaExceededException") == 10
    assert len(set(answers)) == 21
    assert aws.active() == 20


def test_a_state_that_cannot_be_written_is_an_internal_error(wire: Wire, tmp_path: Path) -> None:
    aws = Aws(wire, state=AccountState(tmp_path / "gone" / "state.json"))
    (tmp_path / "gone").write_text("a file in the way of the folder")
    response = refusal(aws.client().create_cluster)
    assert response["Error"]["Code"] == "InternalServerException"
    assert "Cannot write" in response["Error"]["Message"]
    assert aws.state.clusters() == []


class TestAnUpdate:
    def test_shows_updating_for_a_short_time(self, aws: Aws) -> None:
        created = aws.create()
        updated = aws.client().update_cluster(
            identifier=created["identifier"], deletionProtectionEnabled=True
        )
        assert updated["status"] == "UPDATING"
        assert set(updated) == {"identifier", "arn", "status", "creationTime", "ResponseMetadata"}
        aws.clock.advance(seconds=1)
        assert aws.status(created) == "ACTIVE"

    def test_replaces_the_whole_set_of_metric_groups(self, aws: Aws) -> None:
        groups = [{"metricGroup": "STATEMENT_STATISTICS"}]
        created = aws.create(metricGroups=groups)
        assert created["metricGroups"] == groups
        client = aws.client()
        client.update_cluster(identifier=created["identifier"], deletionProtectionEnabled=True)
        assert client.get_cluster(identifier=created["identifier"])["metricGroups"] == groups
        client.update_cluster(identifier=created["identifier"], metricGroups=[])
        assert "metricGroups" not in client.get_cluster(identifier=created["identifier"])

    def test_is_refused_while_the_cluster_is_being_made(self, aws: Aws) -> None:
        aws.hooks.may_work.clear()
        created = aws.client().create_cluster()
        response = refusal(aws.client().update_cluster, identifier=created["identifier"])
        assert response["Error"]["Code"] == "ConflictException"
        assert response["resourceId"] == created["identifier"]


class TestADeletion:
    def test_takes_the_database_along_and_ends_in_404(self, aws: Aws) -> None:
        created = aws.create()
        aws.hooks.may_work.clear()
        deleted = aws.client().delete_cluster(identifier=created["identifier"])
        assert deleted["status"] == aws.status(created) == "DELETING"
        aws.hooks.may_work.set()
        aws.plane.settle()
        response = refusal(aws.client().get_cluster, identifier=created["identifier"])
        assert response["Error"]["Code"] == "ResourceNotFoundException"
        assert response["ResponseMetadata"]["HTTPStatusCode"] == 404
        assert response["resourceType"] == "cluster"
        assert aws.hooks.databases == set()

    def test_of_a_protected_cluster_is_a_validation_error_with_its_reason(self, aws: Aws) -> None:
        created = aws.create(deletionProtectionEnabled=True)
        response = refusal(aws.client().delete_cluster, identifier=created["identifier"])
        assert response["Error"]["Code"] == "ValidationException"
        assert response["reason"] == "deletionProtectionEnabled"
        assert aws.status(created) == "ACTIVE"

    def test_requested_again_is_refused_while_it_is_in_progress(self, aws: Aws) -> None:
        created = aws.create()
        aws.hooks.may_work.clear()
        aws.client().delete_cluster(identifier=created["identifier"])
        response = refusal(aws.client().delete_cluster, identifier=created["identifier"])
        assert response["Error"]["Code"] == "ConflictException"

    def test_retried_with_its_client_token_gets_the_same_answer(self, aws: Aws) -> None:
        created = aws.create()
        asked = {"identifier": created["identifier"], "clientToken": "retry"}
        first = aws.client().delete_cluster(**asked)
        aws.plane.settle()
        again = aws.client().delete_cluster(**asked)
        assert again["status"] == first["status"] == "DELETING"

    def test_of_a_failed_cluster_is_allowed(self, aws: Aws) -> None:
        aws.hooks.broken = True
        created = aws.create()
        aws.hooks.broken = False
        aws.client().delete_cluster(identifier=created["identifier"])
        aws.plane.settle()
        assert aws.state.clusters() == []


class TestAList:
    def test_names_ids_and_arns_of_one_region_only(self, aws: Aws) -> None:
        here, there = aws.create(), aws.create("eu-west-1")
        listed = aws.client().list_clusters()["clusters"]
        assert listed == [{"identifier": here["identifier"], "arn": here["arn"]}]
        elsewhere = refusal(aws.client().get_cluster, identifier=there["identifier"])
        assert elsewhere["Error"]["Code"] == "ResourceNotFoundException"

    def test_pages_as_boto3s_paginator_asks(self, aws: Aws) -> None:
        made = [aws.create()["identifier"] for _ in range(7)]
        pages = list(
            aws.client().get_paginator("list_clusters").paginate(PaginationConfig={"PageSize": 3})
        )
        assert [len(page["clusters"]) for page in pages] == [3, 3, 1]
        assert [one["identifier"] for page in pages for one in page["clusters"]] == made

    def test_goes_on_where_it_was_when_clusters_come_and_go(self, aws: Aws) -> None:
        made = [aws.create()["identifier"] for _ in range(4)]
        first = aws.client().list_clusters(maxResults=2)
        aws.client().delete_cluster(identifier=made[1])
        aws.plane.settle()
        new = aws.create()["identifier"]
        rest = aws.client().list_clusters(maxResults=9, nextToken=first["nextToken"])
        assert [one["identifier"] for one in rest["clusters"]] == [*made[2:], new]
        assert "nextToken" not in rest

    @pytest.mark.parametrize("token", ["x", "bm90aGluZw==", "é", "", "a" * 5_000])
    def test_with_an_unknown_token_is_refused(self, aws: Aws, token: str) -> None:
        if token:
            response = refusal(aws.client().list_clusters, nextToken=token)
            assert response["Error"]["Code"] == "ValidationException"
        else:
            assert aws.client().list_clusters(nextToken=token)["clusters"] == []


class TestBotosWaiters:
    @pytest.fixture
    def hurried(self, aws: Aws) -> Any:
        """The service's own waiters, with their delay of 2 s taken away."""
        config = Loader().load_service_model("dsql", "waiters-2")
        for waiter in config["waiters"].values():
            waiter["delay"] = 0.01
        model = WaiterModel(config)
        return lambda name: create_waiter_with_client(name, model, aws.client())

    def test_see_a_new_cluster_become_active(self, aws: Aws, hurried: Any) -> None:
        created = aws.client().create_cluster(deletionProtectionEnabled=False)
        hurried("ClusterActive").wait(identifier=created["identifier"])
        assert aws.active() == 1

    def test_see_a_deleted_cluster_go(self, aws: Aws, hurried: Any) -> None:
        created = aws.create()
        aws.client().delete_cluster(identifier=created["identifier"])
        hurried("ClusterNotExists").wait(identifier=created["identifier"])
        assert aws.state.clusters() == []


class TestBadInput:
    def test_is_refused_field_by_field(self, aws: Aws) -> None:
        response = refusal(
            aws.client().create_cluster,
            tags={"ok": "no#sign"},
            clientToken="white space",
            kmsEncryptionKey="?",
            metricGroups=[{"metricGroup": "NONE"}],
        )
        assert response["Error"]["Code"] == "ValidationException"
        assert response["reason"] == "fieldValidationFailed"
        assert {one["name"] for one in response["fieldList"]} == {
            "tags.ok",
            "clientToken",
            "kmsEncryptionKey",
            "metricGroups.1.metricGroup",
        }
        assert "4 validation errors detected" in response["Error"]["Message"]

    def test_of_a_wrong_identifier_names_the_pattern(self, aws: Aws) -> None:
        response = refusal(aws.client().get_cluster, identifier="UPPER")
        assert "regular expression pattern: [a-z0-9]{26}" in response["Error"]["Message"]

    def test_of_an_unknown_cluster_is_404_for_every_operation(self, aws: Aws) -> None:
        client = aws.client()
        for call in (client.get_cluster, client.update_cluster, client.delete_cluster):
            assert refusal(call, identifier=NOWHERE)["Error"]["Code"] == "ResourceNotFoundException"


class TestTags:
    def test_are_added_changed_listed_and_removed(self, aws: Aws) -> None:
        created = aws.create(tags={"Name": "shop", "team": "a"})
        client, arn = aws.client(), created["arn"]
        client.tag_resource(resourceArn=arn, tags={"team": "b", "cost": "1"})
        client.untag_resource(resourceArn=arn, tagKeys=["cost", "absent"])
        expected = {"Name": "shop", "team": "b"}
        assert client.list_tags_for_resource(resourceArn=arn)["tags"] == expected
        assert client.get_cluster(identifier=created["identifier"])["tags"] == expected

    def test_of_a_resource_that_is_not_there_or_elsewhere_are_404(self, aws: Aws) -> None:
        arn = aws.create("eu-west-1")["arn"]
        for missing in (arn, "arn:aws:dsql:us-east-1:000000000000:cluster/" + NOWHERE):
            response = refusal(aws.client().list_tags_for_resource, resourceArn=missing)
            assert response["Error"]["Code"] == "ResourceNotFoundException"

    def test_more_than_200_on_one_resource_are_refused_with_402(self, aws: Aws) -> None:
        arn = aws.create()["arn"]
        aws.client().tag_resource(resourceArn=arn, tags={f"k{i}": "" for i in range(200)})
        response = refusal(aws.client().tag_resource, resourceArn=arn, tags={"more": ""})
        assert response["Error"]["Code"] == "ServiceQuotaExceededException"

    def test_that_belong_to_aws_are_refused(self, aws: Aws) -> None:
        response = refusal(
            aws.client().tag_resource, resourceArn=aws.create()["arn"], tags={"aws:x": "y"}
        )
        assert response["reason"] == "fieldValidationFailed"
        response = refusal(aws.client().create_cluster, tags={"AWS:x": "y"})
        assert response["fieldList"][0]["name"] == "tags"


def test_the_name_of_the_vpc_endpoint_service_has_the_services_form(aws: Aws) -> None:
    created = aws.create()
    response = aws.client().get_vpc_endpoint_service_name(identifier=created["identifier"])
    assert re.fullmatch(r"com\.amazonaws\.us-east-1\.dsql[a-z0-9-]*", response["serviceName"])
    assert response["clusterVpcEndpoint"].startswith(created["identifier"])


def test_what_was_unfinished_when_the_process_died_is_finished_by_the_next(aws: Aws) -> None:
    new, old = aws.create(), aws.create()
    for created, status in ((new, StoredStatus.CREATING), (old, StoredStatus.DELETING)):
        record = aws.state.cluster(created["identifier"])
        assert record is not None
        aws.state.save(replace(record, status=status))
    aws.hooks.databases = {old["identifier"]}
    heir = Aws(aws.wire, state=aws.state, hooks=aws.hooks)
    heir.plane.serve().close()
    heir.plane.settle()
    assert heir.status(new) == "ACTIVE"
    assert heir.hooks.databases == {new["identifier"]}
    assert [one.identifier for one in heir.state.clusters()] == [new["identifier"]]
