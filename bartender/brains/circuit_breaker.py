"""Stops asking a model that keeps failing, and probes in the background whether it answers again."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

logger = logging.getLogger(__name__)


@dataclass(eq=False)
class CircuitBreaker:
    """Opens after `failure_threshold` failures within `window_seconds`. Thread-safe.

    `probe` tells whether the model answers again. It runs on a thread of its own, so it may block.
    """

    name: str
    probe: Callable[[], bool]
    failure_threshold: int = 5
    window_seconds: float = 30.0
    cooldown_seconds: float = 15.0
    _failure_times: deque[float] = field(default_factory=deque)
    _opened_at: float | None = None
    _is_probing: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def is_closed(self) -> bool:
        """Whether the model may be asked. If it was open for `cooldown_seconds`, this starts the probe."""
        with self._lock:
            if self._opened_at is None:
                return True
            if not self._is_probing and time.monotonic() - self._opened_at >= self.cooldown_seconds:
                self._is_probing = True
                threading.Thread(target=self._run_probe, name=f"probe-{self.name}", daemon=True).start()
            return False

    def record_failure(self) -> None:
        now = time.monotonic()
        with self._lock:
            self._failure_times.append(now)
            while now - self._failure_times[0] > self.window_seconds:
                self._failure_times.popleft()
            if self._opened_at is None and len(self._failure_times) >= self.failure_threshold:
                self._opened_at = now
                logger.warning(
                    "%s failed %d times: left alone for a while", self.name, len(self._failure_times)
                )

    def record_success(self) -> None:
        with self._lock:
            self._failure_times.clear()

    def _run_probe(self) -> None:
        back = self.probe()
        with self._lock:
            self._is_probing = False
            self._opened_at = None if back else time.monotonic()
            self._failure_times.clear()
        logger.warning("%s %s", self.name, "answers again" if back else "still does not answer")
