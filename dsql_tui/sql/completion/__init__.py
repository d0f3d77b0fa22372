"""Suggestions for the word at the cursor."""
