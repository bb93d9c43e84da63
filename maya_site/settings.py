"""Django's settings, and the only reader of the environment. A part whose key is empty is off, or its
stand-in is used."""

import hmac
import os
import re
import secrets
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from maya_site.core.environment import Env, is_web_address, read_env_file
from maya_site.core.logs import logging_config
from maya_site.core.release import checked_out_commit
from maya_site.edge.content_security_policy import PERMISSIONS, content_security_policy

BASE_DIR = Path(__file__).resolve().parent.parent


env = Env()
read_env_file(env, env.text("ENV_FILE"), BASE_DIR / ".env")

PYTHON_ENV = env.choice("PYTHON_ENV", "development", "production")
PRODUCTION = PYTHON_ENV == "production"
MAYA_COMMIT = env.token("MAYA_COMMIT") or checked_out_commit()
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
GEMINI_API_KEY = env.token("GEMINI_API_KEY") or env.token("GOOGLE_API_KEY")
GEMINI_MODEL_VERSION = env.token("GEMINI_MODEL_VERSION", "gemini-3.8-flash")
GEMINI_FALLBACK_MODEL = env.str("GEMINI_FALLBACK_MODEL", default="gemini-3.5-flash-lite")
GEMINI_BASE_URL = env.token("GEMINI_BASE_URL")
GOOGLE_CLOUD_PROJECT = env.token("GOOGLE_CLOUD_PROJECT")
GOOGLE_CLOUD_LOCATION = env.token("GOOGLE_CLOUD_LOCATION", "global")
LLM_BASE_URL = env.token("LLM_BASE_URL")
LLM_MODEL = env.text("LLM_MODEL")
LLM_API_KEY = env.token("LLM_API_KEY")
# Sent only when set: current models advise against both.
TEMPERATURE = env.fraction("TEMPERATURE", 0, 2)
MAX_OUTPUT_TOKENS = env.number("MAX_OUTPUT_TOKENS", 0, 0) or None
TTS_PROVIDER = env.token("TTS_PROVIDER", "auto") or "auto"
CARTESIA_API_KEY = env.token("CARTESIA_API_KEY")
CARTESIA_VOICE_ID = env.token("CARTESIA_VOICE_ID", "f786b574-daa5-4673-aa0c-cbe3e8534c02")
CARTESIA_MODEL = env.token("CARTESIA_MODEL", "sonic-3.5")
CARTESIA_STT_MODEL = env.token("CARTESIA_STT_MODEL", "ink-2")
CARTESIA_BASE_URL = env.token("CARTESIA_BASE_URL")
EMBEDDER = env.token("EMBEDDER", "auto")
MEMORY_STORE = env.token("MEMORY_STORE", "auto")
MEMORY_DIR = env.folder("MEMORY_DIR", BASE_DIR / "var" / "memory")
GEMINI_EMBEDDING_MODEL = env.token("GEMINI_EMBEDDING_MODEL", "gemini-embedding-001")
# Read by FAISS and Memvid when they are imported: one thread each, so that a fork after it is safe, and
# nothing about the bar is sent to the maker of the other.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ["MEMVID_TELEMETRY"] = "0"
STRIPE_SECRET_KEY = env.token("STRIPE_SECRET_KEY")
STRIPE_WEBHOOK_SECRET = env.token("STRIPE_WEBHOOK_SECRET")
STRIPE_MCP_URL = env.token("STRIPE_MCP_URL")
STRIPE_API_BASE = env.token("STRIPE_API_BASE")
PAYMENT_PROVIDER = env.token("PAYMENT_PROVIDER", "auto")
# How long a till is waited for, how often it is asked, and the first pause between.
TILL_CONNECT_SECONDS, TILL_READ_SECONDS, TILL_TRIES, TILL_PAUSE_SECONDS = 3.0, 8.0, 2, 0.3
MAYA_MASTER_KEY = env.token("MAYA_MASTER_KEY")
SENTRY_DSN = env.token("SENTRY_DSN")
OTEL_EXPORTER_OTLP_ENDPOINT = env.token("OTEL_EXPORTER_OTLP_ENDPOINT")
EMAIL_URL = env.text("EMAIL_URL")
if EMAIL_URL:  # EMAIL_HOST and the others of Django's own names
    try:
        globals().update(env.email_url_config(EMAIL_URL))
    except (ImproperlyConfigured, ValueError, KeyError):
        raise ImproperlyConfigured("EMAIL_URL must be as smtp+tls://user:password@host:587.") from None
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM", "maya@localhost")
EVENTS_TOKEN = env.token("EVENTS_TOKEN")
EVENTS_TO_PRIVATE_NETWORKS = env.bool("EVENTS_TO_PRIVATE_NETWORKS", False)
# Of the Alertmanager beside this bar: manage.py alertmanager_config writes what it reads.
ALERT_MAIL_TO = env.text("ALERT_MAIL_TO")
ALERT_WEBHOOK_URL = env.token("ALERT_WEBHOOK_URL")
BACKUPS_REQUESTED = bool(env.text("BACKUP_STORE"))
BACKUP_STORE = env.text("BACKUP_STORE") or str(BASE_DIR / "var" / "backups")
BACKUP_RECIPIENT = env.token("BACKUP_RECIPIENT")
BACKUP_KEEP_DAYS = env.number("BACKUP_KEEP_DAYS", 14, 1)
BACKUP_ENDPOINT = env.token("BACKUP_ENDPOINT")
BACKUP_REGION = env.token("BACKUP_REGION", "us-east-1")
BACKUP_ACCESS_KEY = env.token("BACKUP_ACCESS_KEY")
BACKUP_SECRET_KEY = env.token("BACKUP_SECRET_KEY")
METRICS_TOKEN = env.token("METRICS_TOKEN")
MODAL_MEMORY_MB = env.number("MODAL_MEMORY_MB", 4096, 1)
MODAL_MAX_CONTAINERS = env.number("MODAL_MAX_CONTAINERS", 3, 1)
MAYA_MODAL_SHAPE = env.choice("MAYA_MODAL_SHAPE", "asgi", "daphne")
MODAL_WEB_URL = str(env.token("MODAL_WEB_URL")).rstrip("/")  # told by the container

