"""Learns the tagger's weights from the annotated sentences and from orders made by the menu's shape.

    python -m tests.understanding.reader.train [--held-out]

With --held-out a ninth of the sentences is kept back, and how many of them are read right is printed. Needs
jax and optax (`pip install jax optax`); nothing else here does. A quarter of an hour on two cores.
"""

from __future__ import annotations

import argparse
import os

import tests.clean_environment  # noqa: F401  before Django reads the settings


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--held-out", action="store_true", help="keep a ninth back, and judge by it")
    keep_back = parser.parse_args().held_out
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maya_site.settings")
    import django

    django.setup()
    from tests.understanding.reader.training import train

    train(keep_back=keep_back)


if __name__ == "__main__":
    main()
