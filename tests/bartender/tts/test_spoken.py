"""What is said for what is written. Tried on any text, cut at any place."""

import re
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bartender.speech.tts.alignment import TextAlignment
from bartender.speech.tts.clauses import MAX_PHRASE_CHARS, PhraseSplitter
from bartender.speech.tts.normalize import to_spoken_words
from bartender.speech.tts.number_words import cardinal, money_words

MARKS = [
    "$12.00",
    "20 %",
    "Mr.",
    "MOK 5-ha",
    "1.5 oz",
    "[STATE: happy]",
    "https://a.bar/x?y=1",
    "**bold**",
    "🍸",
]
MARKS += [
    "<b>",
    "2 x ",
    "9:30 pm",
    "¾",
    "e.g.",
    "²",
    "٣",
    "Ⅷ",
    "x2",
    "1/0",
    "$1,000.50",
    "–",
    "...",
    "No. 5",
    "½",
]
WRITTEN = st.lists(
    st.one_of(st.text(max_size=12), st.sampled_from([*MARKS, " ", ". ", ", ", "! "])), max_size=14
)
TEXTS = WRITTEN.map("".join)
UNSPOKEN = re.compile(r"[^\w\s.,!?;:'\-]|_", re.UNICODE)


def says(text: str) -> str:
    return " ".join(word.text for word in to_spoken_words(text))


@pytest.mark.parametrize(
    "written, said",
    [
        ("That's two Old Fashioneds, $24.00.", "That's two Old Fashioneds, twenty-four dollars."),
        ("Welcome to MOK 5-ha!", "Welcome to Moksha!"),
        ("mok-5-ha and MOK 5 ha", "Moksha and Moksha"),
        ("It's $12.50 and $0.01.", "It's twelve dollars and fifty cents and one cent."),
        ("$1,000.00 of play money", "one thousand dollars of play money"),
        ("-$5.00 off", "minus five dollars off"),
        ("a 20 % tip, or 17.5%", "a twenty percent tip, or seventeen point five percent"),
        ("2 x Martini, IPA ×3", "two Martini, I.P.A. times three"),
        ("1.5 oz gin, 1 oz rum, 0.5 oz lime", "one and a half ounces gin, one ounce rum, half an ounce lime"),
        ("45 ml at 6.5% ABV", "forty-five milliliters at six point five percent A.B.V."),
        ("Open 9:30 pm to 4am, not 21:05", "Open nine thirty P.M. to four A.M. not nine oh five P.M."),
        ("Mr. Smith & Dr. Who vs. gin", "Mister Smith and Doctor Who versus gin"),
        ("e.g. rum, etc.", "for example rum, and so on."),
        ("your 1st, 2nd and 23rd", "your first, second and twenty-third"),
        ("3-4 minutes", "three to four minutes"),
        ("¾ full, 1/2 empty", "three quarters full, half empty"),
        ("**Cheers** 🍸 [STATE: happy] <b>friend</b>", "Cheers friend"),
        ("[the menu](https://maya.bar/menu) or www.maya.bar.", "the menu or."),
        ("- Negroni\n- Daiquiri", "Negroni Daiquiri"),
        ("Wait... what?!", "Wait, what?"),
        ("12.00 or 0075", "twelve or zero zero seven five"),
        ("Crème de menthe, piña colada", "Crème de menthe, piña colada"),
        ("#5", "number five"),
        ("", ""),
    ],
)
def test_marks_are_said_as_people_say_them(written, said):
    assert says(written) == said


@given(TEXTS)
@example("$12.00Mr.[STATE: x]")
def test_words_stand_for_parts_of_the_text_in_its_order(text):
    words = to_spoken_words(text)
    places = [(word.start, word.end) for word in words]

    assert all(0 <= start < end <= len(text) for start, end in places)
    for (start, end), (later, _end) in pairwise(places):
        assert later == start or later >= end


@given(TEXTS)
def test_nothing_is_spoken_that_nobody_reads_aloud(text):
    for word in to_spoken_words(text):
        assert word.text == word.text.strip()
        assert any(one.isalnum() for one in word.text)
        assert not UNSPOKEN.search(word.text)
        assert not re.search(r"[0-9]|://|www\.\w", word.text)


