"""One editor tab at work: its session, runs, plans and transaction, without a screen."""
