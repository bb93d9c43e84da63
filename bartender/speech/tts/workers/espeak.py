"""espeak-ng as a program of its own: python -m bartender.speech.tts.workers.espeak [voice] [words a minute].

The library is under the GPL, so nothing else of Maya is linked with it: this program is used through its
pipes.
"""

from __future__ import annotations

import ctypes
import sys
from bisect import bisect_right
from collections.abc import Callable
from typing import Any

import espeakng_loader
import numpy as np

from bartender.speech.tts.workers import pipe
from bartender.speech.tts.workers.resample import Resampler, to_pcm

SAMPLE_RATE_HZ = 24_000
BUFFER_MS = 40
RETRIEVAL, CHARACTERS, UTF8, WORD, WORDS_PER_MINUTE = 1, 1, 1, 1, 1
SPANISH_VOICE = "es-419+f3"
SILENCE_LEVEL = 20  # of 32768; quieter samples at the beginning are cut off


class EspeakEvent(ctypes.Structure):
    """The struct espeak_EVENT of speak_lib.h."""

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


SYNTH_CALLBACK = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(EspeakEvent)
)


class EspeakEngine:
    def __init__(self, voice: str, rate: int) -> None:
        self.library = ctypes.CDLL(espeakng_loader.get_library_path())
        data = str(espeakng_loader.get_data_path()).encode()
        self.sample_rate_hz: int = self.library.espeak_Initialize(RETRIEVAL, BUFFER_MS, data, 0)
        if self.sample_rate_hz <= 0:
            raise SystemExit("espeak-ng does not start")
        self.voices, self.words_per_minute, self.language = {"en": voice, "es": SPANISH_VOICE}, rate, ""
        self.set_language("en")

    def set_language(self, language: str) -> None:
        """Loads the language's voice, unless it is the current one already."""
        if language == self.language:
            return
        if self.library.espeak_SetVoiceByName(self.voices[language].encode()):
            raise SystemExit(f"espeak-ng has no voice {self.voices[language]}")
        self.library.espeak_SetParameter(WORDS_PER_MINUTE, self.words_per_minute, 0)
        self.language = language

    def synthesize(self, text: str, on_audio: Callable[[Any, list[tuple[int, int]]], None]) -> None:
        """Calls `on_audio` with chunks of samples and their word starts: (character, sample) positions."""

        def call(samples: Any, count: int, events: Any) -> int:
            began, at = [], 0
            while events[at].type:
                if events[at].type == WORD:
                    began.append((events[at].text_position - 1, events[at].sample))
                at += 1
            on_audio(
                np.ctypeslib.as_array(samples, (count,)).copy() if count else np.zeros(0, np.int16), began
            )
            return 0

        callback = SYNTH_CALLBACK(call)
        self.library.espeak_SetSynthCallback(callback)
        said = text.encode()
        self.library.espeak_Synth(said, ctypes.c_size_t(len(said) + 1), 0, CHARACTERS, 0, UTF8, None, None)
        self.library.espeak_Synchronize()


class ResponseWriter:
    """Writes the answer to one request: resampled, with word times, without leading silence."""

    def __init__(self, id: int, words: list[str], rate: int) -> None:
        self.id, self.sample_rate_hz = id, rate
        self.word_offsets: list[int] = []
        at = 0
        for word in words:
            self.word_offsets.append(at)
            at += len(word) + 1
        self.resampler = Resampler(rate, SAMPLE_RATE_HZ)
        self.skipped_samples = 0
        self.audio_started = False
        self.last_word = -1

    def write_audio(self, samples: Any, word_starts: list[tuple[int, int]]) -> None:
        loud = np.flatnonzero(np.abs(samples.astype(np.int32)) > SILENCE_LEVEL)
        if not self.audio_started:
            cut = int(loud[0]) if len(loud) else len(samples)
            self.skipped_samples += cut
            samples, self.audio_started = samples[cut:], bool(len(loud))
        self._write_word_starts(word_starts)
        self._write_samples(self.resampler.feed(samples / np.float32(32768)))

    def _write_word_starts(self, word_starts: list[tuple[int, int]]) -> None:
        """espeak splits words like twenty-four, and reports no start for some: those get the next one's."""
        starts = []
        for position, sample in word_starts:
            word = bisect_right(self.word_offsets, position) - 1
            if word > self.last_word:
                starts += [
                    (one, max(0, sample - self.skipped_samples) * 1000 / self.sample_rate_hz)
                    for one in range(self.last_word + 1, word + 1)
                ]
                self.last_word = word
        if starts:
            pipe.write_json_frame(self.id, pipe.WORDS, starts)

    def _write_samples(self, samples: Any) -> None:
        if len(samples):
            pipe.write_frame(self.id, pipe.AUDIO, to_pcm(samples))

    def close(self) -> None:
        if self.audio_started:
            self._write_samples(self.resampler.close())
        pipe.write_frame(self.id, pipe.END)


def main() -> None:
    voice = sys.argv[1] if len(sys.argv) > 1 else "en-us+f3"
    rate = int(sys.argv[2]) if len(sys.argv) > 2 else 165
    espeak = EspeakEngine(voice, rate)
    pipe.write_json_frame(0, pipe.READY, {})
    for request in pipe.read_requests():
        espeak.set_language(request.get("language", "en"))
        response = ResponseWriter(request["id"], request["words"], espeak.sample_rate_hz)
        espeak.synthesize(" ".join(request["words"]), response.write_audio)
        response.close()


if __name__ == "__main__":
    main()
