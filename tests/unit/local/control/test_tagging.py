"""The Resource Groups Tagging API over clusters and streams."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.control_plane import NOWHERE, Aws, refusal

ABSENT = f"arn:aws:dsql:us-east-1:000000000000:cluster/{NOWHERE}"


@pytest.fixture
def api(aws: Aws) -> Any:
    return aws.client("resourcegroupstaggingapi")


def arns(api: Any, **asked: Any) -> list[str]:
    pages = api.get_paginator("get_resources").paginate(**asked)
    return [one["ResourceARN"] for page in pages for one in page["ResourceTagMappingList"]]


def test_clusters_are_found_by_their_tags(aws: Aws, api: Any) -> None:
    shop = aws.create(tags={"Name": "shop", "env": "dev"})["arn"]
    todo = aws.create(tags={"Name": "todo", "env": "prod"})["arn"]
    aws.create()
    assert arns(api) == [shop, todo]
    assert arns(api, TagFilters=[{"Key": "env"}]) == [shop, todo]
    assert arns(api, TagFilters=[{"Key": "env", "Values": ["prod", "test"]}]) == [todo]
    both = [{"Key": "env", "Values": ["dev"]}, {"Key": "Name", "Values": ["todo"]}]
    assert arns(api, TagFilters=both) == []
    assert arns(api, ResourceARNList=[todo, ABSENT]) == [todo]
    assert arns(api, ResourceTypeFilters=["dsql:cluster"]) == [shop, todo]
    assert arns(api, ResourceTypeFilters=["dsql:stream", "ec2"]) == []


def test_a_listing_is_paged(aws: Aws, api: Any) -> None:
    made = [aws.create(tags={"n": str(i)})["arn"] for i in range(5)]
    assert arns(api, PaginationConfig={"PageSize": 2}) == made
    response = refusal(api.get_resources, PaginationToken="x")
    assert response["Error"]["Code"] == "PaginationTokenExpiredException"
    response = refusal(api.get_resources, ResourcesPerPage=0)
    assert response["Error"]["Code"] == "InvalidParameterException"


def test_many_are_tagged_at_once_and_the_failed_are_named(aws: Aws, api: Any) -> None:
    arn = aws.create(tags={"a": "1"})["arn"]
    failed = api.tag_resources(ResourceARNList=[arn, ABSENT], Tags={"b": "2"})
    assert list(failed["FailedResourcesMap"]) == [ABSENT]
    assert failed["FailedResourcesMap"][ABSENT]["ErrorCode"] == "InvalidParameterException"
    assert aws.client().list_tags_for_resource(resourceArn=arn)["tags"] == {"a": "1", "b": "2"}
    api.untag_resources(ResourceARNList=[arn], TagKeys=["a"])
    assert aws.client().list_tags_for_resource(resourceArn=arn)["tags"] == {"b": "2"}


def test_keys_and_values_in_use_are_named(aws: Aws, api: Any) -> None:
    aws.create(tags={"Name": "shop", "env": "dev"})
    aws.create(tags={"Name": "todo", "env": "dev"})
    assert api.get_tag_keys()["TagKeys"] == ["Name", "env"]
    assert api.get_tag_values(Key="Name")["TagValues"] == ["shop", "todo"]
    assert api.get_tag_values(Key="absent")["TagValues"] == []
