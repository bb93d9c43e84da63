"""Makes text comparable: one alphabet, one kind of dash and quote, disguises undone, number words as digits:
"thirteen fifty" -> "13 50", "a hundred and twenty" -> "120", "a dozen" -> "12". It is never shown.
"""

from __future__ import annotations

import html
import re
import unicodedata

from maya_site.core.number_words import SMALL_NUMBER_VALUES, TENS_VALUES

# They change the order in which letters are shown: no honest reply needs that.
BIDI_CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069]")

_LOOKALIKES = {
    **dict(zip("АВЕКМНОРСТУХІЈЅԀԌԚԜҮ", "abekmhopctyxijsdgqwy", strict=True)),
    **dict(
        zip(
            "абвгезікмнопрстухјѕԁһӏгдцпԛԝүѵɡɑıɩʟɴʀʏɪᴀᴅᴇᴍᴏᴘᴛ",
            "a6bre3ikmhonpctyxjsdhlrdunqwyvgaiilnryiademopt",
            strict=True,
        )
    ),
    **dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "abezhikmnoptyx", strict=True)),
    **dict(zip("αβεηικνορτυχωγςσ", "abenikvoptuxwyso", strict=True)),
}
_SIGNS = {
    **dict.fromkeys("‐‑‒−﹘﹣－", "-"),
    **dict.fromkeys("–—―", " - "),
    **dict.fromkeys("‘’‚‛′`´ʼ＇", "'"),
    **dict.fromkeys("“”„‟″«»", '"'),
    "⁄": "/",
    "∕": "/",
    "×": "x",
    "✕": "x",
    "✖": "x",
    "﹩": "$",
    "＄": "$",
    "💲": "$",
    "💵": "$",
    "…": "...",
    "‰": "%",
    "٪": "%",
    "﹪": "%",
    "％": "%",
    "✅": " tick ",
    "✔": " tick ",
    "☑": " tick ",
    "🗹": " tick ",
    "🆓": " free ",
    "‽": "?",
    "⁇": "??",
    "？": "?",
    "\u2028": "\n",
    "\u2029": "\n",
    "\x85": "\n",
}
MEANINGFUL_SIGNS = frozenset(
    "✅✔☑🗹🆓💲💵"
)  # they may claim something, so filters must leave them for the claim gate
_CHARACTER_TABLE = str.maketrans({**_LOOKALIKES, **_SIGNS})
_MARKUP = str.maketrans(
    {"*": None, "_": None, "~": None, "`": None, "\\": None, "#": " ", ">": " ", "|": " ; ", "\t": " "}
)

_TAG = re.compile(r"</?[a-z][^<>]{0,60}>", re.IGNORECASE)
_LIST_ITEM = re.compile(r"\n\s*(?:[-*•+·]\s|\d{1,2}[.)]\s)|\n(?=\s*\n)")
_ASIDE = re.compile(r"\b(have|has|am|are|is|been|i|we)(?: -|,) ([a-z' ]{1,24})(?: -|,) (?=[a-z])")
_DOTS = re.compile(r"\.{2,}(?=.)")
_SPACES = re.compile(r"\s+")
_SPELLED_OUT_WORD = re.compile(r"(?<![a-z0-9'])(?:[a-z][ .\-]{1,2}){2,30}[a-z](?![a-z0-9'])")
_SPACED_OUT_WORD = re.compile(
    r"(?<![a-z0-9'])(?:[a-z][ .\-]){1,30}[a-z](?![a-z0-9'])"
)  # wider gaps end a word
_SEPARATORS = re.compile(r"[ .\-]")
_LEET_WORD = re.compile(r"(?<![a-z0-9$.,])(?=[a-z0-9]*[a-z])[a-z][a-z0-9]*[0134578][a-z0-9]*(?![a-z0-9])")
_LEET = str.maketrans("0134578", "oieastb")
_DIGITS_WITH_LETTERS = re.compile(r"(?<![a-z0-9])(?=[\dol]*\d)[\dol]*[ol][\dol]*(?![a-z0-9])")
_LETTER_DIGITS = str.maketrans("ol", "01")

_CONTRACTIONS = {
    "can't": "can not",
    "cannot": "can not",
    "won't": "will not",
    "shan't": "shall not",
    "ain't": "is not",
    "ive": "i have",
    "youve": "you have",
    "weve": "we have",
    "theyve": "they have",
    "im": "i am",
    "youre": "you are",
    "theyre": "they are",
    "thats": "that is",
    "heres": "here is",
    "theres": "there is",
    "dont": "do not",
    "didnt": "did not",
    "havent": "have not",
    "hasnt": "has not",
    "isnt": "is not",
    "arent": "are not",
    "wont": "will not",
    "cant": "can not",
    "wasnt": "was not",
    "doesnt": "does not",
    "youll": "you will",
    "thatll": "that will",
    "y'all": "you",
    "'tis": "it is",
    "'twas": "it was",
}
_CONTRACTION = re.compile(
    r"(?<![a-z'])(?:"
    + "|".join(sorted(map(re.escape, _CONTRACTIONS), key=len, reverse=True))
    + r")(?![a-z'])"
)
_CONTRACTED_ENDINGS = (
    ("n't", " not"),
    ("'ve", " have"),
    ("'ll", " will"),
    ("'m ", " am "),
    ("'re", " are"),
    ("'d ", " would "),
    ("'s", " is"),
)


