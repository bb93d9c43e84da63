"""Settings for `manage.py evaluate`: a bar in memory that is thrown away, beside a bar that is open.

The process that runs with them does not know the bar's database, cache, broker, payment provider or
collector, so nothing it plays can reach a guest's tab, the bar display, a report or real money. Only the
settings of the language model and the voice stay.
"""

from maya_site.settings import *  # noqa: F403

THROWN_AWAY = True
PRODUCTION = DEBUG = False
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
REDIS_URL = ""
PAYMENT_PROVIDER = "simulated"
STRIPE_SECRET_KEY = STRIPE_WEBHOOK_SECRET = STRIPE_MCP_URL = ""
OTEL_EXPORTER_OTLP_ENDPOINT = ""
