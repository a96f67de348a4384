"""Real processes on this machine: start, watch, restart, stop, and leave nothing behind."""
