"""Tells a guest something unprompted, as a turn of the conversation that is recorded once."""

from __future__ import annotations

from django.contrib.auth.models import User

from bartender.models.visits import ANNOUNCEMENT_BRAIN, STAFF_BRAIN, Turn, Visit


def announce_to_guest(visit: Visit, text: str, key: str) -> Turn:
    """Recorded once for each `key`. Maya says it, or the bar while a person has taken over."""
    return record_unprompted_turn(
        visit, text, key, STAFF_BRAIN if visit.taken_over_by_id else ANNOUNCEMENT_BRAIN
    )


def record_unprompted_turn(visit: Visit, text: str, key: str, brain: str, by: User | None = None) -> Turn:
    row, _ = Turn.objects.get_or_create(
        visit=visit,
        client_id=key[:64],
        defaults={
            "reply_text": text,
            "brain": brain,
            "answered_by": by,
            "emotion": "happy",
            "phase": visit.phase,
            "outcome": Turn.Outcome.DONE,
        },
    )
    return row
