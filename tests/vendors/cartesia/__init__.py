"""Cartesia's voice on loopback: its real messages over a WebSocket, with a dial for every fault."""

from tests.vendors.cartesia.sound import BYTES_PER_MS, WORD_MS, is_at_most_one_phrase_cut, words_heard_in
from tests.vendors.cartesia.tts import KEY, ScriptedCartesia, TtsFaults

__all__ = [
    "BYTES_PER_MS",
    "KEY",
    "WORD_MS",
    "ScriptedCartesia",
    "TtsFaults",
    "is_at_most_one_phrase_cut",
    "words_heard_in",
]
