"""A guest's own memory: kept on a plain yes, shown, changed, exported, forgotten whenever they like."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from bartender.records.regulars import Regular
from bartender.records.room import Takeover
from bartender.records.visits import Turn, Visit
from bartender.services.bills import bill_of
from maya_site.lib.errors import Refused
from payments.models import Tab
from rag import gaps

KEPT = timedelta(days=180)
CONVERSATIONS_KEPT = timedelta(days=30)
REMEMBER = re.compile(
    r"^\W*(?:(?:please|maya|can you|could you|will you|yes)\W+)*(?:remember|save|keep|memori[sz]e)\s+"
    r"(?:this as my usual|that as my usual|my (?:usual|order|favou?rite)|this order for (?:me|next time))\W*"
    r"(?:please|for next time|maya)?\W*$",
    re.IGNORECASE,
)
FORGET = re.compile(
    r"^\W*(?:(?:please|maya|can you|could you)\W+)*(?:forget|delete|erase)\s+"
    r"(?:my (?:usual|favou?rite|notes)|what you (?:remember|know) (?:of|about) me)\W*(?:please|maya)?\W*$",
    re.IGNORECASE,
)
LINE = ("ordered_at", "name", "quantity", "modifiers", "unit_cents", "status")
NOTHING_YET = "Order it first, then tell me to remember it: I keep what is on your tab."


@transaction.atomic
def remember_usual(visit: Visit) -> Regular:
    """What is on the tab now is this guest's usual. Called on the guest's own yes only."""
    rows = [
        {name: row[name] for name in ("item", "quantity", "modifiers")} for row in bill_of(visit).merged()
    ]
    if not rows:
        raise Refused(_(NOTHING_YET))
    regular = regular_of(visit) or Regular.objects.create()
    regular.usual = rows
    regular.save()
    Visit.objects.filter(pk=visit.pk).update(regular=regular)
    return regular


def regular_of(visit: Visit) -> Regular | None:
    return Regular.objects.filter(visits__pk=visit.pk).first() if visit.pk else None


def recognise(visit: Visit, code: str) -> None:
    """A new visit of somebody who asked to be remembered."""
    if code and visit.regular_id is None and (regular := Regular.objects.filter(code=code).first()):
        regular.save(update_fields=["seen_at"])
        Visit.objects.filter(pk=visit.pk).update(regular=regular)
        visit.regular = regular


def usual_words(rows: Iterable[dict[str, Any]]) -> str:
    made = [f"{row['quantity']} × {row['item']}" + _how(row["modifiers"]) for row in rows]
    return ", ".join(made)


def _how(modifiers: list[str]) -> str:
    return f" ({', '.join(modifiers)})" if modifiers else ""


def change(regular: Regular, *, notes: str, drop: Iterable[int] = ()) -> None:
    """The guest's own edit: the notes as written, and which drinks are no longer the usual."""
    gone = set(drop)
    regular.notes = " ".join(notes.split())[:500]
    regular.usual = [row for place, row in enumerate(regular.usual) if place not in gone]
    regular.save()


def forget_usual(regular: Regular) -> None:
    regular.delete()


# --- everything about a guest ------------------------------------------------------------------------


def visits_of(code: str) -> list[Visit]:
    """By the code of a visit, or of a guest who is remembered: all visits that are known to be theirs."""
    mine = Q(code=code) | Q(regular__code=code)
    regulars = Regular.objects.filter(Q(code=code) | Q(visits__code=code))
    return list(Visit.objects.filter(mine | Q(regular__in=regulars)).distinct().order_by("id"))


def is_known(code: str) -> bool:
    return Regular.objects.filter(code=code).exists()


def export(code: str) -> dict[str, Any]:
    visits = visits_of(code)
    regular = Regular.objects.filter(Q(code=code) | Q(visits__in=visits)).first()
    kept = regular and {"usual": regular.usual, "notes": regular.notes, "asked_at": regular.asked_at}
    return {"remembered": kept, "visits": [_visit(visit) for visit in visits]}


def _visit(visit: Visit) -> dict[str, Any]:
    tabs = Tab.objects.filter(visit_code=visit.code).order_by("id")
    return {
        "code": visit.code,
        "opened_at": visit.opened_at,
        "closed_at": visit.closed_at,
        "notebook": visit.notebook,
        "turns": list(visit.turns.values("started_at", "said", "reply", "tools")),
        "lines": list(
            visit.lines.values("ordered_at", "name", "quantity", "modifiers", "unit_cents", "status")
        ),
        "tabs": [{"code": tab.code, "status": tab.status, "opened_at": tab.opened_at} for tab in tabs],
    }


@transaction.atomic
def erase(code: str) -> dict[str, int]:
    """All words of a guest, and what was remembered. What was sold and paid stays: the law wants it."""
    visits = visits_of(code)
    turns = Turn.objects.filter(visit__in=visits)
    asked = [said for said in turns.values_list("said", flat=True) if said]
    tools = [used for tools in turns.values_list("tools", flat=True) for used in tools]
    asked += [str(used["arguments"].get("question", "")) for used in tools if used["name"] == "recall"]
    gaps.forget(asked)
    regulars = Regular.objects.filter(Q(code=code) | Q(visits__in=visits))
    forgotten, _ = Regular.objects.filter(pk__in=list(regulars.values_list("pk", flat=True))).delete()
    gone, _ = turns.delete()
    Takeover.objects.filter(visit__in=visits).update(summary="")
    Visit.objects.filter(pk__in=[visit.pk for visit in visits]).update(notebook={}, regular=None)
    return {"visits": len(visits), "turns": gone, "remembered": min(forgotten, 1)}


def forget_old() -> dict[str, int]:
    """Guests who did not come for half a year; conversations of more than a month ago."""
    now = timezone.now()
    regulars, _ = Regular.objects.filter(seen_at__lt=now - KEPT).delete()
    old = Turn.objects.filter(started_at__lt=now - CONVERSATIONS_KEPT).exclude(outcome=Turn.Outcome.RUNNING)
    turns, _ = old.delete()
    Takeover.objects.filter(ended_at__lt=now - CONVERSATIONS_KEPT).exclude(summary="").update(summary="")
    return {"regulars": regulars, "turns": turns}
