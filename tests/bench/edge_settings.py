"""Both stacks of the benchmark: the same site, on our edge or on the stock one (EDGE_BENCH=ours|stock)."""

import os
from pathlib import Path

from maya_site.settings import *  # noqa: F403
from maya_site.settings import MIDDLEWARE as OURS

STOCK = os.environ.get("EDGE_BENCH") == "stock"
ROOT_URLCONF = "tests.bench.edge_urls"
STATIC_ROOT = Path(os.environ["EDGE_STATIC"])
LOGGING = {"version": 1, "disable_existing_loggers": True}
MIDDLEWARE = list(OURS)
if STOCK:
    # As WhiteNoise's own documentation places it.
    MIDDLEWARE.insert(2, "whitenoise.middleware.WhiteNoiseMiddleware")
