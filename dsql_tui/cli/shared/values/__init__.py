"""Types of options and arguments, and names for completion in a shell."""
