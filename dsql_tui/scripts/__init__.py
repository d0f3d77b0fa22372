"""Running scripts and batches: many transactions in a row, with retries and a place to go on."""
