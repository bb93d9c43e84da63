"""Which passages of the house book an answer really stands on: decided by its words, by no model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from bartender.brains.base import Result, Scene
from bartender.menu.snapshot import Menu
from bartender.records.visits import Source
from rag.terms import terms

# How many words of an answer only the passage can have given: fewer where the answer has few of its own.
ENOUGH, AT_LEAST, SHORT = 3, 2, 4


def sources_of(reply: str, brain: str, scene: Scene, results: Sequence[Result]) -> list[Source]:
    """The house brain reads out the first passage that surely fits; a model is taken at its words."""
    told = list(_told(scene, results))
    if brain == "house":
        return [Source(id=row["id"], title=row["title"]) for row in told if row["sure"]][:1]
    return _quoted(reply, told, _known(scene))


def _told(scene: Scene, results: Sequence[Result]) -> Iterator[Mapping[str, Any]]:
    """What the brain was shown of the house book, each passage once."""
    shown = {
        one.id: {"id": one.id, "title": one.title, "text": one.text, "sure": one.sure}
        for one in scene.recalled
    }
    for result in results:
        if result.facts.get("kind") == "recalled":
            shown.update({row["id"]: row for row in result.facts["passages"]})
    yield from shown.values()


def _quoted(reply: str, told: Sequence[Mapping[str, Any]], known: frozenset[str]) -> list[Source]:
    """The passage with most of the answer's words first; a further one must account for words of its own."""
    left = set(terms(reply)) - known
    shares = {row["id"]: set(terms(f"{row['title']} {row['text']}")) for row in told}
    rows, found = list(told), list[Source]()
    needed = AT_LEAST if len(left) <= SHORT else ENOUGH
    while rows:
        best = max(rows, key=lambda row: len(left & shares[row["id"]]))
        theirs = left & shares[best["id"]]
        if len(theirs) < needed:
            break
        found.append(Source(id=best["id"], title=best["title"]))
        rows.remove(best)
        left, needed = left - theirs, ENOUGH
    return found


def _known(scene: Scene) -> frozenset[str]:
    """Words that say nothing of where an answer comes from: the guest's own, and the menu's."""
    return frozenset(terms(scene.said)) | _of_the_menu(scene.menu)


@lru_cache(maxsize=4)
def _of_the_menu(menu: Menu) -> frozenset[str]:
    drinks = [
        f"{drink.name} {drink.category} {drink.description} {' '.join(part.name for part in drink.recipe)}"
        for drink in menu.drinks
    ]
    return frozenset(terms(" ".join([menu.venue, *drinks])))
