"""Editing rows of a result: fields in the grid, the review of what is staged, and its run."""
