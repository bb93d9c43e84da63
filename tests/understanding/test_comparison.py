"""Which of the two readings of a sentence is taken, and when the second one is loaded."""

from __future__ import annotations

import asyncio
import threading
from functools import cache

from bartender.brains.base import TurnContext
from bartender.brains.rule_based import reader
from bartender.brains.rule_based.brain import RuleBasedBrain
from bartender.brains.rule_based.intents import MenuQuestion, Order
from bartender.brains.rule_based.item_lists import RequestedDrink
from bartender.brains.rule_based.reader.comparison import is_better
from bartender.brains.rule_based.reader.interpretation import Interpretation
from bartender.services.bills import Bill


def test_whether_there_is_a_beer_stays_a_question_however_sure_the_tagger_is(menu):
    context = TurnContext(guest_text="do you do a beer?", menu=menu, bill=Bill(), phase="greeting")
    order = Order((RequestedDrink(category="Beer"),))
    found = Interpretation((order,), "", mentions=0.0, confidence=0.99)

    assert not is_better(found, [order], [MenuQuestion("have")], (), context)


def test_the_first_guest_s_words_load_the_tagger_beside_the_event_loop(menu, monkeypatch):
    loaded_on = []
    monkeypatch.setattr(reader, "load_tagger", cache(lambda: loaded_on.append(threading.get_ident())))
    context = TurnContext(guest_text="a gin please", menu=menu, bill=Bill(), phase="greeting")

    async def two_turns():
        for _guest in range(2):
            assert [piece async for piece in RuleBasedBrain().reply(context, [])]
        return threading.get_ident()

    loop_thread = asyncio.run(two_turns())

    assert len(loaded_on) == 1
    assert loop_thread not in loaded_on
