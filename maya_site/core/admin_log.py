"""Erases words from Django admin's own log (LogEntry), which copies a row's text."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model

REDACTED = "forgotten"


def redact_log_entries(model: type[Model], keys: Iterable[object]) -> int:
    """Keeps who did something, to what and when; erases the text. Returns how many entries were changed."""
    entries = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(model), object_id__in=[str(key) for key in keys]
    )
    return entries.update(object_repr=REDACTED, change_message="")
