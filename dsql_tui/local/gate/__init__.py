"""DSQL's SQL dialect on PostgreSQL: statements that are refused or rewritten."""
