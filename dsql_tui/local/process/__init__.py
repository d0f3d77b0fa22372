"""The server process: starting, finding and stopping it; its channel and profiles."""
