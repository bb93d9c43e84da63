"""What llama.cpp and vLLM need to go on from what they have read: the very bytes that came before."""

import json
from itertools import pairwise

from tests.vendors.gemini.script import GUEST_WORDS_HEADING
from tests.vendors.openai_compatible import Call


def test_over_an_evening_only_the_last_words_of_the_user_are_new(bar, server):
    server.play(
        ["Good evening."],
        [Call("add_to_order", {"item": "Negroni", "quantity": 2})],
        ["[happy] Two Negronis, $22.00."],
        ["Quiet."],
    )
    for said in ("Hello", "Two negronis", "How is the night?"):
        bar.say(said)

    stable = {json.dumps([asked.messages[0], asked.body["tools"]]) for asked in server.turns}
    assert len(stable) == 1
    firsts = [asked for asked in server.turns if asked.messages[-1]["role"] == "user"]
    for before, after in pairwise(firsts):
        earlier = [json.dumps(one) for one in before.messages[:-1]]
        assert [json.dumps(one) for one in after.messages[: len(earlier)]] == earlier
    for asked in firsts:
        assert GUEST_WORDS_HEADING in asked.messages[-1]["content"]
        assert "===" not in json.dumps(asked.messages[1:-1])


def test_a_second_round_begins_with_all_of_the_first(bar, server):
    server.play([Call("add_to_order", {"item": "IPA"})], ["[happy] One IPA, $6.00."])
    bar.say("An IPA")

    first, second = server.turns
    assert second.messages[: len(first.messages)] == first.messages
