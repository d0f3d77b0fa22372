"""The panes of the workspace: names, layout, focus."""
