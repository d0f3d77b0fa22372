"""The results of statements: rows, plans, jobs and messages."""
