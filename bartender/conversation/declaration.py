"""An allergy or an age that the guest declares in words: written down by code, before any brain answers."""

from __future__ import annotations

from bartender.brains.base import Call, Result, Scene
from bartender.conversation.facts import render
from bartender.records.visits import Visit
from bartender.services import serving
from bartender.serving.declared import age_in, allergies_in, says_only_that
from bartender.serving.rules import doubt


def declaration(visit: Visit, scene: Scene) -> Result | None:
    """The answer, where that was all that was said. Else it is kept, and a brain answers the rest."""
    if names := allergies_in(scene.said):
        kept = serving.declare_allergies(visit, names)
        if says_only_that(scene.said):
            return _result(
                "note_allergy", {"kind": "allergies", "names": kept, "doubtful": _doubtful(scene, kept)}
            )
        return None
    limits = scene.menu.limits_now()
    if said := age_in(scene.said, limits.legal_age):
        state = serving.declare_age(visit, said)
        return _result("note_age", {"kind": "age", "state": state, "check": limits.age_check})
    return None


def _result(name: str, facts: dict[str, object]) -> Result:
    return Result(Call(name, {}), True, render(facts), facts)


def _doubtful(scene: Scene, names: list[str]) -> list[str]:
    """What is on the tab already and may not be for this guest."""
    waiting = {line.item for line in scene.bill.lines if line.status == "open"}
    return [drink.name for drink in scene.menu.drinks if drink.name in waiting and doubt(drink, names)]
