"""Tests of `dsql_tui/local/protocol/`."""
