"""Django's settings, and the only reader of the environment. A part whose key is empty is off, or its
stand-in is used."""

import os
import re
import secrets
from datetime import timedelta
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

from maya_site.core.logs import logging_config
from maya_site.edge.content_security_policy import PERMISSIONS, content_security_policy

BASE_DIR = Path(__file__).resolve().parent.parent


class Env(environ.Env):  # type: ignore[misc]
    """Raises ImproperlyConfigured with one sentence that names the variable and never its value, which may
    be a key."""

    type_names = {int: "a whole number", float: "a number", bool: "on or off"}
    boolean_strings = {*environ.Env.BOOLEAN_TRUE_STRINGS, "false", "off", "n", "no", "0"}

    def get_value(self, var: str, cast: Any = None, *rest: Any, **given: Any) -> Any:
        said = str(self.ENVIRON.get(var, "")).strip()
        if cast in self.type_names and var in self.ENVIRON and not said:
            return given.get("default")  # empty is not set
        try:
            found = super().get_value(var, cast, *rest, **given)
        except ValueError as trouble:
            raise ImproperlyConfigured(f"{var} must be {self.type_names.get(cast, 'readable')}.") from trouble
        if cast is bool and said and said.lower() not in self.boolean_strings:
            raise ImproperlyConfigured(f"{var} must be on or off.")
        return found

    def choice(self, var: str, *known: str) -> str:
        """One of the known words. An empty variable means the first of them."""
        found: str = self.str(var, default="") or known[0]
        if found.lower() not in known:
            raise ImproperlyConfigured(f"{var} must be one of {', '.join(known)}.")
        return found.lower()


env = Env()
Env.read_env(env.str("ENV_FILE", default="") or BASE_DIR / ".env")

PYTHON_ENV = env.choice("PYTHON_ENV", "development", "production")
PRODUCTION = PYTHON_ENV == "production"
DEBUG = env.bool("DEBUG", default=False)
LOG_LEVEL = env.choice("LOG_LEVEL", "info", "debug", "warning", "error").upper()

