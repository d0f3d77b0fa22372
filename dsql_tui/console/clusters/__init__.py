"""Choosing a cluster, a profile and a role, and finding out why one cannot be reached."""
