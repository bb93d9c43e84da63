"""A Spanish guest is spoken to in Spanish: amounts and shares in words, by a voice that speaks it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartender.records.visits import Visit
from bartender.voices.base import Piece, Sound
from bartender.voices.chain import FirstHeard
from bartender.voices.house import House, voice_for
from bartender.voices.local import LocalVoice, Neural
from bartender.voices.reading import Reading
from bartender.voices.script import Script
from bartender.voices.spanish import cardinal
from bartender.voices.spoken import spoken


def says(text: str) -> str:
    return " ".join(word.said for word in spoken(text, "es"))


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
    words = spoken(text, "es")
    assert all(word.said and not any(letter.isspace() for letter in word.said) for word in words)
    assert [word.start for word in words] == sorted(word.start for word in words)


def test_a_reading_goes_by_its_language():
    assert [word for piece in Reading("es").add("Son $2.00.") for word in piece.words] == [
        "Son",
        "dos",
        "dólares.",
    ]
    assert [word for piece in Reading().add("It's $2.00.") for word in piece.words] == [
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
    script = Script(language)
    script.add(Piece(0, ("Una", "cerveza", "y", "la", "cuenta.")))
    script.close()
    return b"".join([part.pcm async for part in voice.speak(script) if isinstance(part, Sound)])


async def test_a_voice_that_knows_no_spanish_is_not_asked_for_it(settings):
    settings.CARTESIA_API_KEY = ""
    for language in ("en", "es"):
        found = voice_for(Visit(language=language))
        assert isinstance(found, FirstHeard)
        assert all(isinstance(voice, LocalVoice) and language in voice.languages for voice in found.voices)
    assert "es" not in Neural.languages
    await House().close()