# --- Who answers, who speaks, who remembers, who takes money -----------------------------------------
# Each describes itself (maya_site/core/providers.py). Of a kind the first that has its settings is the best.
PROVIDERS = [
    "payments.providers.stripe.registration.API",
    "payments.providers.stripe.registration.MCP",
    "payments.providers.simulated.SPEC",
    "bartender.brains.gemini.registration.SPEC",
    "bartender.brains.openai_compatible.registration.SPEC",
    "bartender.speech.tts.cartesia.registration.SPEC",
    "bartender.speech.tts.kokoro.SPEC",
    "bartender.speech.tts.espeak.SPEC",
    "bartender.speech.stt.cartesia.SPEC",
    "bartender.speech.stt.moonshine.SPEC",
    "rag.providers.minilm.registration.SPEC",
    "rag.providers.wordllama.registration.SPEC",
    "rag.providers.gemini.registration.SPEC",
    "rag.providers.memvid.registration.SPEC",
    "rag.providers.faiss.registration.SPEC",
]
GEMINI_API_KEY = env.str("GEMINI_API_KEY", default="") or env.str("GOOGLE_API_KEY", default="")
GEMINI_MODEL_VERSION = env.str("GEMINI_MODEL_VERSION", default="gemini-3.8-flash")
GEMINI_FALLBACK_MODEL = env.str("GEMINI_FALLBACK_MODEL", default="gemini-3.5-flash-lite")
GEMINI_BASE_URL = env.str("GEMINI_BASE_URL", default="")
GOOGLE_CLOUD_PROJECT = env.str("GOOGLE_CLOUD_PROJECT", default="")
GOOGLE_CLOUD_LOCATION = env.str("GOOGLE_CLOUD_LOCATION", default="global")
LLM_BASE_URL = env.str("LLM_BASE_URL", default="")
LLM_MODEL = env.str("LLM_MODEL", default="")
LLM_API_KEY = env.str("LLM_API_KEY", default="")
# Sent only when set: current models advise against both.
TEMPERATURE = env.float("TEMPERATURE", default=None) if env.str("TEMPERATURE", default="") else None
MAX_OUTPUT_TOKENS = (
    env.int("MAX_OUTPUT_TOKENS", default=None) if env.str("MAX_OUTPUT_TOKENS", default="") else None
)
TTS_PROVIDER = env.str("TTS_PROVIDER", default="auto") or "auto"
CARTESIA_API_KEY = env.str("CARTESIA_API_KEY", default="")
CARTESIA_VOICE_ID = env.str("CARTESIA_VOICE_ID", default="f786b574-daa5-4673-aa0c-cbe3e8534c02")
CARTESIA_MODEL = env.str("CARTESIA_MODEL", default="sonic-3.5")
CARTESIA_STT_MODEL = env.str("CARTESIA_STT_MODEL", default="ink-2")
CARTESIA_BASE_URL = env.str("CARTESIA_BASE_URL", default="")
EMBEDDER = env.str("EMBEDDER", default="auto")
MEMORY_STORE = env.str("MEMORY_STORE", default="auto")
MEMORY_DIR = Path(env.str("MEMORY_DIR", default="") or BASE_DIR / "var" / "memory")
GEMINI_EMBEDDING_MODEL = env.str("GEMINI_EMBEDDING_MODEL", default="gemini-embedding-001")
# Read by FAISS and Memvid when they are imported: one thread each, so that a fork after it is safe, and
# nothing about the bar is sent to the maker of the other.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ["MEMVID_TELEMETRY"] = "0"
STRIPE_SECRET_KEY = env.str("STRIPE_SECRET_KEY", default="")
STRIPE_WEBHOOK_SECRET = env.str("STRIPE_WEBHOOK_SECRET", default="")
STRIPE_MCP_URL = env.str("STRIPE_MCP_URL", default="")
STRIPE_API_BASE = env.str("STRIPE_API_BASE", default="")
PAYMENT_PROVIDER = env.str("PAYMENT_PROVIDER", default="auto")
# How long a till is waited for, how often it is asked, and the first pause between.
TILL_CONNECT_SECONDS, TILL_READ_SECONDS, TILL_TRIES, TILL_PAUSE_SECONDS = 3.0, 8.0, 2, 0.3
MAYA_MASTER_KEY = env.str("MAYA_MASTER_KEY", default="")
SENTRY_DSN = env.str("SENTRY_DSN", default="")
OTEL_EXPORTER_OTLP_ENDPOINT = env.str("OTEL_EXPORTER_OTLP_ENDPOINT", default="")
EMAIL_URL = env.str("EMAIL_URL", default="")
if EMAIL_URL:  # EMAIL_HOST and the others of Django's own names
    try:
        globals().update(env.email_url_config(EMAIL_URL))
    except (ImproperlyConfigured, ValueError) as trouble:
        raise ImproperlyConfigured("EMAIL_URL must be as smtp+tls://user:password@host:587.") from trouble
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("EMAIL_FROM", default="") or "maya@localhost"
BACKUPS_REQUESTED = bool(env.str("BACKUP_STORE", default=""))
BACKUP_STORE = env.str("BACKUP_STORE", default="") or str(BASE_DIR / "var" / "backups")
BACKUP_RECIPIENT = env.str("BACKUP_RECIPIENT", default="")
BACKUP_KEEP_DAYS = env.int("BACKUP_KEEP_DAYS", default=14)
BACKUP_ENDPOINT = env.str("BACKUP_ENDPOINT", default="")
BACKUP_REGION = env.str("BACKUP_REGION", default="us-east-1")
BACKUP_ACCESS_KEY = env.str("BACKUP_ACCESS_KEY", default="")
BACKUP_SECRET_KEY = env.str("BACKUP_SECRET_KEY", default="")
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
MODAL_MEMORY_MB = env.int("MODAL_MEMORY_MB", default=4096)
MODAL_MAX_CONTAINERS = env.int("MODAL_MAX_CONTAINERS", default=3)
MAYA_MODAL_SHAPE = env.str("MAYA_MODAL_SHAPE", default="asgi")

