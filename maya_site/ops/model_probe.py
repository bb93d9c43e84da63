"""Asks the language model now and then whether it would answer, for monitors.

What guests met is no proof of that: with few guests the circuit breaker of a refused key never opens, and a
breaker that was opened closes again. A model that failed when it was asked stays red until it answers.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

from bartender.brains.status import probe_llm_failure

# A server of the bar's own generates a word for each question.
WELL_SECONDS, FAILING_SECONDS = 300.0, 30.0
FIRST_ANSWER_SECONDS = 2.0


@dataclass
class ModelProbe:
    """One question at a time, on a thread of its own: a vendor that hangs holds up no monitor."""

    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _model: str = ""
    _failure: str = ""
    _ask_at: float = 0.0
    _thread: threading.Thread | None = None

    def failure(self, model: str) -> str:
        """What was wrong when the model was last asked, in words for staff, or "". Waits two seconds for the
        first answer, and for no other."""
        with self._lock:
            is_first = model != self._model
            if is_first:
                self._model, self._failure, self._ask_at = model, "", 0.0
            if time.monotonic() >= self._ask_at and not (self._thread and self._thread.is_alive()):
                self._thread = threading.Thread(
                    target=self._ask, args=(model,), name="maya-model-probe", daemon=True
                )
                self._thread.start()
            asking = self._thread
        if is_first and asking:
            asking.join(FIRST_ANSWER_SECONDS)
        return self._failure

    def _ask(self, model: str) -> None:
        failure = probe_llm_failure(model)
        with self._lock:
            if model == self._model:
                self._failure = failure
                self._ask_at = time.monotonic() + (FAILING_SECONDS if failure else WELL_SECONDS)

    def clear(self) -> None:
        self._model = ""


MODEL_PROBE = ModelProbe()
