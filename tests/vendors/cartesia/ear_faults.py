"""What each fault of Cartesia's ears comes to for a guest: python -m tests.vendors.cartesia.ear_faults"""

import asyncio
import os
import time
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maya_site.settings")
django.setup()

from bartender.hearing.base import Mark, Microphone, Words  # noqa: E402
from bartender.hearing.cartesia import CartesiaEars  # noqa: E402
from maya_site.lib.errors import ProviderError  # noqa: E402
from tests.bartender.hearing.sounds import noise  # noqa: E402
from tests.vendors.cartesia.ears import KEY, ScriptedEars  # noqa: E402

SAID = "two old fashioneds please"
FAULTS: dict[str, dict[str, Any]] = {
    "none": {},
    "every event 200 ms late": {"delay": 0.2},
    "the end of the turn 5 s late": {"late": 5.0},
    "an end that is taken back": {"resumes": True},
    "nothing was said": {"script": ""},
    "the line drops in the turn, once": {"drops_in_turn": 1},
    "the line drops in every turn": {"drops_in_turn": 99},
    "taken and closed, once": {"closes": 1},
    "taken and closed, always": {"closes": 99},
    "taken, and silent": {"mute": True},
    "greets, and then is silent": {"stalls": True},
    "429": {"refuses": 429},
    "503": {"refuses": 503},
    "402": {"refuses": 402},
    "a wrong key": {"key": "ck-wrong"},
    "an error in the turn, 500": {"errors": 500},
}


async def tried(vendor: ScriptedEars, script: str = SAID, key: str = KEY, **dials: Any) -> str:
    vendor.will_hear(script, **dials)
    microphone = Microphone()
    microphone.mark(Mark.BEGAN)
    microphone.put(noise(1_200))
    microphone.mark(Mark.LET_GO)
    ears = CartesiaEars(key, "ink-2", vendor.address)
    try:
        async with asyncio.timeout(30):
            async for told in ears.listen(microphone, ()):
                if isinstance(told, Words) and told.final:
                    microphone.close()
                    return f"heard {told.text!r}"
    except ProviderError as error:
        return f"{type(error).__name__}: {error}"
    return "nothing at all"


async def show() -> None:
    with ScriptedEars() as vendor:
        for name, dials in FAULTS.items():
            began = time.perf_counter()
            outcome = await tried(vendor, **dials)
            print(f"{name:34} {time.perf_counter() - began:5.1f} s  {len(vendor.lines)} lines  {outcome}")
    await asyncio.sleep(0.1)


if __name__ == "__main__":
    asyncio.run(show())
