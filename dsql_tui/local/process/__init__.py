"""The server process: started, found and stopped from outside; its channel and profiles."""
