"""`dsql-tui clusters`: every operation of the DSQL API, for scripts.

    ListClusters              clusters
    GetCluster                clusters get
    CreateCluster             clusters create, clusters resume
    UpdateCluster             clusters update
    DeleteCluster             clusters delete, clusters undo
    GetVpcEndpointServiceName clusters vpc-endpoint
    …ClusterPolicy            clusters policy get|put|delete|block-public-access
    …Stream(s)                clusters stream list|get|create|delete
    …TagResource, ListTags…   clusters tag|untag|tags

stdout is data, with `--json` always JSON; stderr is narration.
"""

from dsql_tui.cli.clusters.group import command

__all__ = ["command"]
