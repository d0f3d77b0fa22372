"""The private PostgreSQL 16: its binaries, data folders, processes and SQL scripts."""
