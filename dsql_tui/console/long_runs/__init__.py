"""Scripts and batches from the editor: many transactions in a row, watched and stopped at will."""