# --- Server ------------------------------------------------------------------------------------------
HOST = env.str("HOST", default="127.0.0.1")
PORT = env.int("PORT", default=8000)
WORKERS = env.int("WORKERS", default=1)
HOLD_SECONDS = env.int("HOLD_SECONDS", default=5)
PROXY_HOPS = env.int("PROXY_HOPS", default=0)
REDIS_URL = env.str("REDIS_URL", default="")
JOB_RUNNER = env.str("JOB_RUNNER", default="auto")
DATABASE_URL = env.str("DATABASE_URL", default="") or f"sqlite:///{BASE_DIR / 'maya.sqlite3'}"


def _load_development_key() -> str:
    """Made once and kept beside the database, so that guests keep their tab across a restart."""
    kept = BASE_DIR / ".secret_key"
    if not kept.exists():
        kept.write_text(secrets.token_urlsafe(50))
        kept.chmod(0o600)
    return kept.read_text().strip()


if PRODUCTION:
    # Each is a key, or what a bar that wants no cloud sets in its place.
    for given, name in (
        (GEMINI_API_KEY or LLM_BASE_URL, "GEMINI_API_KEY or LLM_BASE_URL"),
        (CARTESIA_API_KEY or TTS_PROVIDER != "auto", "CARTESIA_API_KEY or a local voice in TTS_PROVIDER"),
        *((env.str(name, default=""), name) for name in ("SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL")),
    ):
        if not given:
            raise ImproperlyConfigured(f"{name} is missing: production needs it. Set it in the environment.")
    if not DATABASE_URL.startswith(("postgres://", "postgresql://")):
        raise ImproperlyConfigured("DATABASE_URL must name a PostgreSQL database in production.")

SECRET_KEY = env.str("SECRET_KEY", default="") or _load_development_key()
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[]) or ["localhost", "127.0.0.1", "[::1]", HOST]


def _served_origins() -> list[str]:
    """Where our pages come from, as browsers write it."""
    scheme, usual = ("https", True) if PRODUCTION else ("http", PORT == 80)
    named = (host for host in ALLOWED_HOSTS if not host.startswith((".", "*")))
    return [f"{scheme}://{host}" + ("" if usual else f":{PORT}") for host in named]


ORIGIN = r"https?://[^/?#@\s]+"


def _resolve_public_url() -> str:
    """Where guests find us: as configured, else the first of ALLOWED_HOSTS, else this machine's."""
    if said := env.str("PUBLIC_URL", default=""):
        return str(said).rstrip("/")
    if env.list("ALLOWED_HOSTS", default=[]):
        return next(iter(_served_origins()), "")
    everywhere = HOST in ("", "0.0.0.0", "::")  # noqa: S104 - nothing is bound here
    host = "localhost" if everywhere else f"[{HOST}]" if ":" in HOST else HOST
    return f"http://{host}" + ("" if PORT == 80 else f":{PORT}")


PUBLIC_URL = _resolve_public_url()
_served_urls = dict.fromkeys([*_served_origins(), PUBLIC_URL])  # a wrong one is named by the checks, once
ORIGINS = env.list("ALLOWED_ORIGINS", default=[]) or [
    one for one in _served_urls if re.fullmatch(ORIGIN, one)
]

