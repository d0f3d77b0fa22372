"""A tab's two sessions, their state, and the transaction."""
