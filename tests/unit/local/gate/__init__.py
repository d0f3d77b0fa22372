"""Tests of `dsql_tui/local/gate/`."""
