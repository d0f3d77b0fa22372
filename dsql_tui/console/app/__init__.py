"""The Textual application: what exists before and around the workspace."""
