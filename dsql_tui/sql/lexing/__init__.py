"""Tokens and names of SQL, and statement boundaries."""
