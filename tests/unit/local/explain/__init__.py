"""Tests of `dsql_tui/local/explain/`."""
