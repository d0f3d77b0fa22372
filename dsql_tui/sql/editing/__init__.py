"""What an editor draws and formats: highlighting, brackets, layout."""
