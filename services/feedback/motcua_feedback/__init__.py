"""Takes ratings, feedback and assessments."""
