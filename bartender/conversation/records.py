"""What a turn reads before it begins and writes when it ends. One hop to the database each."""

from __future__ import annotations

import logging
import os
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Any, cast

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from bartender import signals
from bartender.brains.base import Call, Message, Result, Scene, Used, Usual
from bartender.conversation.consent import is_not_yet, is_yes, says_not_yet
from bartender.conversation.declaration import declaration
from bartender.conversation.events import Emotion, Phase, Thrift, TurnEnded
from bartender.conversation.facts import render
from bartender.costs import budgets
from bartender.keys.keeper import drop_unopened, keys_of
from bartender.menu.snapshot import menu_of
from bartender.records.menu import Venue
from bartender.records.visits import NEWS, PERSON, THE_BAR, Source, Turn, Visit
from bartender.services import bills, regulars, serving
from bartender.services.bills import Bill
from bartender.services.recollection import remembered
from bartender.spanish.reading import in_english
from maya_site.lib.db import after_commit, committed
from maya_site.lib.errors import ProviderError, Refused
from maya_site.lib.logs import GUEST_TEXT

logger = logging.getLogger(__name__)

HISTORY = 12
SAID_MOST = 4_000
ANOTHER_PROCESS = timedelta(seconds=4)
RUNNER = f"{os.getpid()}-{uuid.uuid4().hex[:8]}"

Outcome = Turn.Outcome


@dataclass(frozen=True)
class Begun:
    """`fresh` is False where this client id was used before: then nothing is done again."""

    turn: Turn
    scene: Scene
    thrift: Thrift  # what the house's budget leaves; a guest's own key does not ask for it
    fresh: bool
    consent: Result | None = None
    notice: str = ""
    silent: bool = False  # a person answers in Maya's place


def begin(visit: Visit, said: str, client_id: str, brain: str) -> Begun:
    said = said[:SAID_MOST]
    turn, fresh = _turn(visit, said, client_id[:64], brain)
    if not fresh:
        return Begun(turn, *_scene(visit, turn, said), fresh=False)
    if settings.LOG_GUEST_TEXT:
        logger.info("heard", extra={GUEST_TEXT: said})
    Visit.objects.filter(pk=visit.pk).update(seen_at=timezone.now())
    scene, thrift = _scene(visit, turn, said)
    if visit.taken_by:
        Turn.objects.filter(pk=turn.pk).update(brain=PERSON, outcome=Outcome.DONE)
        return Begun(turn, scene, thrift, fresh=True, silent=True)
    if brain != "house" or "gemini" in keys_of(visit):  # that one asks by itself, when it comes to it
        scene = replace(scene, recalled=remembered(said))
    english = in_english(said, spanish=visit.language == "es")
    consent = (
        _consent(visit, turn, scene)
        or _wish(visit, english)
        or declaration(visit, replace(scene, said=english))
    )
    scene = replace(scene, allergies=tuple(visit.allergies))
    if consent:
        scene = replace(scene, bill=bills.bill_of(visit))
    elif scene.bill.status == "closing" and says_not_yet(said):
        scene = replace(scene, bill=bills.keep_open(visit, turn.client_id))
    notice = budgets.notice(visit.thrift, scene.thrift)
    visit.thrift = thrift  # the voice that will read the answer aloud goes by it
    return Begun(turn, scene, thrift, True, consent, notice)


def _turn(visit: Visit, said: str, client_id: str, brain: str) -> tuple[Turn, bool]:
    """Nearly always it is a new one, so it is not looked for first."""
    try:
        with transaction.atomic():
            return Turn.objects.create(
                visit=visit, client_id=client_id, said=said, brain=brain, runner=RUNNER
            ), True
    except IntegrityError:
        return Turn.objects.get(visit=visit, client_id=client_id), False


