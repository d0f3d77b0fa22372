"""Tests of `dsql_tui/local/transactions/`."""
