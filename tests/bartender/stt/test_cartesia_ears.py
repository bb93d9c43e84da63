"""Cartesia's ears over the real SDK, against its wire format on loopback and every way it can fail."""

import asyncio
from typing import Any

import pytest

from bartender.speech.stt.base import BYTES_PER_MS, AudioMarker, MicrophoneStream, SpeechStarted, Transcript
from bartender.speech.stt.cartesia import CartesiaSTT
from maya_site.core.errors import ProviderDown, ProviderRejected
from tests.bartender.stt.sounds import noise, silence
from tests.vendors.cartesia.stt import KEY, ScriptedCartesiaSTT

MENU = ["Negroni", "Old Fashioned"]
PATIENCE: dict[str, Any] = {
    "connect_timeout_seconds": 0.5,
    "turn_end_timeout_seconds": 0.6,
    "reconnect_delays_seconds": (0.01, 0.02),
}


@pytest.fixture(scope="module")
def vendor():
    with ScriptedCartesiaSTT() as server:
        yield server


def cartesia_stt(vendor, key=KEY, **patience):
    return CartesiaSTT(key, "ink-2", vendor.address, **PATIENCE | patience)


async def recognise(ears, *parts, until_finals=1, within=8.0):
    """What is told of this sound: everything up to so many ends of turns."""
    microphone, told, finals = MicrophoneStream(), [], 0
    for part in parts:
        if isinstance(part, AudioMarker):
            microphone.put_marker(part)
            continue
        for at in range(0, len(part), 100 * BYTES_PER_MS):
            microphone.put(part[at : at + 100 * BYTES_PER_MS])
    async with asyncio.timeout(within):
        async for one in ears.transcribe_stream(microphone, MENU):
            told.append(one)
            finals += isinstance(one, Transcript) and one.is_final
            if finals == until_finals:
                microphone.close()
    return told


async def collect(ears, told):
    async for one in ears:
        told.append(one)


async def test_words_come_as_they_are_understood_and_the_menu_is_hinted_at(vendor):
    vendor.will_hear("an old fashioned please")

    told = await recognise(cartesia_stt(vendor), silence(300), noise(1_500), silence(900))

    assert told[0] == SpeechStarted()
    assert Transcript("an old") in told
    assert told[-1] == Transcript("an old fashioned please", is_final=True)
    (line,) = vendor.lines
    assert line.query["keyterm"] == MENU
    assert (line.query["model"], line.query["encoding"], line.query["sample_rate"]) == (
        ["ink-2"],
        ["pcm_s16le"],
        ["16000"],
    )


async def test_a_lifted_finger_ends_the_turn_without_waiting_for_a_silence(vendor):
    vendor.will_hear("two IPAs")

    told = await recognise(cartesia_stt(vendor), noise(900), AudioMarker.PUSH_TO_TALK_RELEASED)

    assert told[-1] == Transcript("two IPAs", is_final=True)


async def test_an_end_that_is_taken_back_is_no_end(vendor):
    vendor.will_hear("a negroni and an IPA", resumes=True)

    told = await recognise(cartesia_stt(vendor), noise(600), silence(300), noise(600), silence(900))

    assert [one for one in told if isinstance(one, Transcript) and one.is_final] == [
        Transcript("a negroni and an IPA", is_final=True)
    ]


async def test_two_turns_on_one_line(vendor):
    vendor.will_hear("a negroni", "and an IPA")

    told = await recognise(
        cartesia_stt(vendor), noise(600), silence(800), noise(600), silence(800), until_finals=2
    )

    assert [one.text for one in told if isinstance(one, Transcript) and one.is_final] == [
        "a negroni",
        "and an IPA",
    ]
    assert len(vendor.lines) == 1


async def test_a_line_that_breaks_in_a_turn_is_told_the_turn_again_and_no_word_is_lost(vendor):
    vendor.will_hear("two old fashioneds please", drops_in_turn=1)

    told = await recognise(cartesia_stt(vendor), noise(1_200), silence(900))

    assert told[-1] == Transcript("two old fashioneds please", is_final=True)
    assert len(vendor.lines) == 2


async def test_a_line_that_breaks_after_the_finger_was_lifted_ends_the_turn_all_the_same(vendor):
    vendor.will_hear("two IPAs please", drops_in_turn=1)

    told = await recognise(
        cartesia_stt(vendor), AudioMarker.SPEECH_STARTED, noise(900), AudioMarker.PUSH_TO_TALK_RELEASED
    )

    assert told[-1] == Transcript("two IPAs please", is_final=True)


@pytest.mark.parametrize(
    "dials, error",
    [
        ({"refuses": 429}, ProviderDown),
        ({"refuses": 503}, ProviderDown),
        ({"refuses": 402}, ProviderRejected),
        ({"closes": 9}, ProviderDown),
        ({"mute": True}, ProviderDown),
        ({"errors": 400}, ProviderRejected),
        ({"errors": 500}, ProviderDown),
        ({"drops_in_turn": 9}, ProviderDown),
    ],
    ids=str,
)
async def test_a_fault_that_does_not_heal_is_told_by_its_kind(vendor, dials, error):
    vendor.will_hear("a negroni", **dials)

    with pytest.raises(error):
        await recognise(cartesia_stt(vendor, connect_timeout_seconds=0.3), noise(900), silence(900))

    assert len(vendor.lines) <= 3


async def test_a_wrong_key_is_refused_at_once_and_never_tried_again(vendor):
    vendor.will_hear("a negroni")

    with pytest.raises(ProviderRejected) as refused:
        await recognise(cartesia_stt(vendor, key="ck-wrong"), noise(300))

    assert "ck-wrong" not in str(refused.value)


async def test_nobody_there_is_down(vendor):
    ears = CartesiaSTT(KEY, "ink-2", "http://127.0.0.1:9", connect_timeout_seconds=0.3)

    with pytest.raises(ProviderDown):
        await recognise(ears, noise(300))


async def test_a_final_that_is_late_is_not_waited_for_and_not_heard_twice(vendor):
    vendor.will_hear("a negroni please", late=1.5)

    told = await recognise(
        cartesia_stt(vendor), noise(900), AudioMarker.PUSH_TO_TALK_RELEASED, until_finals=1
    )

    assert told[-1] == Transcript("a negroni please", is_final=True)


async def test_a_vendor_that_falls_silent_is_given_up_after_a_few_turns(vendor):
    vendor.will_hear("a negroni", stalls=True)
    microphone = MicrophoneStream()
    told: list[Any] = []

    async def speak_again_and_again():
        while True:
            microphone.put_marker(AudioMarker.SPEECH_STARTED)
            microphone.put(noise(100))
            microphone.put_marker(AudioMarker.PUSH_TO_TALK_RELEASED)
            await asyncio.sleep(0.1)

    speaking = asyncio.create_task(speak_again_and_again())
    with pytest.raises(ProviderDown):
        await collect(
            cartesia_stt(vendor, turn_end_timeout_seconds=0.05).transcribe_stream(microphone, MENU), told
        )
    speaking.cancel()

    assert set(told) == {Transcript("", is_final=True)}
    assert len(vendor.lines) >= 1


async def test_a_turn_in_which_nothing_was_said_ends_with_nothing(vendor):
    vendor.will_hear("")

    told = await recognise(cartesia_stt(vendor), noise(400), silence(900))

    assert told == [SpeechStarted(), Transcript(""), Transcript("", is_final=True)]
