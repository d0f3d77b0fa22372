"""One editor tab: its session, runs, plans and transaction, without a screen."""
