"""Tests of `dsql_tui.sql.altering`."""