# --- Server ------------------------------------------------------------------------------------------
HOST = env.token("HOST", "127.0.0.1")
PORT = env.number("PORT", 8000, 0, 65535)
WORKERS = env.number("WORKERS", 1, 1)
HOLD_SECONDS = env.number("HOLD_SECONDS", 5, 0, 60)
PROXY_HOPS = env.number("PROXY_HOPS", 0, 0)
REDIS_URL = env.redis_url("REDIS_URL")
JOB_RUNNER = env.token("JOB_RUNNER", "auto")
DATABASE_POOLED = env.choice("DATABASE_POOLER", "none", "pgbouncer") == "pgbouncer"
DATABASE_URL = env.database_url("DATABASE_URL", f"sqlite:///{BASE_DIR / 'maya.sqlite3'}")


def _load_development_key() -> str:
    """Made once and kept beside the database, so that guests keep their tab across a restart."""
    key_file = BASE_DIR / ".secret_key"
    if not key_file.exists():
        key_file.write_text(secrets.token_urlsafe(50))
        key_file.chmod(0o600)
    return key_file.read_text().strip()


if PRODUCTION:
    # Each is a key, or what a bar that wants no cloud sets in its place.
    for given, name in (
        (GEMINI_API_KEY or LLM_BASE_URL, "GEMINI_API_KEY or LLM_BASE_URL"),
        (CARTESIA_API_KEY or TTS_PROVIDER != "auto", "CARTESIA_API_KEY or a local voice in TTS_PROVIDER"),
        (env.text("SECRET_KEY"), "SECRET_KEY"),
        (env.text("ALLOWED_HOSTS") or MODAL_WEB_URL, "ALLOWED_HOSTS"),
        (env.text("DATABASE_URL"), "DATABASE_URL"),
    ):
        if not given:
            raise ImproperlyConfigured(f"{name} is missing: production needs it. Set it in the environment.")
    if not DATABASE_URL.startswith(("postgres://", "postgresql://")):
        raise ImproperlyConfigured("DATABASE_URL must name a PostgreSQL database in production.")

