"""Measurements of a cluster: latencies under load, and consistency between Regions.

Everything runs in a scratch schema that is dropped at the end, also after Ctrl-C.
"""
