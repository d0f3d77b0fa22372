"""The CloudWatch API: metrics of the clusters and their statistics."""
