"""Changes to rows of a result: what can be edited, what is staged, and the statements for it."""
