"""The DSQL API: clusters, peering, policies, change streams and tags."""
