"""What Aurora DSQL refuses and limits, and how scripts, batches and plans run within that."""