def _scene(visit: Visit, turn: Turn, said: str) -> tuple[Scene, Thrift]:
    visit.refresh_from_db()
    drop_unopened(visit)
    venue = Venue.here()
    left = budgets.thrift_of(visit, venue)
    thrift: Thrift = "full" if "gemini" in keys_of(visit) else left
    most = HISTORY if thrift == "full" else budgets.SHORTER_HISTORY
    past = visit.turns.filter(pk__lt=turn.pk).exclude(outcome=Outcome.RUNNING).order_by("-id")
    earlier = list(past.values_list("said", "reply", "brain", "outcome", named=True)[:most])
    scene = Scene(
        said=said,
        menu=menu_of(venue),
        bill=bills.bill_of(visit),
        phase=cast(Phase, visit.phase),
        history=tuple(told_before(earlier[::-1])),
        notebook=dict(visit.notebook),
        thrift=thrift,
        usual=_usual(visit),
        notes=visit.regular.notes if visit.regular else "",
        allergies=tuple(visit.allergies),
        eased=serving.eased(visit),
    )
    return scene, left


def told_before(turns: Iterable[Any]) -> Iterator[Message]:
    """Always a guest's words and an answer. What a person said, and news, belong to the answer before."""
    pairs: list[list[Any]] = []
    for past in turns:
        reply = f"({THE_BAR}: {past.reply})" if past.brain == PERSON and past.reply else past.reply
        if past.said or not pairs:
            pairs.append([past.said, reply, past.outcome == Outcome.STOPPED])
        else:
            pairs[-1][1] = f"{pairs[-1][1]}\n{reply}".strip()
    for said, reply, cut in pairs:
        yield Message("guest", said)
        yield Message("maya", reply, cut=cut)


def _usual(visit: Visit) -> tuple[Usual, ...]:
    rows = visit.regular.usual if visit.regular else []
    return tuple(Usual(row["item"], row["quantity"], tuple(row["modifiers"])) for row in rows)


def _consent(visit: Visit, turn: Turn, scene: Scene) -> Result | None:
    """A plain yes in the very next turn confirms the bill; a plain "not yet" takes it back at any time."""
    if scene.bill.status != "closing":
        return None
    card = scene.bill.payment
    earlier = visit.turns.filter(pk__lt=turn.pk).exclude(brain=NEWS)  # a drink that is ready asks nothing
    before = earlier.order_by("-id").first()
    proposed = before is not None and any(used["facts"].get("kind") == "proposed" for used in before.tools)
    try:
        if card and card.status == "created" and proposed and is_yes(scene.said):
            return _result("confirm", "link", bills.confirm_payment(visit, card.nonce))
        if is_not_yet(scene.said):
            return _result("not_yet", "reopened", bills.keep_open(visit, turn.client_id))
    except (Refused, ProviderError) as error:
        away = _("The till does not answer. Please try again shortly.")
        text = str(error) if isinstance(error, Refused) else away
        return Result(Call("confirm", {}), False, text, {"kind": "refused"})
    return None


def _wish(visit: Visit, said: str) -> Result | None:
    """ "Remember my usual", in plain words, is the guest's own yes: no model may give it for them."""
    if regulars.REMEMBER.match(said):
        try:
            kept = regulars.usual_words(regulars.remember_usual(visit).usual)
        except Refused as refused:
            return Result(Call("remember_usual", {}), False, str(refused), {"kind": "refused"})
        text = _("I'll remember your usual: %(drinks)s. You can see and change it under “Your usual”.")
        told = text % {"drinks": kept}
        return Result(Call("remember_usual", {}), True, told, {"kind": "remembered"})
    if regulars.FORGET.match(said):
        if known := regulars.regular_of(visit):
            regulars.forget_usual(known)
        told = _("Forgotten. I keep nothing of you.")
        return Result(Call("forget_usual", {}), True, told, {"kind": "forgotten"})
    return None


