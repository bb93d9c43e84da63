"""python -m tests.vendors.cartesia [--port 8201] [--delay 0.1] [--speed 4]: a rehearsal without a key."""

from argparse import ArgumentParser
from dataclasses import replace
from signal import SIGINT, SIGTERM, sigwait

from tests.vendors.cartesia import KEY, ScriptedCartesia


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8201)
    parser.add_argument("--delay", type=float, default=0.0)
    parser.add_argument("--speed", type=float, default=0.0)
    parser.add_argument("--chunk-words", type=int, default=1)
    asked = parser.parse_args()
    with ScriptedCartesia(asked.port) as server:
        server.dials = replace(
            server.dials, delay=asked.delay, speed=asked.speed, chunk_words=asked.chunk_words
        )
        print(f"CARTESIA_BASE_URL={server.address} CARTESIA_API_KEY={KEY}", flush=True)
        sigwait({SIGINT, SIGTERM})


if __name__ == "__main__":
    main()
