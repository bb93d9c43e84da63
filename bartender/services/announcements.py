"""What a guest is told without having asked: a line of the conversation like any other, and told once."""

from __future__ import annotations

from django.contrib.auth.models import User

from bartender.models.visits import ANNOUNCEMENT_BRAIN, STAFF_BRAIN, Turn, Visit


def announce_to_guest(visit: Visit, text: str, key: str) -> Turn:
    """In Maya's words; while a person answers in her place she is silent, and it is the bar that says so."""
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
