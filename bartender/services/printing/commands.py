"""Papers as the bytes of a printer. Few commands, and those that every maker's emulation has.

Letters are Windows-1252 on both: all of English and Spanish, and the euro. The references are named in
docs/decisions/0026-paper.md.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

ESC, GS, DLE = b"\x1b", b"\x1d", b"\x10"

# ESC/POS
POS_BEGIN = ESC + b"@" + GS + b"a\x00" + ESC + b"t\x10"  # initialise, no status unasked, Windows-1252
POS_BIG = GS + b"!\x11" + ESC + b"E\x01"
POS_PLAIN = GS + b"!\x00" + ESC + b"E\x00"
POS_CUT = GS + b"VB\x03"  # feed to the cutter and cut partly
# Answered when all before it was worked through, and not at all by a printer that has stopped.
POS_DONE = GS + b"r\x01"
POS_STATUS = {number: DLE + b"\x04" + bytes([number]) for number in (1, 2, 3, 4)}  # answered at once

# StarPRNT and Star line mode have these in common.
STAR_BEGIN = ESC + b"@" + ESC + GS + b"t\x20"  # initialise, Windows-1252
STAR_BIG = ESC + b"i\x01\x01" + ESC + b"E"
STAR_PLAIN = ESC + b"i\x00\x00" + ESC + b"F"
STAR_CUT = ESC + b"d\x03"
STAR_TYPES = ("application/vnd.star.starprnt", "application/vnd.star.line")
TEXT_TYPE = "text/plain"
MEDIA_TYPES = (*STAR_TYPES, TEXT_TYPE)

# For plain text without a code page: what has no accent to lose.
IN_ASCII = {
    "¡": b"!",
    "¿": b"?",
    "€": b"EUR",
    "£": b"GBP",
    "’": b"'",
    "‘": b"'",
    "“": b'"',
    "”": b'"',
    "–": b"-",
}

Lines = Sequence[tuple[str, bool]]


def encode_escpos(lines: Lines) -> bytes:
    return POS_BEGIN + _join(lines, POS_BIG, POS_PLAIN) + POS_CUT


def encode_star(lines: Lines) -> bytes:
    return STAR_BEGIN + _join(lines, STAR_BIG, STAR_PLAIN) + STAR_CUT


def encode_text(lines: Lines, *, in_utf8: bool) -> bytes:
    """Without commands; without accents for a printer that does not say that it reads UTF-8."""
    text = "".join(f"{line}\n" for line, _is_big in lines)
    return text.encode() if in_utf8 else to_code_page(text, "ascii")


def _join(lines: Lines, big: bytes, plain: bytes) -> bytes:
    encoded = [(to_code_page(text, "cp1252"), is_big) for text, is_big in lines]
    return b"".join((big + text + plain if is_big else text) + b"\n" for text, is_big in encoded)


def to_code_page(text: str, code_page: str) -> bytes:
    """A letter that is not in it loses its accent; what is left over is a question mark."""
    return b"".join(_encode_character(character, code_page) for character in text)


def _encode_character(character: str, code_page: str) -> bytes:
    try:
        return character.encode(code_page)
    except UnicodeEncodeError:
        plain = unicodedata.normalize("NFKD", character).encode("ascii", "ignore")
        return plain or IN_ASCII.get(character, b"?")
