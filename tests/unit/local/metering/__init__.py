"""Tests of `dsql_tui/local/metering/`."""