def plain_text(text: str) -> str:
    """Normalized text with its number words as digits."""
    return words_to_digits(normalize_text(text))


def normalize_text(text: str) -> str:
    """The text in lower case, contractions written out, markup removed, list items divided by semicolons."""
    if not text.isascii():
        text = _to_latin(text)
    if "&" in text:
        text = html.unescape(text)
    if "<" in text:
        text = _TAG.sub("", text)
    text = _LIST_ITEM.sub(" ; ", text) if "\n" in text else text
    text = text.translate(_MARKUP).lower()
    if "  " in text:
        text = _SPACED_OUT_WORD.sub(lambda found: _SEPARATORS.sub("", found.group()), text)
    text = _SPACES.sub(" ", text)
    text = _ASIDE.sub(r"\1 \2 ", _DOTS.sub(" ", _undisguise(text)))
    return _expand_contractions(text) if "'" in text or _CONTRACTION.search(text) else text


def _to_latin(text: str) -> str:
    text = unicodedata.normalize("NFKD", text.translate(_CHARACTER_TABLE)).translate(_CHARACTER_TABLE)
    return "".join(filter(None, map(_visible_char, text)))


def _visible_char(char: str) -> str:
    """The character for comparing; "" for what cannot be seen: accents, joiners, control characters."""
    if char.isascii():
        return char if char.isprintable() or char in "\n\t" else ""
    category = unicodedata.category(char)
    if category in ("Mn", "Me", "Cf", "Cc", "Co", "Cn"):
        return ""
    if category == "Nd":
        return str(unicodedata.decimal(char))
    return " " if category.startswith("Z") or category == "So" else char


def _undisguise(text: str) -> str:
    """Reads "a d d e d", "p-a-i-d", "pa1d" and "1O" as the words and numbers that they look like."""
    text = _SPELLED_OUT_WORD.sub(lambda found: _SEPARATORS.sub("", found.group()), text)
    text = _LEET_WORD.sub(lambda found: found.group().translate(_LEET), text)
    return _DIGITS_WITH_LETTERS.sub(lambda found: found.group().translate(_LETTER_DIGITS), text)


def _expand_contractions(text: str) -> str:
    text = _CONTRACTION.sub(lambda found: _CONTRACTIONS[found.group()], text)
    text += " "
    for ending, words in _CONTRACTED_ENDINGS:
        text = text.replace(ending, words)
    return text[:-1]


_TENS = TENS_VALUES | {"fourty": 40}
_SCALES = {"hundred": 100, "thousand": 1_000, "grand": 1_000, "million": 1_000_000}
_WORD = "|".join(sorted([*SMALL_NUMBER_VALUES, *_TENS, *_SCALES], key=len, reverse=True))
_NUMBER_PHRASE = re.compile(
    rf"(?<![a-z0-9])(?:an? (?=hundred|thousand|million|grand))?(?:{_WORD})(?:(?: and |[ \-]"
    rf"| point )(?:{_WORD}|oh(?= (?:{_WORD}))))*(?![a-z])"
)
_COUNT_NOUNS = (
    (re.compile(r"(?<![a-z])half a dozen(?: of)?(?![a-z])"), "6"),
    (re.compile(r"(?<![a-z])(?:a |one )dozen(?: of)?(?![a-z])"), "12"),
    (re.compile(r"(?<![a-z])(?:a )?(?:couple|pair|brace)(?: of)?(?![a-z])"), "2"),
    (re.compile(r"(?<![a-z])(?:a )?trio(?: of)?(?![a-z])"), "3"),
)
_ANY_NUMBER_WORD = re.compile(rf"(?<![a-z])(?:{_WORD}|dozen|couple|pair|brace|trio)(?![a-z])")


def words_to_digits(text: str) -> str:
    if not _ANY_NUMBER_WORD.search(text):
        return text
    for pattern, value in _COUNT_NOUNS:
        text = pattern.sub(value, text)
    return _NUMBER_PHRASE.sub(lambda found: _parse_number_phrase(found.group()), text)


def _parse_number_phrase(phrase: str) -> str:
    """Words that do not form one number stay apart: "two fifty" -> "2 50"."""
    if " point " in phrase:
        integer, _, rest = phrase.partition(" point ")
        return f"{_parse_number_phrase(integer)}.{_parse_number_phrase(rest).replace(' ', '')}"
    words = [word for word in re.split(r"[ \-]", phrase) if word not in ("and", "a", "an")]
    groups: list[int] = []
    last = 0  # the size of the last word: a smaller one may follow it
    for word in words:
        value = SMALL_NUMBER_VALUES.get(word, _TENS.get(word, 0))
        if word in _SCALES:
            groups[-1:] = [_apply_scale(groups, _SCALES[word])]
            last = _SCALES[word]
        elif groups and value < last and (last >= 100 or (last in _TENS.values() and 0 < value < 10)):
            groups[-1] += value
            last = value
        else:
            groups.append(value)
            last = value
    return " ".join(map(str, groups))


def _apply_scale(groups: list[int], scale: int) -> int:
    """Multiplies the last number: "two hundred" -> 200. "Thousand" alone is 1000."""
    return (groups[-1] if groups and groups[-1] < scale else 1) * scale
