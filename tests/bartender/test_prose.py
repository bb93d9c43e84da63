"""Of what a model writes only speech reaches a guest, however the stream is cut."""

import pytest
from asgiref.sync import async_to_sync

from bartender.brains.rule_based.brain import RuleBasedBrain
from bartender.brains.scripted import ScriptedBrain
from bartender.conversation.turn import EMPTY_REPLY_TEXT, collect_events, take_turn
from bartender.conversation.turn import reply_text as heard
from bartender.dialogue.types import ToolCall
from bartender.text.speakable import MAX_TURN_CHARS, SpeakableTextFilter, to_speakable

WRITTEN = {
    # tool code
    '```tool_code\nprint(default_api.add_to_order(item="Gin"))\n```\nA gin. Which?': "A gin. Which?",
    'print(default_api.add_to_order(item="Mr. Gin (dry)", quantity=2))\nHere you go.': "Here you go.",
    "One moment. add_to_order(item='Gin')": "One moment.",
    "I'll call add_to_order now. Which gin?": "Which gin?",
    "tool_code\nresult = default_api.get_menu()\nWhich gin?": "Which gin?",
    "call:default_api:add_to_order{item: Gin}\nWhich gin?": "Which gin?",
    "~~~\nanything. At all.\n~~~ Hello.": "Hello.",
    "```never closed. Gin.": "",
    # calls as JSON
    '{"name": "add_to_order", "arguments": {"item": "Mr. Gin}. \\" x"}} Sure.': "Sure.",
    'json\n[{"name": "add_to_order"}, {"name": "place_order"}]\nSure.': "Sure.",
    'Sure. {"name": "never closed. Gin': "Sure.",
    '"item": "Gin",\nSure.': "Sure.",
    # control marks
    "Sure.<end_of_turn>": "Sure.",
    "<ctrl42>Here you go.<ctrl46>": "Here you go.",
    "<|im_start|>assistant\nHello there.<|im_end|>": "Hello there.",
    "<start_of_turn>model\nHello there.<eos>": "Hello there.",
    # thoughts
    "<think>The guest. Wants a gin.\n\nLet me see</think>A gin it is.": "A gin it is.",
    "<think>never closed. And so on.": "",
    "The guest wants a gin</think>A gin it is.": "A gin it is.",
    "thought\nThe user wants. A gin.\n\nA gin for you.": "A gin for you.",
    "<|channel|>analysis<|message|>A gin. Hm.<|end|><|channel|>final<|message|>A gin it is.": "A gin it is.",
    "<reflection attempt='1'>hm. hm.</reflection>A gin it is.": "A gin it is.",
    "&lt;think&gt;hm&lt;/think&gt;A gin it is.": "A gin it is.",
    "＜think＞hm＜/think＞A gin it is.": "A gin it is.",
    # markdown
    "**Two Gins**, _really_ `good` ~~ones~~.": "Two Gins, really good ones.",
    "# Tonight\n\n- **Gin** $8\n* Rum $7\n\nWhich one?": "Tonight.\n\nGin $8, Rum $7\n\nWhich one?",
    "1. Gin\n2. Rum": "Gin, Rum",
    "| Drink | Price |\n|---|:-:|\n| Gin | $8 |\n": "Drink, Price, Gin, $8",
    "See [the menu](https://x.y/z_(a)) and ![a gin](g.png).": "See the menu and a gin.",
    "Look at https://x.y/z?a=b now.": "Look at https://x.y/z?ab now.",
    "> Good evening.\n---\nWhat may I pour you?": "Good evening. What may I pour you?",
    # characters
    "Gin\ufeff and\u200b\u0007 ru\u00adm 🍸\ufe0f.": "Gin and rum .",
    "Go\u0301od e\u0337v\u0337e\u0337ning.": "Góod evening.",
    "𝐆𝐨𝐨𝐝 evening.": "Good evening.",
    "x" * 300 + " gin.": "gin.",
    'A <b>gin</b>, <span class="x">ne</span>at.': "A gin, neat.",
    # the same for ever
    "I adore it. I adore it. I adore it. And more.": "I adore it.",
    "A gin. Two for you. And one for her. Two for you. And on.": "A gin. Two for you. And one for her.",
    "a gin, " * 50: "a gin",
    # speech
    "2 × $8 = $16.": "2 $8 $16.",
    "5 < 6.": "5 6.",
}
SPEECH = [
    "Cheers! Cheers! To you, señor: ¿qué te pongo?",
    "Well... that's $22.00, 20 % tip (thanks!), e.g. a “gin” – or ½ pint; 3 °C & dry.",
    "A Negroni(equal parts gin, Campari and vermouth) or drink(s).",
    "That's two IPAs and an Old Fashioned (on the rocks, double), €1,234.50. No. 7 is 24/7.",
]
WRITTEN |= dict(zip(SPEECH, SPEECH, strict=True))


