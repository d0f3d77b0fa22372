"""Tests of dsql-tui: unit, pilot, snapshot and e2e; each level has its own folder."""
