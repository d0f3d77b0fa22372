"""Running the statements and psql commands of `query`, and writing their results."""