# --- Django ------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "daphne",
    "maya_site.admin_app.MayaAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "django_prometheus",
    "maya_site",
    "maya_site.tasks",
    "payments",
    "rag",
    "bartender",  # the last: it sets what staff may do with all of the above
]
MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "maya_site.edge.middleware.PageCSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "maya_site.edge.middleware.no_store_by_default",
    "maya_site.edge.middleware.ServiceUnavailableMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "maya_site.edge.middleware.GuestLocaleMiddleware",
    "maya_site.edge.middleware.rate_limit_page_views",
    "maya_site.edge.middleware.VenueCommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "maya_site.staff_login.middleware.require_second_factor",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",  # the last: it turns a refused login into its answer
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]
ROOT_URLCONF = "maya_site.urls"
ASGI_APPLICATION = "maya_site.asgi.application"
TEMPLATES = [
    {
        "NAME": "django",
        "BACKEND": "maya_site.edge.venue_templates.VenueTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "maya_site.edge.template_loader.UnindentedLoader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "builtins": ["maya_site.templatetags.clock"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]


def _database_config(url: str) -> dict[str, Any]:
    """SQLite takes the write lock when the transaction begins; PostgreSQL has a pool and short patience."""
    if not url.startswith(("sqlite://", "postgres://", "postgresql://")):
        raise ImproperlyConfigured("DATABASE_URL must begin with postgres:// or sqlite:///.")
    found: dict[str, Any] = env.db_url_config(url)
    if found["ENGINE"].endswith("sqlite3"):
        found["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA synchronous=NORMAL;",
        }
        # A new connection reads the whole schema anew and has forgotten every prepared statement.
        found["CONN_MAX_AGE"] = None
    else:
        found["OPTIONS"] = {
            "pool": {"min_size": 2, "max_size": 10, "timeout": 4},
            "options": "-c lock_timeout=1000",
        }
        found["CONN_HEALTH_CHECKS"] = True
        found["CONN_MAX_AGE"] = 0
    return found


DATABASES = {"default": _database_config(DATABASE_URL)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

if REDIS_URL:
    CHANNEL_LAYERS: dict[str, Any] = {
        "default": {
            "BACKEND": "channels_redis.core.RedisChannelLayer",
            "CONFIG": {"hosts": [{"address": REDIS_URL, "socket_connect_timeout": 0.5}], "prefix": "maya"},
        }
    }
else:
    CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = ["maya_site.staff_login.passwords.SequentialPBKDF2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LANGUAGE_CODE = "en"
FORMAT_MODULE_PATH = "maya_site.formats"
LANGUAGES = [("en", "English"), ("es", "Español")]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_NAME, LANGUAGE_COOKIE_AGE = "maya_language", 180 * 24 * 60 * 60
LANGUAGE_COOKIE_SAMESITE, LANGUAGE_COOKIE_HTTPONLY = "Lax", True
TIME_ZONE = "UTC"
USE_TZ = True
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "maya_site.edge.static_storage.CollectedManifestStorage"},
}

# --- Security ----------------------------------------------------------------------------------------
SECURE_COOKIES = PRODUCTION
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = SECURE_COOKIES
if SECURE_COOKIES:  # with this prefix browsers take them from this very host over TLS only
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
SECURE_SSL_REDIRECT = PRODUCTION
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^metrics$"]  # asked from inside, without TLS
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PRODUCTION
DEFAULT_EXCEPTION_REPORTER_FILTER = "maya_site.edge.error_reports.AlwaysSafeReporterFilter"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_TRUSTED_ORIGINS = ORIGINS
CONTENT_SECURITY_POLICY = content_security_policy(
    payment_origins=["https://checkout.stripe.com", "https://buy.stripe.com"]
)
PERMISSIONS_POLICY = PERMISSIONS
MAX_BODY_BYTES = 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024
SESSION_COOKIE_HTTPONLY = True
# Staff who are idle for half an hour log in again. Guests have no session, so this costs them nothing.
SESSION_COOKIE_AGE = 30 * 60
SESSION_SAVE_EVERY_REQUEST = True
# Five wrong passwords for a name from one address: a pause of 15 minutes. By both together, so that a
# stranger who knows a name, or shares the bar's address, cannot lock staff out of their own bar. Tries by one
# of them alone are counted before the password is looked at (maya_site/staff_login/login_limits.py).
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_LOCKOUT_TEMPLATE = "admin/locked_out.html"
AXES_VERBOSE = False
AXES_CLIENT_IP_CALLABLE = "maya_site.core.client_addresses.login_client_address"
# Managers show a code of an app after their password. Where guests' money is real; elsewhere who wants to.
SECOND_FACTOR_REQUIRED = PRODUCTION
OTP_TOTP_ISSUER = "Maya, behind the bar"

# --- Logs --------------------------------------------------------------------------------------------
LOG_GUEST_TEXT = env.bool("LOG_GUEST_TEXT", default=False)
LOGGING = logging_config(level=LOG_LEVEL, production=PRODUCTION, guest_text=LOG_GUEST_TEXT)
