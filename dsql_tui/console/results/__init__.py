"""What statements answer: rows, plans, jobs and messages."""
