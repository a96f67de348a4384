"""Event ids that sort by the time they were made (UUID version 7, RFC 9562)."""

from __future__ import annotations

import random
import time


def new_id() -> str:
    """A fresh id. Of two made by one process a microsecond or more apart, the later is greater."""
    millis, nanos = divmod(time.time_ns(), 1_000_000)
    fraction = nanos * 4096 // 1_000_000
    tail = random.getrandbits(62)
    digits = f"{millis << 80 | 7 << 76 | fraction << 64 | 2 << 62 | tail:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
