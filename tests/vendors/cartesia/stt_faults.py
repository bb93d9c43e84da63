"""What each fault of Cartesia's ears comes to for a guest: python -m tests.vendors.cartesia.stt_faults"""

import asyncio
import os
import time
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maya_site.settings")
django.setup()

from bartender.speech.stt.base import AudioMarker, MicrophoneStream, Transcript  # noqa: E402
from bartender.speech.stt.cartesia import CartesiaSTT  # noqa: E402
from maya_site.core.errors import ProviderError  # noqa: E402
from tests.bartender.stt.sounds import noise  # noqa: E402
from tests.vendors.cartesia.stt import KEY, ScriptedCartesiaSTT  # noqa: E402

SPOKEN_TEXT = "two old fashioneds please"
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


async def try_fault(
    vendor: ScriptedCartesiaSTT, script: str = SPOKEN_TEXT, key: str = KEY, **dials: Any
) -> str:
    vendor.will_hear(script, **dials)
    microphone = MicrophoneStream()
    microphone.put_marker(AudioMarker.SPEECH_STARTED)
    microphone.put(noise(1_200))
    microphone.put_marker(AudioMarker.PUSH_TO_TALK_RELEASED)
    ears = CartesiaSTT(key, "ink-2", vendor.address)
    try:
        async with asyncio.timeout(30):
            async for told in ears.transcribe_stream(microphone, ()):
                if isinstance(told, Transcript) and told.is_final:
                    microphone.close()
                    return f"heard {told.text!r}"
    except ProviderError as error:
        return f"{type(error).__name__}: {error}"
    return "nothing at all"


async def print_faults() -> None:
    with ScriptedCartesiaSTT() as vendor:
        for name, dials in FAULTS.items():
            began = time.perf_counter()
            outcome = await try_fault(vendor, **dials)
            print(f"{name:34} {time.perf_counter() - began:5.1f} s  {len(vendor.lines)} lines  {outcome}")
    await asyncio.sleep(0.1)


if __name__ == "__main__":
    asyncio.run(print_faults())
