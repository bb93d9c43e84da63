"""What a guest asked Maya to remember. Nothing is here that nobody asked for."""

from __future__ import annotations

import uuid

from django.db import models


def new_code() -> str:
    return uuid.uuid4().hex


class ReturningGuest(models.Model):
    """One browser's guest, known by a cookie of its own that outlives visits."""

    code = models.CharField(max_length=32, unique=True, default=new_code, editable=False)
    usual_order = models.JSONField(default=list, help_text="Item, quantity and modifiers of each drink.")
    notes = models.CharField(max_length=500, blank=True, default="", help_text="In the guest's own words.")
    consented_at = models.DateTimeField(auto_now_add=True, help_text="When the guest said yes.")
    last_seen_at = models.DateTimeField(auto_now=True, db_index=True)

    def __str__(self) -> str:
        return f"regular {self.code[:8]}"
