"""What a bar exposes, and which values its labels may have."""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families


def metric_families(page: str) -> dict[str, Metric]:
    return {family.name: family for family in text_string_to_metric_families(page)}


def view_names(resolver: URLResolver | None = None, within: str = "") -> Iterator[str]:
    """As django-prometheus calls them: by the names that the URLconf gives."""
    for one in (resolver or get_resolver()).url_patterns:
        if isinstance(one, URLPattern):
            yield f"{within}{one.name}"
        else:
            yield from view_names(one, f"{within}{one.namespace}:" if one.namespace else within)


NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?(e[+-]?[0-9]+)?|\+Inf")
CLASS = r"[A-Z][A-Za-z]{2,30}(?:404|Error|Exception|Denied|Host|Operation)"
# What the platform tells of itself: as many series as it has, whoever comes.
PLATFORM = ("python_info", "python_gc", "process_", "django_migrations", "django_db", "django_cache")
PROVIDER_NAMES = {
    *("gemini", "local", "cartesia", "espeak", "kokoro"),
    *("stripe", "stripe_mcp", "simulated", "bar"),
}

COMPONENTS = {
    *("database", "migrations", "jobs", "venue", "page", "brain", "voice", "ears", "memory"),
    *("payments", "broker", "printers"),
}


def allowed_label_values() -> dict[str, set[str] | re.Pattern[str]]:
    """For every label the values that code knows: nothing that a guest, a page or a vendor makes up."""
    from bartender.agents.tools import AGENT_TOOLS
    from bartender.models.agents import AgentCall
    from bartender.models.visits import Turn
    from bartender.tools.registry import REGISTRY
    from maya_site.core.release import COMMIT_LENGTH, UNKNOWN, VERSION
    from maya_site.core.websocket_consumer import CLOSE_REASONS
    from maya_site.tasks.registry import PERIODIC_TASKS
    from payments.models import Payment
    from payments.providers import handled_event_types

    kinds = {*handled_event_types(), "other", "none", "memvid", "faiss"}  # of events, of the memory
    return {
        "le": NUMBER,
        "quantile": NUMBER,
        "view": {*view_names(), "<unnamed view>"},
        "method": {"GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"},
        "status": {*(str(code) for code in range(100, 600)), *Payment.Status.values},
        "transport": {"http", "https"},
        "charset": {"utf-8"},
        "templatename": re.compile(r"[a-z0-9_/]+\.(html|txt|svg)|None"),
        "brain": {"house", "gemini", "local", "person", "none", ""},
        "outcome": {
            *Turn.Outcome.values,
            *("ok", "failed", "refused", "kept", "duplicate", "ignored", "unknown", "pending"),
            *("refund", "dispute"),
            *("forged", "malformed", "too_big", "wrong_mode", "wrong_account"),
            *("settled", "already", "ended", "waiting", "mismatch", "late"),
            *("called", "called_again", "answered", "resolved"),
            *AgentCall.Outcome.values,
        },
        "stage": {"first_text", "first_audio", "total"},
        "tool": {*REGISTRY, *AGENT_TOOLS, "read_resource", "unknown"},
        "surface": {"page", "chat", "bar", "evaluation"},
        "provider": PROVIDER_NAMES,
        "kind": re.compile(r"[a-z_]{2,20}|Provider[A-Z][a-z]+"),
        "reason": {*CLOSE_REASONS.values(), "left", "lost", "broken", "other"},
        "model": {"gemini-3.8-flash", "gemini-3.5-flash-lite"},
        "direction": {"input", "output", "cached", "thoughts"},
        "part": {"thinking", "speaking"},
        "type": re.compile("|".join([*map(re.escape, kinds), CLASS])),
        "environment": {"production", "development"},
        "till": {"stripe", "stripe_mcp", "simulated", "none"},
        "version": {VERSION},
        "commit": re.compile(rf"[0-9a-f]{{{COMMIT_LENGTH}}}|{UNKNOWN}"),
        "task": set(PERIODIC_TASKS),
        "component": COMPONENTS,
        "essential": {"yes", "no"},
    }


def unbounded_labels(exposed: dict[str, Metric]) -> list[str]:
    """Labels whose value is none of those that are known."""
    known = allowed_label_values()
    return [
        f"{family.name}{{{label}={value!r}}}"
        for family in exposed.values()
        if not family.name.startswith(PLATFORM)
        for sample in family.samples
        for label, value in sample.labels.items()
        if not _is_allowed(value, known.get(label, set()))
    ]


def _is_allowed(value: str, known: set[str] | re.Pattern[str]) -> bool:
    return value in known if isinstance(known, set) else bool(known.fullmatch(value))
