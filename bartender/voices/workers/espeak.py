"""espeak-ng in a process of its own: python -m bartender.voices.workers.espeak [voice] [words a minute].

The library is under the GPL. Nothing of Maya is linked with it: this program speaks over its two pipes.
"""

from __future__ import annotations

import ctypes
import sys
from bisect import bisect_right
from collections.abc import Callable
from typing import Any

import espeakng_loader
import numpy as np

from bartender.voices.workers import pipe
from bartender.voices.workers.resample import Resampler, to_pcm

RATE = 24_000
BUFFER_MS = 40
RETRIEVAL, CHARACTERS, UTF8, WORD, WORDS_A_MINUTE = 1, 1, 1, 1, 1
SPANISH = "es-419+f3"
SILENT = 20  # of 32768: the hush before the first sound is cut off


class Event(ctypes.Structure):
    """espeak_EVENT of speak_lib.h."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", ctypes.c_longlong),
    )


CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(Event))


class Espeak:
    def __init__(self, voice: str, rate: int) -> None:
        self.library = ctypes.CDLL(espeakng_loader.get_library_path())
        data = str(espeakng_loader.get_data_path()).encode()
        self.rate: int = self.library.espeak_Initialize(RETRIEVAL, BUFFER_MS, data, 0)
        if self.rate <= 0:
            raise SystemExit("espeak-ng does not start")
        self.voices, self.words_a_minute, self.language = {"en": voice, "es": SPANISH}, rate, ""
        self.turn_to("en")

    def turn_to(self, language: str) -> None:
        """Loading a voice takes time, so it stays until another language is asked for."""
        if language == self.language:
            return
        if self.library.espeak_SetVoiceByName(self.voices[language].encode()):
            raise SystemExit(f"espeak-ng has no voice {self.voices[language]}")
        self.library.espeak_SetParameter(WORDS_A_MINUTE, self.words_a_minute, 0)
        self.language = language

    def speak(self, text: str, heard: Callable[[Any, list[tuple[int, int]]], None]) -> None:
        """`heard` gets each stretch of samples, and where in the text words begin in it, at which sample."""

        def call(samples: Any, count: int, events: Any) -> int:
            began, at = [], 0
            while events[at].type:
                if events[at].type == WORD:
                    began.append((events[at].text_position - 1, events[at].sample))
                at += 1
            heard(np.ctypeslib.as_array(samples, (count,)).copy() if count else np.zeros(0, np.int16), began)
            return 0

        kept = CALLBACK(call)
        self.library.espeak_SetSynthCallback(kept)
        said = text.encode()
        self.library.espeak_Synth(said, ctypes.c_size_t(len(said) + 1), 0, CHARACTERS, 0, UTF8, None, None)
        self.library.espeak_Synchronize()


class Told:
    """One request on its way out: resampled, its words counted, without the hush before it."""

    def __init__(self, id: int, words: list[str], rate: int) -> None:
        self.id, self.rate = id, rate
        self.starts: list[int] = []
        at = 0
        for word in words:
            self.starts.append(at)
            at += len(word) + 1
        self.resampler = Resampler(rate, RATE)
        self.skipped = 0
        self.begun = False
        self.last = -1

    def heard(self, samples: Any, began: list[tuple[int, int]]) -> None:
        loud = np.flatnonzero(np.abs(samples.astype(np.int32)) > SILENT)
        if not self.begun:
            cut = int(loud[0]) if len(loud) else len(samples)
            self.skipped += cut
            samples, self.begun = samples[cut:], bool(len(loud))
        self._words(began)
        self._sound(self.resampler.feed(samples / np.float32(32768)))

    def _words(self, began: list[tuple[int, int]]) -> None:
        """espeak splits a word like twenty-four in two, and begins none of its own."""
        told = []
        for position, sample in began:
            word = bisect_right(self.starts, position) - 1
            if word > self.last:
                told += [
                    (one, max(0, sample - self.skipped) * 1000 / self.rate)
                    for one in range(self.last + 1, word + 1)
                ]
                self.last = word
        if told:
            pipe.reply_json(self.id, pipe.WORDS, told)

    def _sound(self, samples: Any) -> None:
        if len(samples):
            pipe.reply(self.id, pipe.SOUND, to_pcm(samples))

    def close(self) -> None:
        if self.begun:
            self._sound(self.resampler.close())
        pipe.reply(self.id, pipe.END)


def main() -> None:
    voice = sys.argv[1] if len(sys.argv) > 1 else "en-us+f3"
    rate = int(sys.argv[2]) if len(sys.argv) > 2 else 165
    espeak = Espeak(voice, rate)
    pipe.reply_json(0, pipe.READY, {})
    for asked in pipe.requests():
        espeak.turn_to(asked.get("language", "en"))
        told = Told(asked["id"], asked["words"], espeak.rate)
        espeak.speak(" ".join(asked["words"]), told.heard)
        told.close()


if __name__ == "__main__":
    main()
