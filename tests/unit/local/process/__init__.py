"""Tests of `dsql_tui/local/process/`."""
