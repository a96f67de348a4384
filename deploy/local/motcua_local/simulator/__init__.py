"""A seeded simulator of a province's year: what its one-stop system would send.

Pure: from a seed and a scale to the commands for the three services. It knows ways of working, not
scores; scores come out of the events.
"""

from .load import Load
from .province import Options, simulate
from .published import Published, load_published

__all__ = ["Load", "Options", "Published", "load_published", "simulate"]
