"""One editor tab: its session, runs, plans and transaction."""
