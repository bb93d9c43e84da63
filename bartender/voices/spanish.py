"""What is said in Spanish for what is written: amounts, shares and numbers in words."""

from __future__ import annotations

import re

_SMALL = """
cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis diecisiete
dieciocho diecinueve veinte veintiuno veintidós veintitrés veinticuatro veinticinco veintiséis veintisiete
veintiocho veintinueve
"""
SMALL = tuple(_SMALL.split())
TENS = ("treinta", "cuarenta", "cincuenta", "sesenta", "setenta", "ochenta", "noventa")
HUNDREDS = (
    *("ciento", "doscientos", "trescientos", "cuatrocientos", "quinientos", "seiscientos", "setecientos"),
    *("ochocientos", "novecientos"),
)
MOST = 999_999
CURRENCIES = {"$": ("dólar", "dólares"), "€": ("euro", "euros"), "£": ("libra", "libras")}
UNITS = {
    "ml": ("mililitro", "mililitros"),
    "cl": ("centilitro", "centilitros"),
    "oz": ("onza", "onzas"),
    "g": ("gramo", "gramos"),
}
SIGNS = {"&": "y", "+": "más", "=": "igual a", "@": "arroba", "°": "grados", "%": "por ciento", "½": "medio"}

_NUMBER = r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]+(?:[.,][0-9]+)?"


def cardinal(number: int) -> str:
    if number > MOST:
        return " ".join(SMALL[int(digit)] for digit in str(number))
    if number >= 1_000:
        thousands, rest = divmod(number, 1_000)
        head = "mil" if thousands == 1 else f"{_before_noun(cardinal(thousands))} mil"
        return f"{head} {cardinal(rest)}" if rest else head
    if number >= 100:
        hundreds, rest = divmod(number, 100)
        return f"{HUNDREDS[hundreds - 1]} {cardinal(rest)}" if rest else ("cien", *HUNDREDS[1:])[hundreds - 1]
    if number >= 30:
        tens, rest = divmod(number, 10)
        return f"{TENS[tens - 3]} y {SMALL[rest]}" if rest else TENS[tens - 3]
    return SMALL[number]


def _before_noun(said: str) -> str:
    """ "Veintiún dólares", "un dólar"."""
    said = re.sub(r"veintiuno$", "veintiún", said)
    return re.sub(r"\buno$", "un", said)


def _number(written: str) -> str:
    whole, _, part = _plain(written).partition(".")
    said = cardinal(int(whole))
    return f"{said} coma {' '.join(SMALL[int(digit)] for digit in part)}" if part.strip("0") else said


def _plain(written: str) -> str:
    """Thousands as the venue writes them; a comma before one or two digits is a Spanish decimal."""
    if re.fullmatch(r"\d+,\d{1,2}", written):
        return written.replace(",", ".")
    return written.replace(",", "")


def _money(found: re.Match[str]) -> str:
    one, many = CURRENCIES[found["currency"]]
    whole, _, part = _plain(found["amount"]).partition(".")
    units, cents = int(whole), int(part[:2].ljust(2, "0")) if part else 0
    said = [f"{_before_noun(cardinal(units))} {one if units == 1 else many}"] if units or not cents else []
    if cents:
        said.append(f"{_before_noun(cardinal(cents))} {'centavo' if cents == 1 else 'centavos'}")
    return ("menos " if found["minus"] else "") + " con ".join(said)


def _measure(found: re.Match[str]) -> str:
    one, many = UNITS[found["unit"].lower()]
    said = _number(found["measure"])
    return f"{_before_noun(said)} {one if said == 'uno' else many}"


RULES = (
    ("money", rf"(?P<minus>[-−])?(?P<currency>[{''.join(CURRENCIES)}])\s?(?P<amount>{_NUMBER})", _money),
    ("percent", rf"(?P<percent>{_NUMBER})\s?%", lambda found: f"{_number(found['percent'])} por ciento"),
    ("units", rf"(?P<measure>{_NUMBER})\s?(?P<unit>{'|'.join(UNITS)})\b", _measure),
    ("times", r"(?P<times>[0-9]+)\s?[x×](?=\s|$)", lambda found: _number(found["times"])),
    ("number", rf"(?P<number>{_NUMBER})", lambda found: _number(found["number"])),
    ("sign", rf"[{''.join(SIGNS)}]", lambda found: SIGNS[found[0]]),
)
