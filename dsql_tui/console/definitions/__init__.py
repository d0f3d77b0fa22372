"""The definitions of two databases side by side, and the statements that make them equal."""
