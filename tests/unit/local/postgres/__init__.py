"""Tests of `dsql_tui/local/postgres/`."""
