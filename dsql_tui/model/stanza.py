"""A cluster as infrastructure code: CloudFormation, Terraform, CDK.

Properties are those of AWS::DSQL::Cluster, of the Terraform resources aws_dsql_cluster and
aws_dsql_cluster_peering, and of aws_dsql.CfnCluster. One side of a pair names the other by ARN.
"""

from __future__ import annotations

import json
import re
from enum import StrEnum

from dsql_tui.model.cluster import Cluster


class StanzaKind(StrEnum):
    """The tool that the code is for."""

    CLOUDFORMATION = "cloudformation"
    TERRAFORM = "terraform"
    CDK = "cdk"


def stanza(cluster: Cluster, kind: StanzaKind) -> str:
    """Return the infrastructure code for a cluster."""
    writers = {
        StanzaKind.CLOUDFORMATION: _cloudformation,
        StanzaKind.TERRAFORM: _terraform,
        StanzaKind.CDK: _cdk,
    }
    return writers[kind](cluster)


def _label(cluster: Cluster, separator: str) -> str:
    words = re.findall(r"[A-Za-z0-9]+", cluster.name) or ["cluster"]
    text = separator.join(words) if separator else "".join(word.title() for word in words)
    return text if text[0].isalpha() else f"c{text}" if separator else f"C{text}"


def _cloudformation(cluster: Cluster) -> str:
    lines = [
        f"{_label(cluster, '')}Cluster:",
        "  Type: AWS::DSQL::Cluster",
        "  Properties:",
        f"    DeletionProtectionEnabled: {str(cluster.deletion_protection).lower()}",
    ]
    if cluster.kms_key_arn:
        lines.append(f"    KmsEncryptionKey: {json.dumps(cluster.kms_key_arn)}")
    if cluster.witness_region:
        lines += ["    MultiRegionProperties:", f"      WitnessRegion: {cluster.witness_region}"]
        if cluster.peer_arns:
            lines.append("      Clusters:")
            lines += [f"        - {json.dumps(arn)}" for arn in cluster.peer_arns]
    if cluster.tags:
        lines.append("    Tags:")
        for key, value in cluster.tags.items():
            lines += [f"      - Key: {json.dumps(key)}", f"        Value: {json.dumps(value)}"]
    return "\n".join(lines)


def _terraform(cluster: Cluster) -> str:
    label = _label(cluster, "_").lower()
    lines = [
        f'resource "aws_dsql_cluster" "{label}" {{',
        f"  region                      = {json.dumps(cluster.region)}",
        f"  deletion_protection_enabled = {str(cluster.deletion_protection).lower()}",
    ]
    if cluster.kms_key_arn:
        lines.append(f"  kms_encryption_key          = {_hcl(cluster.kms_key_arn)}")
    if cluster.witness_region:
        lines += [
            "",
            "  multi_region_properties {",
            f"    witness_region = {json.dumps(cluster.witness_region)}",
            "  }",
        ]
    if cluster.tags:
        lines += ["", "  tags = {"]
        lines += [f"    {_hcl(key)} = {_hcl(value)}" for key, value in cluster.tags.items()]
        lines.append("  }")
    lines.append("}")
    if cluster.peer_arns:
        lines += [
            "",
            f'resource "aws_dsql_cluster_peering" "{label}" {{',
            f"  region         = {json.dumps(cluster.region)}",
            f"  identifier     = aws_dsql_cluster.{label}.identifier",
            f"  clusters       = {json.dumps(list(cluster.peer_arns))}",
            f"  witness_region = {json.dumps(cluster.witness_region)}",
            "}",
        ]
    return "\n".join(lines)


def _hcl(text: str) -> str:
    """Quote a text; Terraform would read `${` and `%{` as templates."""
    return json.dumps(text).replace("${", "$${").replace("%{", "%%{")


def _cdk(cluster: Cluster) -> str:
    lines = [
        "new dsql.CfnCluster(this, " + json.dumps(_label(cluster, "")) + ", {",
        f"  deletionProtectionEnabled: {str(cluster.deletion_protection).lower()},",
    ]
    if cluster.kms_key_arn:
        lines.append(f"  kmsEncryptionKey: {json.dumps(cluster.kms_key_arn)},")
    if cluster.witness_region:
        lines += [
            "  multiRegionProperties: {",
            f"    witnessRegion: {json.dumps(cluster.witness_region)},",
            f"    clusters: {json.dumps(list(cluster.peer_arns))},",
            "  },",
        ]
    if cluster.tags:
        lines.append("  tags: [")
        lines += [
            f"    {{ key: {json.dumps(key)}, value: {json.dumps(value)} }},"
            for key, value in cluster.tags.items()
        ]
        lines.append("  ],")
    return "\n".join([*lines, "});"])
