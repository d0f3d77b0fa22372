"""DSQL's transaction rules over PostgreSQL: optimistic concurrency, replay, asynchronous jobs."""
