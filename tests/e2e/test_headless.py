"""The command line against the local DSQL: what a script, or psql, sees."""