SECRET_KEY = env.secret_key("SECRET_KEY", strict=PRODUCTION) or _load_development_key()
# Chains the ledger's journals. The first makes new links, the others prove older ones; SECRET_KEY does both
# where there is none, and goes on to prove what it made.
LEDGER_KEYS = env.secret_keys("LEDGER_KEY", strict=PRODUCTION)
LEDGER_KEYS += [hmac.digest(SECRET_KEY.encode(), b"ledger chain", "sha256").hex()]
NAMED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
ALLOWED_HOSTS = NAMED_HOSTS or ["localhost", "127.0.0.1", "[::1]", HOST]


def _served_origins() -> list[str]:
    """Where our pages come from, as browsers write it."""
    scheme, usual = ("https", True) if PRODUCTION else ("http", PORT == 80)
    named = (host for host in ALLOWED_HOSTS if not host.startswith((".", "*")))
    return [f"{scheme}://{host}" + ("" if usual else f":{PORT}") for host in named]


ORIGIN = r"https?://[^/?#@\s]+"


def _resolve_public_url() -> str:
    """Where guests find us: as configured, else the first of ALLOWED_HOSTS, else the host's name for us, else
    this machine's."""
    if said := env.token("PUBLIC_URL"):
        return str(said).rstrip("/")
    if MODAL_WEB_URL or NAMED_HOSTS:
        return next(iter(_served_origins() if NAMED_HOSTS else []), MODAL_WEB_URL)
    everywhere = HOST in ("", "0.0.0.0", "::")  # noqa: S104 - nothing is bound here
    host = "localhost" if everywhere else f"[{HOST}]" if ":" in HOST else HOST
    return f"http://{host}" + ("" if PORT == 80 else f":{PORT}")


PUBLIC_URL = _resolve_public_url()
_served_urls = dict.fromkeys([*_served_origins(), PUBLIC_URL])  # a wrong one is named by the checks, once
ORIGINS = env.list("ALLOWED_ORIGINS", default=[]) or [
    one for one in _served_urls if re.fullmatch(ORIGIN, one)
]
if MODAL_WEB_URL and not is_web_address(MODAL_WEB_URL):
    raise ImproperlyConfigured("MODAL_WEB_URL must be an address, as https://bar.example. Leave it empty.")
if MODAL_WEB_URL:
    ALLOWED_HOSTS = [*ALLOWED_HOSTS, MODAL_WEB_URL.partition("://")[2]]
    ORIGINS = [*dict.fromkeys([*ORIGINS, MODAL_WEB_URL])]

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
    "maya_site.events",
    "payments",
    "rag",
    "bartender",  # the last: it sets what staff may do with all of the above
]
MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "maya_site.edge.middleware.PageGZipMiddleware",
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
                    "maya_site.edge.template_loader.CachedLoader",
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
        from maya_site.core.postgres import database_options  # its driver is not for a bar on SQLite

        found["OPTIONS"] = {**found.get("OPTIONS", {}), **database_options(is_pooled=DATABASE_POOLED)}
        found["DISABLE_SERVER_SIDE_CURSORS"] = DATABASE_POOLED  # a cursor outlives no transaction there
        found["CONN_HEALTH_CHECKS"] = True
        found["CONN_MAX_AGE"] = 0
    return found


DATABASES = {"default": _database_config(DATABASE_URL)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

if REDIS_URL:
    CHANNEL_LAYERS: dict[str, Any] = {
        "default": {
            "BACKEND": "channels_redis.core.RedisChannelLayer",
            "CONFIG": {
                # Silence of five seconds is how the layer waits for a notice, and the client's own patience
                # would end with it: seven say that Redis is away.
                "hosts": [{"address": REDIS_URL, "socket_connect_timeout": 0.5, "socket_timeout": 7}],
                "prefix": "maya",
                "capacity": 2000,  # of notices that a busy process has not read yet; 100 lost some
            },
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
