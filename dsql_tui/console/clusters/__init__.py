"""Selecting a cluster, profile and role, and diagnosing connection failures."""
