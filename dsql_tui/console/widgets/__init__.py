"""General widgets and dialogs that features are built from."""
