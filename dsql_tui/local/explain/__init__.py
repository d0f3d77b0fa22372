"""EXPLAIN output in DSQL's form: scans, joins and the DPU estimate."""
