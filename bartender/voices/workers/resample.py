"""From one sampling rate to another, piece by piece, without a seam: a windowed sinc."""

from __future__ import annotations

from math import gcd

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
HALF = 16  # samples on each side that an output sample is made of
PASS = 0.94  # of the lower rate's half: what lies above would fold back


class Resampler:
    def __init__(self, source: int, target: int) -> None:
        shared = gcd(source, target)
        self.up, self.down = target // shared, source // shared
        self.table = _table(self.up, PASS * min(1.0, target / source))
        self.kept: Samples = np.zeros(HALF - 1, np.float32)
        self.at = 0  # of the next output sample, in steps of 1/up, counted from the first kept sample

    def feed(self, samples: Samples) -> Samples:
        heard = np.concatenate([self.kept, samples.astype(np.float32)])
        room = len(heard) - 2 * HALF
        count = max(0, (room * self.up - self.at) // self.down + 1) if room >= 0 else 0
        steps = self.at + np.arange(count) * self.down
        first, phase = np.divmod(steps, self.up)
        around = heard[first[:, None] + np.arange(2 * HALF)]
        made = np.einsum("ij,ij->i", around, self.table[phase])
        used = (self.at + count * self.down) // self.up
        self.at += count * self.down - used * self.up
        self.kept = heard[used:]
        return np.asarray(made, np.float32)

    def close(self) -> Samples:
        """The last half window, heard against silence."""
        return self.feed(np.zeros(HALF, np.float32))


def _table(phases: int, width: float) -> Samples:
    """One row of weights for each place between two samples; each row sums to one."""
    away = np.arange(2 * HALF)[None, :] - (HALF - 1) - np.arange(phases)[:, None] / phases
    window = np.cos(np.pi * np.clip(away / (2 * HALF), -0.5, 0.5)) ** 2
    weights = np.sinc(away * width) * window
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), np.float32)


def to_pcm(samples: Samples) -> bytes:
    return (np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()
