"""Makes text comparable: one alphabet, one kind of dash and quote, disguises undone. It is never shown."""

from __future__ import annotations

import html
import re
import unicodedata

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
