"""Tracks the resolution of dossiers and their deadlines."""