@given(TEXTS)
def test_no_letter_is_lost_but_those_of_tags_and_addresses(text):
    bare = re.sub(
        r"\[[A-Z_]{2,}:[^\]\n]*\]|</?[A-Za-z][^<>\n]*>|(?:https?://|www\.)\S*|\]\([^()\s]*\)", "", text
    )
    covered = {at for word in to_spoken_words(text) for at in range(word.start, word.end)}
    left = [one for at, one in enumerate(text) if one.isalpha() and at not in covered]
    silent = [one for one in text if one.isalpha()]
    for one in filter(str.isalpha, bare):
        silent.remove(one)

    assert len(left) <= len(silent)


@given(TEXTS, st.lists(st.integers(0, 200), max_size=8))
@example("Mr. Smith pays $12.00. And then, he said, goodnight to all of us.", [2, 14, 17])
def test_where_the_text_is_cut_does_not_depend_on_how_it_came(text, cuts):
    at_once, in_pieces = PhraseSplitter(), PhraseSplitter()
    edges = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    pieces = [text[start:end] for start, end in pairwise(edges)]
    whole = [*at_once.feed(text), *at_once.flush()]
    cut = [breath for piece in pieces for breath in in_pieces.feed(piece)] + list(in_pieces.flush())

    assert cut == whole
    assert "".join(whole) == text
    assert all(len(breath) <= MAX_PHRASE_CHARS for breath in whole)


def test_a_breath_ends_at_a_sentence_and_never_in_an_amount_or_a_title():
    breaths = PhraseSplitter()
    text = "Mr. Smith, that makes $12.00 for the gin. It is on the tab. Cheers!"
    assert [*breaths.feed(text), *breaths.flush()] == [
        "Mr. Smith, that makes $12.00 for the gin.",
        " It is on the tab.",
        " Cheers!",
    ]


def test_the_first_breath_is_a_clause_so_that_sound_starts_early():
    breaths = PhraseSplitter()
    text = "One moment please, the shaker is still cold. Then, as they say, we begin."
    assert [*breaths.feed(text), *breaths.flush()] == [
        "One moment please,",
        " the shaker is still cold.",
        " Then, as they say, we begin.",
    ]


@given(st.lists(TEXTS, max_size=5))
def test_what_was_heard_is_a_beginning_of_the_text_and_grows(sentences):
    reading = TextAlignment()
    pieces = [piece for sentence in sentences for piece in reading.add_sentence(sentence)]
    heard = [reading.spoken_prefix(count) for count in range(len(reading.words) + 1)]

    assert [word for piece in pieces for word in piece.words] == [word.text for word in reading.words]
    assert [piece.first_word for piece in pieces] == [
        sum(len(before.words) for before in pieces[:at]) for at in range(len(pieces))
    ]
    for before, after in pairwise(heard):
        assert reading.text.strip().startswith(after)
        assert after.startswith(before)


def test_an_amount_of_which_half_was_heard_was_not_heard():
    reading = TextAlignment()
    reading.add_sentence("That is $12.50 in all.")
    words = [word.text for word in reading.words]

    assert words == ["That", "is", "twelve", "dollars", "and", "fifty", "cents", "in", "all."]
    assert [reading.spoken_prefix(count) for count in (2, 3, 6, 7, 9)] == [
        "That is",
        "That is",
        "That is",
        "That is $12.50",
        "That is $12.50 in all.",
    ]


@given(st.integers(0, 10**9))
def test_every_number_has_its_words(number):
    assert re.fullmatch(r"[a-z]+(?:[ -][a-z]+)*", cardinal(number))


@given(st.integers(0, 10**8))
def test_every_amount_has_its_words(cents):
    said = money_words("$", f"{cents // 100:,}.{cents % 100:02}")
    assert ("dollar" in said) == (cents >= 100 or not cents)
    assert ("cent" in said) == (cents % 100 > 0)
