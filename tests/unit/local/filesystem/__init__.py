"""Tests of `dsql_tui/local/filesystem/`."""
