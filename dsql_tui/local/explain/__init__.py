"""EXPLAIN output in DSQL's format: scans, joins and the DPU estimate."""
