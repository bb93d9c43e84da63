"""Reports bugs to a Sentry. The only module that imports its SDK, and only if SENTRY_DSN is set.

A report holds the kind of error, the places in our code, and the ids under which the log has the rest. The
text of an error, the arguments of a log line, local variables, requests, cookies and people are never sent:
any of them may hold what a guest said.
"""

from __future__ import annotations

import logging
from typing import Any, cast

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from maya_site.core import log_context, tracing
from maya_site.core.logs import redact, to_one_line
from maya_site.core.release import release_name

# Everything else that the kit might add is left out, whatever its next version adds.
ALLOWED_EVENT_FIELDS = {
    "event_id",
    "timestamp",
    "platform",
    "level",
    "logger",
    "environment",
    "release",
    "sdk",
}
ALLOWED_FRAME_FIELDS = {"filename", "abs_path", "function", "module", "lineno", "in_app"}
MAX_MESSAGE_LENGTH = 200


def start() -> None:
    """Starts reporting. Called as soon as the settings are read, so that a start that fails is reported
    too."""
    if not settings.SENTRY_DSN:
        return
    import sentry_sdk
    from sentry_sdk.integrations.atexit import AtexitIntegration
    from sentry_sdk.integrations.logging import LoggingIntegration

    check_dsn(settings.SENTRY_DSN)
    sentry_sdk.init(
        settings.SENTRY_DSN,
        environment=settings.PYTHON_ENV,
        release=release_name(settings.MAYA_COMMIT),
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=[
            LoggingIntegration(level=None, event_level=logging.ERROR),
            AtexitIntegration(callback=lambda pending, timeout: None),
        ],
        include_local_variables=False,
        include_source_context=False,
        send_default_pii=False,
        max_breadcrumbs=0,
        max_request_body_size="never",
        auto_session_tracking=False,
        before_send=cast(Any, scrub_event),
    )


def check_dsn(dsn: str) -> None:
    """Raises ImproperlyConfigured for one that nothing can be sent to. An empty one is none."""
    if not dsn:
        return
    from sentry_sdk.utils import BadDsn, Dsn

    try:
        Dsn(dsn)
    except (BadDsn, ValueError):
        raise ImproperlyConfigured("SENTRY_DSN must be as https://key@sentry.example/1.") from None


def scrub_event(event: dict[str, Any], hint: dict[str, Any]) -> dict[str, Any]:
    """A new event that holds only what may be sent."""
    scrubbed = {name: value for name, value in event.items() if name in ALLOWED_EVENT_FIELDS}
    scrubbed["tags"] = {**log_context.current_log_context(), **tracing.current_trace_ids()}
    if said := _message_template(event):
        scrubbed["logentry"] = {"message": said}
    if thrown := event.get("exception", {}).get("values"):
        scrubbed["exception"] = {"values": [_scrub_exception(one) for one in thrown]}
    return scrubbed


def _message_template(event: dict[str, Any]) -> str:
    """The line as it stands in the code, before anything was put into it."""
    text = str(event.get("logentry", {}).get("message", "")).partition("\n")[0]
    return to_one_line(redact(text[:MAX_MESSAGE_LENGTH]))


def _scrub_exception(exception: dict[str, Any]) -> dict[str, Any]:
    frames = exception.get("stacktrace", {}).get("frames", [])
    return {
        "type": exception.get("type"),
        "module": exception.get("module"),
        "stacktrace": {
            "frames": [{k: v for k, v in frame.items() if k in ALLOWED_FRAME_FIELDS} for frame in frames]
        },
    }
