"""Sound that can be read back: each word is a level of its own, so that a test knows what was heard."""

import zlib
from itertools import chain

import numpy as np

WORD_MS = 100
BYTES_PER_MS = 48


def level_for_word(word: str) -> int:
    return 1_000 + zlib.crc32(word.encode()) % 20_000


def audio_for_word(word: str) -> bytes:
    return np.full(WORD_MS * BYTES_PER_MS // 2, level_for_word(word), "<i2").tobytes()


def words_heard_in(pcm: bytes, known: list[str]) -> list[str]:
    """Which of the known words were heard, in order. A level that is no word's is noise: that fails."""
    names = {level_for_word(word): word for word in known}
    levels = np.frombuffer(pcm, "<i2")
    heard = levels[WORD_MS * BYTES_PER_MS // 4 :: WORD_MS * BYTES_PER_MS // 2]  # the middle of each word
    assert set(np.unique(levels)) <= {*names, 0}, "noise"
    return [names[int(one)] for one in heard if one]


def is_at_most_one_phrase_cut(heard: list[str], pieces: list[list[str]]) -> bool:
    """Whether all pieces were heard in order and once, each whole but for the end of one."""
    return any(
        heard == [*chain(*pieces[:cut]), *pieces[cut][:kept], *chain(*pieces[cut + 1 :])]
        for cut in range(len(pieces))
        for kept in range(len(pieces[cut]) + 1)
    )
