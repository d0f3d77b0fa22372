"""What Aurora DSQL refuses and limits; scripts, batches and plans within these limits."""
