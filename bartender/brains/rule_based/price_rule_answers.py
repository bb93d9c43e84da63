"""What costs less at which hours: whether a guest asks that, and the answer from the menu's price rules."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from bartender.brains.rule_based.intents import MenuQuestion
from bartender.brains.rule_based.segments import Segment, SpeechAct
from bartender.brains.rule_based.tokenizer import ANY
from bartender.facts.wording import join_words
from bartender.menu.price_rules import MenuPriceRule, Occurrence, price_drink
from bartender.menu.snapshot import Drink, Menu
from bartender.text.normalize import plain_text
from maya_site.core.indefinite_article import with_article
from maya_site.core.money import format_money
from maya_site.core.venue import format_wall_time, venue_timezone

KIND = "reduced"
_PROMOTION = re.compile(r"\b(?:happy hours?|(?:drinks? )?deals?|promotions?)\b")


def parse_price_rule_question(segment: Segment, menu: Menu) -> MenuQuestion | None:
    """ "What's on happy hour?", "when is the early bird?", by the names that the rules have."""
    asks = segment.has_question_mark and segment.speech_act != SpeechAct.ORDER
    if not asks and segment.speech_act != SpeechAct.QUESTION:
        return None
    named = any(plain_text(rule.name) in segment.text for rule in menu.price_rules)
    if not named and not _PROMOTION.search(segment.text):
        return None
    items = tuple(dict.fromkeys(token.name for token in segment.item_tokens()))
    category = next((token.name for token in segment.tokens if token.kind == ANY and token.name), "")
    return MenuQuestion(KIND, items, category)


def answer_price_rules(menu: Menu, drinks: Sequence[Drink], category: str) -> str:
    """What is reduced now, of these drinks or all of a category; else what will be next."""
    if not menu.price_rules:
        return _("There is no happy hour here: a drink costs the same at every hour.")
    named = drinks or [one for one in menu.drinks if category in ("", one.category)]
    sentences = [_reduced_sentence(label, of) for label, of in _by_label(named).items()]
    sentences += [
        _("%(a_drink)s is %(price)s now.")
        % {"a_drink": with_article(one.name), "price": format_money(one.price_cents)}
        for one in drinks
        if one.reduction is None
    ]
    if not any(one.reduction for one in named):
        sentences = sentences or [_("Nothing costs less than the menu says at the moment.")]
        sentences += _next_sentences(menu, named)
    return " ".join(sentence[:1].upper() + sentence[1:] for sentence in sentences)


def describe_reductions(drinks: Sequence[Drink]) -> str:
    """Beside a price that was told: why, until when, and what it is otherwise. "" where none is reduced."""
    reduced = [one for one in drinks if one.reduction]
    named = len(drinks) > 1
    return "".join(
        " "
        + _("%(rule)s; otherwise %(prices)s.")
        % {
            "rule": label,
            "prices": join_words(
                [f"{one.name if named else ''} {format_money(one.list_cents)}".strip() for one in of]
            ),
        }
        for label, of in _by_label(reduced).items()
    )


def _by_label(drinks: Sequence[Drink]) -> dict[str, list[Drink]]:
    found: dict[str, list[Drink]] = {}
    for drink in drinks:
        if drink.reduction:
            found.setdefault(drink.reduction.label, []).append(drink)
    return found


def _reduced_sentence(label: str, drinks: Sequence[Drink]) -> str:
    parts = [
        _("%(drink)s %(price)s instead of %(before)s")
        % {
            "drink": one.name,
            "price": format_money(one.price_cents),
            "before": format_money(one.list_cents),
        }
        for one in drinks
    ]
    return _("%(rule)s: %(drinks)s.") % {"rule": label, "drinks": join_words(parts)}


def _next_sentences(menu: Menu, named: Sequence[Drink]) -> list[str]:
    """The next rule that reduces one of these drinks, and what they cost then."""
    now, zone = timezone.now(), menu.business_day_clock.timezone
    coming = [(one.start, one, rule) for rule in menu.price_rules if (one := rule.next_occurrence(now, zone))]
    for _start, times, rule in sorted(coming, key=lambda one: one[0]):
        then = [
            price_drink(one, [(rule, None)], is_alcohol_excluded=menu.is_alcohol_excluded) for one in named
        ]
        if parts := [f"{one.name} {format_money(one.price_cents)}" for one in then if one.reduction]:
            return [f"{_when(rule, times, now)}: {join_words(parts)}."]
    return []


def _when(rule: MenuPriceRule, times: Occurrence, now: datetime) -> str:
    values = {"rule": rule.name, "from": format_wall_time(times.start), "until": format_wall_time(times.end)}
    local = times.start.astimezone(venue_timezone())
    if local.date() == now.astimezone(venue_timezone()).date():
        return _("%(rule)s is today from %(from)s to %(until)s") % values
    return _("%(rule)s is on %(day)s from %(from)s to %(until)s") % {**values, "day": date_format(local, "l")}
