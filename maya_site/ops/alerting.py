"""The configuration of an Alertmanager, from the settings: it reads no environment by itself.

Pages wake somebody: at once, by every way there is, and again every four hours. Tickets wait: by mail,
gathered, once a day. One message tells of all alerts of a name; while the bar is down nothing else is told of
it.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings

NOBODY = "nobody"


def alertmanager_config() -> dict[str, Any]:
    """For ALERT_MAIL_TO (through EMAIL_URL) and ALERT_WEBHOOK_URL; what is empty is left out. Without both
    every alert goes to a receiver that tells nobody, so that Alertmanager's own page shows them."""
    mail, webhook = _mail(), _webhook()
    page = mail | webhook
    ticket = mail or webhook
    return {
        "route": {
            "receiver": "page" if page else NOBODY,
            "group_by": ["alertname"],
            "group_wait": "30s",
            "group_interval": "5m",
            "repeat_interval": "4h",
            "routes": [
                {
                    "matchers": ['severity="ticket"'],
                    "receiver": "ticket" if ticket else NOBODY,
                    "group_wait": "5m",
                    "group_interval": "1h",
                    "repeat_interval": "24h",
                }
            ],
        },
        "inhibit_rules": [
            {"source_matchers": [f'alertname="{cause}"'], "target_matchers": [f'alertname!~"{quiet}"']}
            for cause, quiet in (("MayaDown", "MayaDown"), ("MayaUnhealthy", "MayaDown|MayaUnhealthy"))
        ],
        "receivers": [
            {"name": "page", **page},
            {"name": "ticket", **ticket},
            {"name": NOBODY},
        ],
    }


def _webhook() -> dict[str, Any]:
    if not settings.ALERT_WEBHOOK_URL:
        return {}
    return {"webhook_configs": [{"url": settings.ALERT_WEBHOOK_URL, "send_resolved": True}]}


def _mail() -> dict[str, Any]:
    if not settings.ALERT_MAIL_TO:
        return {}
    mail: dict[str, Any] = {
        "to": settings.ALERT_MAIL_TO,
        "from": settings.DEFAULT_FROM_EMAIL,
        "smarthost": f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}",
        "require_tls": bool(settings.EMAIL_USE_TLS),
        "send_resolved": True,
    }
    if settings.EMAIL_HOST_USER:
        mail |= {"auth_username": settings.EMAIL_HOST_USER, "auth_password": settings.EMAIL_HOST_PASSWORD}
    return {"email_configs": [mail]}
