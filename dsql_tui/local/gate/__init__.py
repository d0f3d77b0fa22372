"""DSQL's dialect over PostgreSQL's: which statements are refused, and how others are rewritten."""
