"""Projects the event streams into nine-index evaluations."""
