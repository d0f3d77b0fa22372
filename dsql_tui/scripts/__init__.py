"""Runs scripts and batches: many transactions with retries, resumable."""
