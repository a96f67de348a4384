"""The demo: a province's year through the services' public HTTP interfaces, and what came of it."""

from .run import DemoOptions, demo

__all__ = ["DemoOptions", "demo"]
