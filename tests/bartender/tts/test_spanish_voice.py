"""A Spanish guest is spoken to in Spanish: amounts and shares in words, by a voice that speaks it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartender.models.visits import Visit
from bartender.speech.tts import kokoro
from bartender.speech.tts.alignment import TextAlignment
from bartender.speech.tts.base import AudioChunk
from bartender.speech.tts.fallback import FallbackTTS
from bartender.speech.tts.normalize import to_spoken_words
from bartender.speech.tts.normalize_spanish import cardinal
from bartender.speech.tts.registry import get_tts_registry, local_voices, tts_for_visit
from bartender.speech.tts.text_stream import Phrase, TextStream


def says(text: str) -> str:
    return " ".join(word.text for word in to_spoken_words(text, "es"))


@pytest.mark.parametrize(
    "written, said",
    [
        ("Dos Old Fashioned, $24.00.", "Dos Old Fashioned, veinticuatro dólares."),
        (
            "Son $36.50, propina del 20%.",
            "Son treinta y seis dólares con cincuenta centavos, propina del veinte por ciento.",
        ),
        ("Cuesta $1.00.", "Cuesta un dólar."),
        ("$21.01 y $1,001.00", "veintiún dólares con un centavo y mil un dólares"),
        ("12.5% de propina", "doce coma cinco por ciento de propina"),
        ("unos 24 gramos, 1.7 unidades", "unos veinticuatro gramos, uno coma siete unidades"),
        ("2 × Negroni y 330 ml", "dos Negroni y trescientos treinta mililitros"),
        ("¡Hola! ¿Qué te pongo en MOK 5-ha?", "Hola! Qué te pongo en Moksha?"),
        ("[STATE: happy] mira https://a.bar/x", "mira"),
    ],
)
def test_what_is_written_is_said_in_spanish(written, said):
    assert says(written) == said


def test_numbers_are_counted_as_in_spanish():
    told = {
        0: "cero",
        16: "dieciséis",
        31: "treinta y uno",
        100: "cien",
        101: "ciento uno",
        115: "ciento quince",
    }
    told |= {
        500: "quinientos",
        1_000: "mil",
        21_000: "veintiún mil",
        987_654: "novecientos ochenta y siete mil seiscientos cincuenta y cuatro",
    }
    assert {number: cardinal(number) for number in told} == told


@given(st.text(max_size=60) | st.from_regex(r"(\$?[0-9]{1,7}([.,][0-9]{1,3})?%? ?){1,4}", fullmatch=True))
def test_any_text_can_be_said_in_its_order(text):
    words = to_spoken_words(text, "es")
    assert all(word.text and not any(letter.isspace() for letter in word.text) for word in words)
    assert [word.start for word in words] == sorted(word.start for word in words)


def test_a_reading_goes_by_its_language():
    assert [word for piece in TextAlignment("es").add_sentence("Son $2.00.") for word in piece.words] == [
        "Son",
        "dos",
        "dólares.",
    ]
    assert [word for piece in TextAlignment().add_sentence("It's $2.00.") for word in piece.words] == [
        "It's",
        "two",
        "dollars.",
    ]


async def test_espeak_says_the_same_letters_another_way_in_spanish(espeak):
    sounds = {language: await _sound(espeak, language) for language in ("en", "es")}
    assert len(sounds["es"]) > 20_000
    assert len(sounds["es"]) != len(sounds["en"])
    assert len(await _sound(espeak, "en")) == len(sounds["en"])  # and back again


async def _sound(voice, language: str) -> bytes:
    script = TextStream(language)
    script.add(Phrase(0, ("Una", "cerveza", "y", "la", "cuenta.")))
    script.close()
    return b"".join([part.pcm async for part in voice.synthesize(script) if isinstance(part, AudioChunk)])


async def test_a_voice_that_knows_no_spanish_is_not_asked_for_it(settings):
    settings.CARTESIA_API_KEY = ""
    for language in ("en", "es"):
        found = tts_for_visit(Visit(language=language))
        assert isinstance(found, FallbackTTS)
        spoken = {spec.name for spec in local_voices() if spec.speaks(language)}
        assert {voice.name for voice in found.engines} == spoken
    assert kokoro.SPEC.speaks("en")
    assert not kokoro.SPEC.speaks("es")
    await get_tts_registry().close()
