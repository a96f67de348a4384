"""What the command can say instead of a traceback."""

from __future__ import annotations


class LocalError(Exception):
    """Something the person at the keyboard can understand: one line, and how to go on.

    ``code`` is the command's exit code: 1 for a failure, 2 for wrong use, 3 for "not running".
    """

    def __init__(self, message: str, *, code: int = 1) -> None:
        super().__init__(message)
        self.code = code
