"""Hashes passwords one at a time, on a thread of its own that yields to all others.

A hash takes a third of a second of a whole core. Twenty at once would leave nothing for guests.
"""

from __future__ import annotations

import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.db import connection

from maya_site.core.rate_limits import LOGIN_LIMIT, RateLimitExceeded

MAX_QUEUE = 32
RETRY_AFTER_SECONDS = 15
NICENESS = 10  # as `nice` counts


def _lower_thread_priority() -> None:
    if sys.platform == "linux":  # there a thread has a priority of its own
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)


_HASH_THREAD = ThreadPoolExecutor(1, thread_name_prefix="maya-password", initializer=_lower_thread_priority)
_QUEUE_SLOTS = threading.BoundedSemaphore(MAX_QUEUE)


class SequentialPBKDF2PasswordHasher(PBKDF2PasswordHasher):
    """Django's own hash with its own iterations. Either reads what the other wrote."""

    def encode(self, password: str, salt: str, iterations: int | None = None) -> str:
        """Waits for its turn without holding a database connection. Raises RateLimitExceeded if too many
        wait."""
        if not _QUEUE_SLOTS.acquire(blocking=False):
            raise RateLimitExceeded(LOGIN_LIMIT, RETRY_AFTER_SECONDS)
        try:
            if (
                not connection.in_atomic_block
            ):  # who adds a person in the admin is in the middle of a transaction
                connection.close_if_unusable_or_obsolete()
            return _HASH_THREAD.submit(super().encode, password, salt, iterations).result()
        finally:
            _QUEUE_SLOTS.release()