def _result(name: str, kind: str, bill: Bill) -> Result:
    card = bill.payment
    facts = {
        "kind": kind,
        "due_cents": bill.due_cents,
        "status": bill.status,
        "url": card.url if card else "",
        "simulated": bool(card and card.simulated),
    }
    return Result(Call(name, {}), True, render(facts), facts)


def keep_heard(visit: Visit, client_id: str, heard: str) -> None:
    """The guest cut her off: what was not heard was not said."""
    ended = visit.turns.filter(client_id=client_id).exclude(outcome__in=(Outcome.RUNNING, Outcome.FAILED))
    unsaid: dict[str, Any] = {} if heard.strip() else {"sources": []}
    ended.update(reply=heard, outcome=Outcome.STOPPED, **unsaid)


def still_running(turn: Turn) -> bool:
    """Whether somebody may still be giving the first answer. Another process is given a few seconds:
    it may have died, and then the answer never comes."""
    outcome, runner = Turn.objects.values_list("outcome", "runner").get(pk=turn.pk)
    young = timezone.now() - turn.started_at < ANOTHER_PROCESS
    return outcome == Outcome.RUNNING and (runner == RUNNER or young)


@dataclass(frozen=True)
class Ending:
    """How a turn went, ready to be written down."""

    outcome: str
    reply: str
    emotion: Emotion
    phase: Phase
    brain: str
    tools: list[dict[str, Any]]
    sources: list[Source]
    uses: list[Used]
    notebook: dict[str, Any]
    thrift: Thrift
    first_text_ms: float | None
    elapsed_ms: float
    unheard: bool = False  # nothing of it reached the guest yet

    def told(self, client_id: str, bill: Bill) -> TurnEnded:
        return TurnEnded(
            turn=client_id,
            outcome=self.outcome,
            reply=self.reply,
            brain=self.brain,
            emotion=self.emotion,
            phase=self.phase,
            bill=bill,
            tools=[{name: tool[name] for name in ("name", "arguments", "ok")} for tool in self.tools],
            elapsed_ms=self.elapsed_ms,
            sources=self.sources,
        )


class GaveWay(Exception):
    """A person took over before the guest heard anything: the rest is theirs to answer."""


def give_way(visit: Visit) -> None:
    if Visit.objects.exclude(taken_by="").filter(pk=visit.pk).exists():
        raise GaveWay


def finish(visit: Visit, turn: Turn, ending: Ending) -> Ending:
    """What was written down. The words of a turn that nobody heard are dropped where a person took over."""
    if ending.unheard:
        return _answered_by_one(visit, turn, ending)
    _write(visit, turn, ending)
    return ending


@committed
def _answered_by_one(visit: Visit, turn: Turn, ending: Ending) -> Ending:
    # With the row locked, a person has come before this answer or comes after it.
    if Visit.objects.select_for_update(no_key=True).get(pk=visit.pk).taken_by:
        ending = replace(ending, reply="", brain=PERSON, outcome=Outcome.DONE, sources=[])
    _write(visit, turn, ending)
    return ending


def _write(visit: Visit, turn: Turn, ending: Ending) -> None:
    cost = budgets.cost_of_thinking(ending.uses, turn.started_at.date())
    Turn.objects.filter(pk=turn.pk).update(
        outcome=ending.outcome,
        reply=ending.reply,
        emotion=ending.emotion,
        phase=ending.phase,
        brain=ending.brain,
        tools=ending.tools,
        sources=ending.sources,
        uses=[asdict(used) for used in ending.uses],
        cost_microcents=F("cost_microcents") + cost,
        first_text_ms=ending.first_text_ms,
        elapsed_ms=ending.elapsed_ms,
    )
    Visit.objects.filter(pk=visit.pk).update(
        phase=ending.phase,
        emotion=ending.emotion,
        notebook=ending.notebook,
        thrift=ending.thrift,
        spent_microcents=F("spent_microcents") + cost,
    )
    after_commit(lambda: signals.turn_written.send(Turn))
