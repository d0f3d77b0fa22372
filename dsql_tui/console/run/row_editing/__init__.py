"""Row editing on a tab: what it needs of the tab's sessions and of its run."""
