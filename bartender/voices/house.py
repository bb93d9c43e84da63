"""Who speaks for Maya: the best voice that there is for a visit, made once for each event loop."""

from __future__ import annotations

import asyncio
import importlib.util
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from bartender.records.visits import Visit
from bartender.voices.base import Voice
from bartender.voices.local import LocalVoice
from bartender.voices.worker import Worker


@dataclass
class House:
    """The voices of one event loop: their processes and lines belong to it."""

    workers: list[Worker] = field(default_factory=list)
    espeak: LocalVoice | None = None

    def __post_init__(self) -> None:
        if local_voice():
            worker = Worker("espeak", "bartender.voices.workers.espeak")
            self.workers.append(worker)
            self.espeak = LocalVoice("espeak", "espeak-ng, a voice of this machine", worker)

    async def close(self) -> None:
        for worker in self.workers:
            worker.stop()
        await asyncio.sleep(0.01)  # the loop lets go of their pipes


HOUSES: WeakKeyDictionary[asyncio.AbstractEventLoop, House] = WeakKeyDictionary()


def house_here() -> House:
    loop = asyncio.get_running_loop()
    if loop not in HOUSES:
        HOUSES[loop] = House()
    return HOUSES[loop]


def local_voice() -> str:
    """The name of the best voice of this machine; nothing where there is none."""
    return "espeak-ng" if importlib.util.find_spec("espeakng_loader") else ""


def voice_for(visit: Visit) -> Voice | None:
    return house_here().espeak