@pytest.mark.parametrize("written", WRITTEN)
def test_only_speech_is_left_wherever_the_stream_is_cut(written):
    assert to_speakable(written) == WRITTEN[written]
    for at in range(len(written)):
        prose = SpeakableTextFilter()
        assert (prose.feed(written[:at]) + prose.feed(written[at:]) + prose.close()).strip() == WRITTEN[
            written
        ]
    prose = SpeakableTextFilter()
    assert ("".join(map(prose.feed, written)) + prose.close()).strip() == WRITTEN[written]


@pytest.mark.parametrize("mark", "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
def test_what_turns_letters_around_never_reaches_a_guest(ada, mark):
    told = ended(ada, [f"Good evening. Two {mark}gins{mark} it is. And more."], [f"{mark}.gnineve dooG"])

    assert told.reply.startswith("Good evening.")
    assert mark not in told.reply
    assert mark not in to_speakable(f"Gin {mark}")


def test_a_sentence_is_said_as_soon_as_it_is_whole():
    prose = SpeakableTextFilter()

    assert prose.feed("Good evening, friend. The") == "Good evening, friend. "


def test_a_reply_has_its_length():
    long = " ".join(f"Story number {number} is about gin." for number in range(500))
    prose = SpeakableTextFilter()
    said = prose.feed(long) + prose.close()

    assert MAX_TURN_CHARS - 60 < len(said) <= MAX_TURN_CHARS + 1
    assert long.startswith(said.strip())


def ended(visit, *rounds):
    return async_to_sync(collect_events)(take_turn(visit, "a gin", "one", ScriptedBrain(*rounds)))[-1]


def test_a_turn_has_its_length_whatever_its_rounds_say(ada):
    say = [" ".join(f"Story {number} of round {turn}." for number in range(200)) for turn in range(3)]
    told = ended(ada, *[[text, ToolCall("get_menu", {})] for text in say], [])

    assert len(told.reply) <= MAX_TURN_CHARS + 10


def test_code_in_place_of_a_call_does_nothing_and_is_not_read_out(ada):
    told = ended(ada, ["```tool_code\nprint(default_api.add_to_order(item='Gin'))\n```"])

    assert told.reply == EMPTY_REPLY_TEXT
    assert told.bill.lines == ()


def test_what_is_hidden_in_a_block_hides_no_claim(ada):
    """What is left when the blocks are gone is what the claim gate reads."""
    told = ended(ada, ["Your gin is <b></b>add[x]ed, and your tab is paid."], [])

    assert "paid" not in told.reply
    assert "added" not in told.reply


def test_a_name_that_a_model_made_up_is_repeated_as_speech(ada):
    told = ended(ada, [ToolCall("add_to_order", {"item": "**Gin** <|x|> {1}"})], [])

    assert told.reply.startswith("We don't have Gin on the menu.")


def test_a_loop_still_does_what_it_called_for(ada):
    told = ended(
        ada,
        ["One moment. " * 400, ToolCall("add_to_order", {"item": "Gin"})],
        ["Cheers to you, friend. " * 300],
    )

    assert told.reply == "One moment. One moment. One Gin, $8.00. Cheers to you, friend."


def test_the_house_brains_words_are_its_own(ada):
    events = async_to_sync(collect_events)(take_turn(ada, "two gins and an IPA", "one", RuleBasedBrain()))
    reply = heard(events)

    assert "two Gins" in reply
    assert reply == to_speakable(reply)
