"""The motcua command: everything on one machine."""
