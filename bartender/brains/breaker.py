"""A model that fails again and again is left alone, and asked in the background whether it is back."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

logger = logging.getLogger(__name__)


@dataclass(eq=False)
class Breaker:
    """Open means left alone. `probe` says whether the model answers; it may block, so a thread asks."""

    name: str
    probe: Callable[[], bool]
    failures: int = 5
    within: float = 30.0
    rest: float = 15.0
    _failed: deque[float] = field(default_factory=deque)
    _opened: float | None = None
    _probing: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def closed(self) -> bool:
        """Whether guests may be sent there. Who finds it open for long enough has it asked again."""
        with self._lock:
            if self._opened is None:
                return True
            if not self._probing and time.monotonic() - self._opened >= self.rest:
                self._probing = True
                threading.Thread(target=self._ask, name=f"probe-{self.name}", daemon=True).start()
            return False

    def failed(self) -> None:
        now = time.monotonic()
        with self._lock:
            self._failed.append(now)
            while now - self._failed[0] > self.within:
                self._failed.popleft()
            if self._opened is None and len(self._failed) >= self.failures:
                self._opened = now
                logger.warning("%s failed %d times: left alone for a while", self.name, len(self._failed))

    def worked(self) -> None:
        with self._lock:
            self._failed.clear()

    def _ask(self) -> None:
        back = self.probe()
        with self._lock:
            self._probing = False
            self._opened = None if back else time.monotonic()
            self._failed.clear()
        logger.warning("%s %s", self.name, "answers again" if back else "still does not answer")
