"""Private files and folders: ownership, atomic replacement, deletion."""
