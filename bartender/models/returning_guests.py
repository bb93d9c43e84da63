"""What guests asked Maya to remember; nothing is stored here without their consent."""

from __future__ import annotations

import uuid

from django.db import models


def new_code() -> str:
    return uuid.uuid4().hex


class ReturningGuest(models.Model):
    """A guest known by a long-lived cookie of their browser, across visits."""

    code = models.CharField(max_length=32, unique=True, default=new_code, editable=False)
    usual_order = models.JSONField(default=list, help_text="Item, quantity and modifiers of each drink.")
    notes = models.CharField(max_length=500, blank=True, default="", help_text="In the guest's own words.")
    consented_at = models.DateTimeField(auto_now_add=True, help_text="When the guest said yes.")
    last_seen_at = models.DateTimeField(auto_now=True, db_index=True)

    def __str__(self) -> str:
        return f"regular {self.code[:8]}"
