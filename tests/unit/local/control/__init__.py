"""Tests of `dsql_tui/local/control/`."""
