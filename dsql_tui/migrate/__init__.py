"""Brings a PostgreSQL database to DSQL: reads it, converts its definitions, moves its rows."""
