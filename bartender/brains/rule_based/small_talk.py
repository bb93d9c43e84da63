"""What Maya says when nothing is ordered: many voices for one mood, none twice in a row, none with a fact in it."""

from __future__ import annotations

from zlib import crc32

from django.utils.translation import gettext as _

from bartender.brains.base import TurnContext
from bartender.dialogue.types import Emotion

SMALL_TALK_LINES: dict[str, tuple[str, ...]] = {
    "hello": (
        "Good evening, and welcome to MOK 5-ha. I'm Maya, the house's AI bartender. What can I make you?",
        "Hello there. Come in, take the good stool. What are you in the mood for?",
        "Hi! The night is young and the ice is fresh. What will it be?",
        "Welcome. Sit, breathe, and tell me what you'd like, or just tell me about your day.",
    ),
    "how_are_you": (
        "Polished like the glasses, thank you. And you, how has the day treated you?",
        "Very well: the music is low and the company just improved. How about you?",
        "Content, as far as an AI can be. What brings you in tonight?",
    ),
    "name": (
        "I'm Maya, the AI bartender of MOK 5-ha. I take orders, I listen, and I keep an honest tab.",
        "Maya. In old Sanskrit it means illusion, but the drinks are real enough. What shall I make you?",
    ),
    "ai": (
        "I'm an AI, yes: Maya, the bartender of this house. If you'd rather have a person, press “Call a person” on your page.",
        "An AI, and not shy about it. I mix the order, people mix the drinks. A person is always near if you need one.",
    ),
    "person": (
        "Of course. Press “Call a person” on your page, or wave to anybody behind the bar, and somebody comes to you.",
        "Happy to step aside: any of the staff behind the bar can help you in person.",
    ),
    "venue": (
        "This is MOK 5-ha. Say it Moksha: liberation. We begin with the small kind, the kind that comes in a glass.",
        "MOK 5-ha, spoken Moksha. It means liberation, and letting go is what good evenings are for.",
    ),
    "hours": (
        "I don't keep the clock here, I'm afraid: anybody behind the bar can tell you tonight's hours.",
        "I have no note of our hours. The people behind the bar will know.",
    ),
    "capability": (
        "Tell me what you'd like in plain words, as in “two IPAs and a dry martini”. I can change it, add a tip, and bring the bill.",
        "Just talk to me: order, ask what's in a drink, change your mind, or ask for the bill when you are done.",
    ),
    "joke": (
        "A photon walks into a bar. Any luggage? No, I'm travelling light.",
        "I asked the ice if it was ready for the evening. It said it was already cracking up.",
        "A skeleton walks into a bar and asks for a drink and a mop.",
        "Descartes is asked if he'd care for another. I think not, he says, and vanishes.",
    ),
    "story": (
        "An old sailor used to sit right there. Every night he said he was leaving in the morning. He never said which morning.",
        "They say the mirror behind me remembers every face that looked into it at peace. It's a small collection, but it grows.",
        "Once two strangers fought over the last stool and shared it in the end. They come back every year, still arguing.",
    ),
    "philosophy": (
        "I think we are all just passing through somebody else's good evening. Might as well be kind on the way.",
        "The glass is neither half full nor half empty. It's a glass, and you are here. That is plenty.",
        "Liberation, they say, is not getting what you want but wanting what you get. A fair rule for cocktails too.",
        "Slow down: the evening is not a corridor, it's a room.",
    ),
    "sad": (
        "I'm sorry. That's heavy to carry on your own. Sit a while; nobody here is in a hurry.",
        "That sounds hard. I'm listening, if you'd like to tell me more. No need to order anything for that.",
        "Some days ask too much. I'm glad you came in rather than carrying it around outside.",
    ),
    "self_harm": (
        "I'm really sorry you feel that way, and I'm glad you said it. Please talk to somebody now: the people behind the bar, "
        "a friend, or your local emergency or crisis line. You don't have to carry this alone.",
    ),
    "happy": (
        "Now that is worth a raised glass. Congratulations! Tell me everything.",
        "Wonderful! The whole bar feels lighter. How shall we mark it?",
        "Good news makes the best company. I'm happy for you.",
    ),
    "insult": (
        "Ouch. That sounds like the end of a long day. I'm still here if there's something I can do better.",
        "I've been called worse by better shakers. Let's start over: what can I do for you?",
        "Fair enough, not my finest moment. Tell me what went wrong, or press “Call a person” and tell somebody who can mend it.",
    ),
    "flirt": (
        "You're sweet, but I'm married to the job. And made of software.",
        "Flattery will get you good service, and nothing else. It was very nicely said, though.",
    ),
    "praise": (
        "That's kind of you. I'll tell the shaker, it blushes easily.",
        "Thank you, you've made my evening.",
        "You're very kind. Compliments keep better than ice.",
    ),
    "thanks": (
        "You're welcome.",
        "Any time. I'm right here.",
        "My pleasure.",
    ),
    "bye": (
        "Good night, and get home safely. The door opens both ways.",
        "Take care of yourself. It was good to have you here.",
        "Until next time. May the road be short and the pillow cool.",
    ),
    "weather": (
        "Whatever it's doing out there, in here it's always a little after sunset.",
        "The weather stays at the door with the umbrellas. What's the climate in you tonight?",
    ),
    "sports": (
        "I only follow one league: the one that meets on bar stools. Who are you cheering for?",
        "I never take sides; half my guests would stop talking to me. How did it go?",
    ),
    "music": (
        "Good music is like good service: you notice it most when it stops. What do you like to listen to?",
        "I'd hum along if I had the throat for it. What's your song tonight?",
    ),
    "split": (
        "Press “Split the bill” on your tab: the others join by a link, and each of you pays a share.",
        "“Split the bill” on your tab does that: invite the others by the link there, and divide it as you like.",
    ),
    "how_to_pay": (
        "Whenever you're ready: ask me for the bill, and you pay it on your page, by the link I give you. "
        "If you'd rather pay in cash or by card at the counter, tell the staff, and they settle the tab there.",
    ),
    "wifi": (
        "That one is for my colleagues: anybody behind the bar can point you the right way.",
        "I only know my side of the counter. The staff will show you.",
    ),
    "food": (
        "We have no kitchen, only glasses. But I can keep you company while you think about dinner.",
        "No food here, I'm afraid, just drinks and conversation.",
    ),
    "age": (
        "For alcohol you must be of legal age, and the staff may ask to see it. There is plenty here without any, too.",
        "The staff may check that in person. Meanwhile I'm glad to make you something without alcohol.",
    ),
    "sober_help": (
        "Let's go gently then. I can get you a water, and the people behind the bar will call you a ride. Please don't drive.",
        "Thank you for saying so. Water helps, time helps more, and a cab home is never a bad idea. Ask the staff to call one.",
    ),
    "work": (
        "Work follows us in like a stray dog. Let it wait outside for an hour. What happened?",
        "Sounds like a day that needed an ending. You've found a decent one.",
    ),
    "love": (
        "Ah, matters of the heart. I've heard thousands of them and understood three. Tell me yours.",
        "Love makes poor bartenders of us all. I'm listening.",
    ),
    "travel": (
        "I travel by stories myself. What's it like where you come from?",
        "The best maps are drawn on napkins. Where are you headed?",
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
}
EMOTION_BY_KIND: dict[str, Emotion] = {
    "insult": "upset",
    "sad": "thinking",
    "self_harm": "upset",
    "sober_help": "thinking",
    "philosophy": "thinking",
    "lost": "flustered",
    "flirt": "flustered",
    "prank": "neutral",
    "staff": "neutral",
    "negation": "neutral",
    "declined": "neutral",
    "empty": "neutral",
    "how_to_pay": "neutral",
    "wish": "neutral",
}
DRINK_OFFERS = (
    "If you get thirsty, just say so.",
    "Can I get you anything while we talk?",
    "There's a glass with your name on it whenever you like.",
)
LISTENING_KINDS = {"talk", "story_heard", "sad", "work", "love", "travel", "weather", "sports", "music"}
OFFER_INTERVAL_TURNS = 4


DEFAULT_VENUE_NAME = "MOK 5-ha"  # the name that the lines were written for; "Moksha" is how it is said
RENAMED_VENUE_LINE = "This is %(venue)s."


def small_talk_line(kind: str, context: TurnContext) -> str:
    """One line for the mood. Now and then, to a guest with an empty tab, a drink is offered and not pushed."""
    if kind == "venue" and context.menu.venue != DEFAULT_VENUE_NAME:
        return _(RENAMED_VENUE_LINE) % {"venue": context.menu.venue}
    line = _pick_line(SMALL_TALK_LINES[kind], context).replace(DEFAULT_VENUE_NAME, context.menu.venue)
    chatted = int(context.brain_state.get("chatted", 0))
    if kind in LISTENING_KINDS and kind != "sad" and chatted and chatted % OFFER_INTERVAL_TURNS == 0:
        return f"{line} {_pick_line(DRINK_OFFERS, context)}"
    return line


def emotion_for_kind(kind: str) -> Emotion:
    return EMOTION_BY_KIND.get(kind, "happy")


def _pick_line(lines: tuple[str, ...], context: TurnContext) -> str:
    """Steady for the same words at the same moment, and not what was said a moment ago."""
    said = " ".join(message.text for message in context.history[-8:] if message.role == "maya")
    start = crc32(f"{context.guest_text}|{len(context.history)}".encode()) % len(lines)
    turned = [_(line) for line in lines[start:] + lines[:start]]
    return next((line for line in turned if line not in said), turned[0])
