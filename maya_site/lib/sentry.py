"""Reports of bugs to a Sentry. The only importer of its kit, and only where SENTRY_DSN is set.

A report says where in our code it broke, of which kind, and under which ids the log has the rest. The text of
an error, the arguments of a log line, local variables, requests, cookies and people never leave the house:
any of them may hold what a guest said.
"""

from __future__ import annotations

import logging
from typing import Any, cast

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from maya_site.lib import log_ids, tracing
from maya_site.lib.logs import one_line, redacted

# Everything else that the kit might add is left out, whatever its next version adds.
KEPT = {"event_id", "timestamp", "platform", "level", "logger", "environment", "release", "sdk"}
OF_A_FRAME = {"filename", "abs_path", "function", "module", "lineno", "in_app"}
LONGEST = 200


def start() -> None:
    """As soon as the settings are read, so that a start that fails is reported, too."""
    if not settings.SENTRY_DSN:
        return
    import sentry_sdk
    from sentry_sdk.integrations.atexit import AtexitIntegration
    from sentry_sdk.integrations.logging import LoggingIntegration
    from sentry_sdk.utils import BadDsn, Dsn

    try:
        Dsn(settings.SENTRY_DSN)
    except BadDsn as trouble:
        raise ImproperlyConfigured("SENTRY_DSN must be as https://key@sentry.example/1.") from trouble
    sentry_sdk.init(
        settings.SENTRY_DSN,
        environment=settings.PYTHON_ENV,
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
        before_send=cast(Any, scrubbed),
    )


def scrubbed(event: dict[str, Any], hint: dict[str, Any]) -> dict[str, Any]:
    """Built anew from what may leave; nothing is left in because nobody thought of it."""
    kept = {name: value for name, value in event.items() if name in KEPT}
    kept["tags"] = {**log_ids.here(), **tracing.here()}
    if said := _template(event):
        kept["logentry"] = {"message": said}
    if thrown := event.get("exception", {}).get("values"):
        kept["exception"] = {"values": [_without_words(one) for one in thrown]}
    return kept


def _template(event: dict[str, Any]) -> str:
    """The line as it stands in the code, before anything was put into it."""
    text = str(event.get("logentry", {}).get("message", "")).partition("\n")[0]
    return one_line(redacted(text[:LONGEST]))


def _without_words(thrown: dict[str, Any]) -> dict[str, Any]:
    frames = thrown.get("stacktrace", {}).get("frames", [])
    return {
        "type": thrown.get("type"),
        "module": thrown.get("module"),
        "stacktrace": {"frames": [{k: v for k, v in frame.items() if k in OF_A_FRAME} for frame in frames]},
    }
