"""Receives dossiers and keeps the catalogue."""
