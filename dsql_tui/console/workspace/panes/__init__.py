"""The panes of the workspace: which there are, where they are, which one has the focus."""
