"""Callers of the local AWS account: keys, signatures, auth tokens and resource policies."""
