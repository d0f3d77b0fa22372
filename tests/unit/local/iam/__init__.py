"""Tests of `dsql_tui/local/iam/`."""
