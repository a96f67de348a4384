"""What the motcua services share that is not about events."""
