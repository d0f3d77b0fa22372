"""Loads a file into a table: parallel small transactions, resumable; bad rows go to a file.

A transaction of DSQL changes at most 3,000 rows and 10 MiB (user guide, CHAP_quotas), so a file is
cut into batches. They are committed separately and in any order: a load is not atomic.
"""
