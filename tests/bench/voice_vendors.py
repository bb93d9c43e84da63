"""Gemini and Cartesia with fixed delays, in a process of their own: python -m tests.bench.voice_vendors."""

import argparse
import contextlib
import threading
from dataclasses import replace

from tests.vendors.cartesia import ScriptedCartesia
from tests.vendors.gemini import KEY, ScriptedGemini
from tests.vendors.gemini.script import Pause

SAYS = (
    "Good evening, and welcome in. ",
    "It is a fine night for a quiet talk. ",
    "Tell me how your day was.",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--thinks", type=float, default=0.1, help="seconds to the first token")
    parser.add_argument("--draws-breath", type=float, default=0.05, help="seconds to the first sound")
    parser.add_argument("--sentences", type=int, default=3)
    asked = parser.parse_args()
    said = [SAYS[number % len(SAYS)] for number in range(asked.sentences)]
    with ScriptedGemini(models=set()) as gemini, ScriptedCartesia(key=KEY) as cartesia:
        gemini.always([Pause(asked.thinks), *said])
        cartesia.dials = replace(cartesia.dials, delay=asked.draws_breath, speed=4.0)
        print(gemini.address, cartesia.address, KEY, flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    main()
