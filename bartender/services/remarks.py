"""What a guest is told without having asked: a line of the conversation like any other, and told once."""

from __future__ import annotations

from bartender.records.visits import NEWS, PERSON, Turn, Visit


def remark(visit: Visit, text: str, key: str) -> Turn:
    """In Maya's words; while a person answers in her place she is silent, and it is the bar that says so."""
    return written(visit, text, key, PERSON if visit.taken_by else NEWS)


def written(visit: Visit, text: str, key: str, brain: str, by: str = "") -> Turn:
    row, _ = Turn.objects.get_or_create(
        visit=visit,
        client_id=key[:64],
        defaults={
            "reply": text,
            "brain": brain,
            "by": by,
            "emotion": "happy",
            "phase": visit.phase,
            "outcome": Turn.Outcome.DONE,
        },
    )
    return row
