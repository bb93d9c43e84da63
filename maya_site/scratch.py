"""Settings of a house that is thrown away: for `manage.py evaluate`, beside a bar that is open.

The process that runs with them has never heard of the bar's database, cache, broker, till or collector, so
nothing it plays can reach a guest's tab, the bar display, a report or real money. Only the language model
and the voice's settings stay as they are.
"""

from maya_site.settings import *  # noqa: F403

THROWN_AWAY = True
PRODUCTION = DEBUG = False
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
REDIS_URL = ""
PAYMENT_PROVIDER = "simulated"
STRIPE_SECRET_KEY = STRIPE_WEBHOOK_SECRET = STRIPE_MCP_URL = ""
OTEL_EXPORTER_OTLP_ENDPOINT = ""
