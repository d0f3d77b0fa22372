"""Measurements of a cluster: latencies under load, and consistency between Regions.

Everything happens in a scratch schema of its own that is dropped at the end, Ctrl-C included.
"""
