"""Loopback ports: the preferred one, else a free one."""

from __future__ import annotations

import socket

from motcua_local.errors import LocalError

HOST = "127.0.0.1"


def is_free(port: int) -> bool:
    """Whether a server could listen on ``port`` just now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """A port that the system says is free."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def choose(preferred: int, taken: set[int]) -> int:
    """``preferred`` when it is free and not ``taken``, else any free port; adds it to ``taken``."""
    port = preferred if preferred not in taken and is_free(preferred) else free_port()
    while port in taken:
        port = free_port()
    taken.add(port)
    return port


def parse_ports(text: str | None, names: tuple[str, ...], default: int) -> dict[str, int]:
    """Preferred ports by name from ``8101`` (counting up) or ``8101,8102,9000,9001``.

    None counts up from ``default``. Raises LocalError (code 2) on anything else.
    """
    parts = (text or str(default)).split(",")
    if not all(part.strip().isdigit() and 0 < int(part) < 65536 for part in parts):
        raise LocalError(f"--ports: {text!r} is not a port number or a list of them", code=2)
    numbers = [int(part) for part in parts]
    if len(numbers) == 1:
        numbers = [numbers[0] + step for step in range(len(names))]
    if len(numbers) != len(names) or len(set(numbers)) != len(numbers):
        raise LocalError(
            f"--ports: give one port or {len(names)} different ones, for {', '.join(names)}", code=2
        )
    return dict(zip(names, numbers, strict=True))
