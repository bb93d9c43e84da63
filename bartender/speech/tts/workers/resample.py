"""Changes the sample rate of a stream of chunks, without clicks between them, by a windowed sinc."""

from __future__ import annotations

from math import gcd

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
HALF_WINDOW = 16  # input samples on each side of an output sample
PASSBAND = 0.94  # of the lower rate's Nyquist frequency; what is above would alias


class Resampler:
    def __init__(self, source: int, target: int) -> None:
        shared = gcd(source, target)
        self.up, self.down = target // shared, source // shared
        self.filter_table = _build_filter_table(self.up, PASSBAND * min(1.0, target / source))
        self.history: Samples = np.zeros(HALF_WINDOW - 1, np.float32)
        self.position = 0  # of the next output sample, in 1/up samples from the start of `history`

    def feed(self, samples: Samples) -> Samples:
        samples_so_far = np.concatenate([self.history, samples.astype(np.float32)])
        room = len(samples_so_far) - 2 * HALF_WINDOW
        count = max(0, (room * self.up - self.position) // self.down + 1) if room >= 0 else 0
        steps = self.position + np.arange(count) * self.down
        first, phase = np.divmod(steps, self.up)
        around = samples_so_far[first[:, None] + np.arange(2 * HALF_WINDOW)]
        made = np.einsum("ij,ij->i", around, self.filter_table[phase])
        used = (self.position + count * self.down) // self.up
        self.position += count * self.down - used * self.up
        self.history = samples_so_far[used:]
        return np.asarray(made, np.float32)

    def close(self) -> Samples:
        """The rest of the output, as if silence followed."""
        return self.feed(np.zeros(HALF_WINDOW, np.float32))


def _build_filter_table(phases: int, width: float) -> Samples:
    """One row of filter weights for each phase between two samples; each row sums to one."""
    away = np.arange(2 * HALF_WINDOW)[None, :] - (HALF_WINDOW - 1) - np.arange(phases)[:, None] / phases
    window = np.cos(np.pi * np.clip(away / (2 * HALF_WINDOW), -0.5, 0.5)) ** 2
    weights = np.sinc(away * width) * window
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), np.float32)


def to_pcm(samples: Samples) -> bytes:
    return (np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()
