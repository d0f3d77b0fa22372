"""Values of options and arguments: their types, and the names that a shell completes."""
