"""Cartesia's voice on loopback: its real messages over a WebSocket, with a dial for every fault."""

from tests.vendors.cartesia.sound import BYTES_A_MS, WORD_MS, at_most_one_cut, words_in
from tests.vendors.cartesia.tts import KEY, Dials, ScriptedCartesia

__all__ = ["BYTES_A_MS", "KEY", "WORD_MS", "Dials", "ScriptedCartesia", "at_most_one_cut", "words_in"]
