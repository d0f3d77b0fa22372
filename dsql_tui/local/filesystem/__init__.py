"""Private files and folders: whose they are, how they are replaced and removed."""
