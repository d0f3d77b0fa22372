"""Tests of `dsql_tui/local/gateway/`."""
