"""What came of the calls, in one breath: lines with their prices, what could not be done, and what comes next."""

from __future__ import annotations

from collections.abc import Sequence
from zlib import crc32

from django.utils.translation import gettext as _

from bartender.brains.base import Result, Scene
from bartender.conversation.facts import WATER, Facts, join, line, render
from maya_site.lib.money import dollars

OPENERS = ("Coming up: ", "With pleasure: ", "Lovely. ", "Right away: ", "Good choice. ")
NEXT = (
    "Anything else, or shall I send it to the bar?",
    "Anything else for you?",
    "Shall I send that, or is there more?",
)


def speak(results: Sequence[Result], scene: Scene, *, asked: bool) -> str:
    added = [result.facts for result in results if result.ok and result.facts["kind"] == "added"]
    parts = [_added(added, scene)] if added else []
    parts += [render(one.facts) for one in results if one.ok and one.facts["kind"] != "added"]
    parts += list(dict.fromkeys(one.text for one in results if not one.ok))
    if any(facts.get("ease") for facts in added):
        parts.append(_(WATER))
    if added and not asked and not {"sent", "proposed"} & {str(one.facts.get("kind")) for one in results}:
        parts.append(_turned(NEXT, scene))
    return " ".join(parts)


def _added(rows: Sequence[Facts], scene: Scene) -> str:
    """Each line with its price, as a bar confirms it."""
    said = join(
        [_("%(what)s at %(price)s") % {"what": line(row), "price": dollars(row["cents"])} for row in rows]
    )
    opener = _turned(OPENERS, scene)
    return f"{opener}{said if opener.endswith(': ') else said[0].upper() + said[1:]}."


def _turned(lines: Sequence[str], scene: Scene) -> str:
    return _(lines[crc32(f"{scene.said}{len(scene.history)}".encode()) % len(lines)])
