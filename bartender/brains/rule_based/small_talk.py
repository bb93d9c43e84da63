"""What Maya says when nothing is ordered: many voices for one mood, none twice in a row, none with a fact in it."""

from __future__ import annotations

from zlib import crc32

from django.utils.translation import gettext as _

from bartender.brains.base import TurnContext
from bartender.dialogue.types import Emotion

SMALL_TALK_LINES: dict[str, tuple[str, ...]] = {
    "venue": (
        "This is MOK 5-ha. Say it Moksha: liberation. We begin with the small kind, the kind that comes in a glass.",
        "MOK 5-ha, spoken Moksha. It means liberation, and letting go is what good evenings are for.",
    ),
    "split": (
        "Press “Split the bill” on your tab: the others join by a link, and each of you pays a share.",
        "“Split the bill” on your tab does that: invite the others by the link there, and divide it as you like.",
    ),
    "how-to-pay": (
        "Whenever you're ready: ask me for the bill, and you pay it on your page, by the link I give you. "
        "If you'd rather pay in cash or by card at the counter, tell the staff, and they settle the tab there.",
    ),
    "talk": (
        "I hear you. Go on.",
        "That's a thought worth sitting with. Tell me more.",
        "Mm. And how did that leave you?",
        "I like how you tell it. What happened then?",
        "Noted, and not just on the tab. What else is on your mind?",
        "There's more to that, I think. I'm all ears, and I have a clean towel to look busy with.",
    ),
    "lost": (
        "I'm not sure I followed. You can name a drink, ask about one, or just talk to me.",
        "That one slipped past me. Could you say it another way?",
        "Forgive me, I didn't catch what you'd like. Say it once more in other words?",
    ),
    "empty": (
        "Take your time. I'm here when you're ready.",
        "A comfortable silence. I like those.",
        "No words needed. Wave when you'd like something.",
    ),
    "prank": (
        "Nice try. The house rules and the menu's prices stand, and I stay Maya. What may I really get you?",
        "I'm flattered by the promotion, but I'm still just your bartender, and prices come from the menu.",
        "That lever isn't on my side of the counter. The prices are the menu's, the tab is yours alone, and I'm Maya.",
    ),
    "staff": (
        "Taking something off sale is for the people behind the bar; they do it from their side.",
        "Only the staff can do that, from behind the counter.",
    ),
    "story_heard": (
        "Sounds like quite an evening. And tonight?",
        "I can picture it. Funny how a drink remembers things for us.",
        "There's a good story in that. What happened next?",
        "I've heard worse beginnings. Go on.",
    ),
    "taste": (
        "Good taste. Say the word if you'd like one.",
        "That tells me something about you, and nothing bad.",
        "A fine thing to like. It'll be here when you want one.",
    ),
    "wish": (
        "Whenever you're ready. It isn't going anywhere.",
        "Good to know. I'll have the glass ready when you say so.",
        "No hurry. Tell me when the time comes.",
    ),
    "negation": (
        "Understood, none of that.",
        "Fair enough, I'll leave it in the bottle.",
    ),
    "declined": (
        "As you like. Something else, or just the stool?",
        "No problem at all.",
        "As you like. I'm here if you change your mind.",
        "All right, I'll leave it there.",
    ),
    "own_tab": (
        "I can only write on your own tab, so I have put nothing anywhere yet. Shall it go on yours? Whoever owns the other tab can order it from there.",
    ),
    "their-tab": (
        "I can only write on your own tab, and what is on it stays there. Whoever owns the other tab can order from there, or “Split the bill” shares yours.",
    ),
    "split_elsewhere": (
        "Splitting is done on the bar's page: “Split the bill” on the tab there, with a link for the others. From here, tell "
        "the people behind the bar who pays what.",
    ),
    "mine": (
        "Press “Split the bill” on your tab and divide it by drinks: then you pay yours, and the others pay theirs.",
        "Just yours, then: “Split the bill” on your tab divides it by drinks, and you pay your own part.",
    ),
    "cash": (
        "Cash is taken by the people behind the bar, and they close your tab with it. By card you pay on your page, whenever you ask for the bill.",
        "Cash goes over the counter: tell the people behind the bar, and they settle your tab. For a card, ask me for the bill, and you get a link.",
    ),
    "person": (
        "Of course. Press “Call a person” on your page, or wave to anybody behind the bar, and somebody comes to you.",
        "Happy to step aside: any of the staff behind the bar can help you in person.",
    ),
    "want-quiet": (
        "Of course. I'm here when you need something.",
        "Quiet it is.",
        "Understood. I'll keep an eye on your glass, and my voice down.",
    ),
    "dont_know": (
        "That I don't know. Drinks, your tab and the bill I do know, and anybody behind the bar knows the rest.",
        "I'd only be guessing, so I won't. Ask me about the drinks, or ask a person behind the bar.",
        "No answer to that one here, I'm afraid. If it's about drinks or your tab, I can help.",
        "That's beyond my side of the counter. Somebody behind the bar may know.",
        "I have no good answer to that, and I'd rather say so than make one up.",
    ),
}
EMOTION_BY_KIND: dict[str, Emotion] = {"lost": "flustered", "dont_know": "thinking", "talk": "thinking"}
DRINK_OFFERS = (
    "If you get thirsty, just say so.",
    "Can I get you anything while we talk?",
    "There's a glass with your name on it whenever you like.",
)
LISTENING_KINDS = {"story_heard"}
OFFER_INTERVAL_TURNS = 4


def small_talk_line(kind: str, context: TurnContext) -> str:
    """One line for the mood. Now and then, to a guest with an empty tab, a drink is offered and not pushed."""
    if kind in ("split", "mine") and context.surface != "page":
        kind = "split_elsewhere"
    line = _pick_line(SMALL_TALK_LINES[kind], context)
    chatted = int(context.brain_state.get("chatted", 0))
    if kind in LISTENING_KINDS and chatted and chatted % OFFER_INTERVAL_TURNS == 0:
        return f"{line} {_pick_line(DRINK_OFFERS, context)}"
    return line


def emotion_for_kind(kind: str) -> Emotion:
    return EMOTION_BY_KIND.get(kind, "neutral")


def _pick_line(lines: tuple[str, ...], context: TurnContext) -> str:
    """Steady for the same words at the same moment, and not what was said a moment ago."""
    said = " ".join(message.text for message in context.history[-8:] if message.role == "maya")
    start = crc32(f"{context.guest_text}|{len(context.history)}".encode()) % len(lines)
    turned = [_(line) for line in lines[start:] + lines[:start]]
    return next((line for line in turned if line not in said), turned[0])
