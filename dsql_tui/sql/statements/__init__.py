"""What one statement is, names and changes, which parameters it has, and how it ended."""
