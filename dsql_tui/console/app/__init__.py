"""The Textual application: what is there before and around the workspace."""
