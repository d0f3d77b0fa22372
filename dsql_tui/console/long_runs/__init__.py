"""Scripts and batches from the editor: many transactions in sequence, with progress."""
