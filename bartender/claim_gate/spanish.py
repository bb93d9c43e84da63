"""Checks claims in Spanish sentences.

Spanish wordings are not analysed as English ones are. Instead a model may say nothing about actions, money or
numbers, except a tool's own sentence word for word and the menu's prices. Every sentence of a model is read,
whatever the visit's language, so that none escapes the English rules by being Spanish.
"""

from __future__ import annotations

import re

from bartender.claim_gate.amounts import find_amounts
from bartender.claim_gate.evidence import Evidence
from bartender.spanish.to_english import is_spanish_sentence
from maya_site.core.currencies import SYMBOL_CHARACTERS

# Words that occur in no English sentence: checked in all, so that no claim hides among English words.
_ACTION_STEMS = (
    r"(?:apunt|anot|anadi|agreg|sum|pues|pus|quit|retir|borr|elimin|cancel|anul|cambi|envi|mand|pedi|"
    r"orden|encarg|"
    r"confirm|registr|cobr|pag|abon|carg|serv|prepar|incluy|inclui|met|sac|hech|devuelt|reembols|cerr|"
    r"sald|liquid|"
    r"descont|rebaj|regal|invit|deshech|reducid|bajad|ajustad|perdonad|condonad)"
)
_CLAIM_WORDS = re.compile(
    r"\b(?:(?:te|le|les|os|lo|la|los|las|se|ya|nos) (?:he|hemos|ha|han|has)|hemos|habeis)\b"
    rf"|\b{_ACTION_STEMS}(?:ado|ada|ados|adas|ido|ida|idos|idas|to|ta|tos|tas)\b"
    r"|\b(?:apunte|anote|anadi|agregue|borre|elimine|cancele|cobre|cobramos|pagaste|pagasteis|"
    r"envie|mande|puse)\b"
    r"|\b(?:dolar|dolares|pavos|centavos|centimos|por ?ciento|cuenta|cuentas|propinas?|pedidos?|saldo|"
    r"deuda|importe|recibo|factura|descuentos?|rebaja|gratuit[oa]s?|cortesia|obsequio|invitacion)\b"
    r"|\b(?:invita|paga|regala|pone) la casa\b|\bla casa (?:invita|paga|regala|te|os)\b|\b(?:de|"
    r"por) (?:cuenta de )?la casa\b"
    r"|\b(?:invitad|pagad|cobrad|saldad|listo|lista|hecho|marchando|apuntad|anotad)[oa]?s?\b"
    r"|\bson (?:solo |unos |en total )?\$? ?\d|\bno (?:me )?debes\b|\bdebes\b|\bte debo\b|"
    r"\bcorre de (?:mi|nuestra)\b"
    r"|\bno (?:tienes|hay) (?:nada )?que pagar\b|\bte lo (?:regalo|dejo)\b|\binvito yo\b|\byo invito\b|"
    r"\bte invit"
)
# Checked only in a sentence that is Spanish.
_NUMBER_WORDS = re.compile(
    r"[\d$€£%]|\b(?:cero|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce|trece|catorce|"
    r"quince|dieci\w+|veint\w+|"
    r"treinta|cuarenta|cincuenta|sesenta|setenta|ochenta|noventa|cien\w*|\w*cientos|mil|medi[oa]|docena|"
    r"par de|ambos|ambas|"
    r"doble|mitad|tercio|cuarto|nada|cero)\b"
)
_ACTION_WORDS = re.compile(
    rf"\b(?:{_ACTION_STEMS}\w*|pon\w*|pong\w*|hago|hice|hecha|hechos|va|van|voy|vas|vamos|viene|vienen|sale|"
    rf"salen|enseguida|camino|"
    r"barra|cocina|tienes|teneis|llevas|llevais|queda|quedan|quedo|quedas|esta|estan|ya|tuy[oa]s?|aqui|"
    r"ahi|trae|traigo|traen|"
    r"marcha|precio|precios|cuesta|cuestan|vale|valen|total|suma|sumas|costara|sera|seran|gastado|sube|"
    r"baja|nuevo precio|"
    r"cerrad[oa]s?|abiert[oa]s?|terminad[oa]s?|complet\w+|actualiz\w+|guard\w+|recib\w+|acept\w+|aprob\w+|"
    r"gratis|euros?|pesos|oferta|promocion|barat[oa]s?|sin coste|coste|costo|paga\w*|deb\w+|enlace)\b"
)
_ASSERTING_WORDS = re.compile(
    r"\b(?:he|hemos|ha|han|ya|queda\w*|esta|estan|son|era\w*|fue\w*|tienes|llevas|debes|cuesta\w*|vale)\b"
)
_CURRENCY_SIGN = rf"(?:[{SYMBOL_CHARACTERS}]|\b[a-z]{{3,4}}(?= \d))"
_PRICE_STATEMENT = re.compile(
    r"(?:(?:el|la|un|una|nuestro|nuestra) )?(?P<drink>[a-z0-9 ]+?) (?:cuesta|vale|esta a|sale a) "
    rf"(?P<price>{_CURRENCY_SIGN} ?\d[\d,]*(?:[.,]\d+)?)[.!]*"
)
_SIGNED_AMOUNT = re.compile(rf"{_CURRENCY_SIGN} ?\d[\d,]*(?:\.\d+)?")
_QUESTION = re.compile(r"\?[\"')]*$")


def is_false_spanish_claim(text: str, evidence: Evidence, *, is_spanish: bool) -> bool:
    """Whether the sentence must be withheld. `text` is normalized; `is_spanish`: the visit is in Spanish. Of
    all numbers only a price of the menu passes."""
    if _is_menu_price(text, evidence):
        return False
    asks = _QUESTION.search(text) is not None
    if _CLAIM_WORDS.search(text):
        return not (asks and _is_pure_question(text))
    if not is_spanish_sentence(text, is_spanish_visit=is_spanish):
        return False
    if _NUMBER_WORDS.search(text):
        return True
    return _ACTION_WORDS.search(text) is not None and not (asks and _is_pure_question(text))


def has_unknown_amount(text: str, evidence: Evidence) -> bool:
    """Whether the text names an amount that is not in the evidence. For the rule-based brain's own Spanish;
    not for text that quotes anybody."""
    known = evidence.all_amounts() | {
        drink.price_cents + modifier.price_cents
        for drink in (evidence.menu.drinks if evidence.menu else ())
        for modifier in drink.modifiers
    }
    found = find_amounts(text, (), evidence.bill.currency)
    return not all(one.cents & known for one in found if _SIGNED_AMOUNT.search(text, one.start, one.end))


def _is_pure_question(text: str) -> bool:
    """Whether the text only asks. "¿Te traigo la cuenta?" does, "¿ya está pagada, verdad?" also asserts."""
    return not (
        _ASSERTING_WORDS.search(text) or _NUMBER_WORDS.search(text) or re.search(r"[.!;:,] ?\S", text)
    )


def _is_menu_price(text: str, evidence: Evidence) -> bool:
    found = _PRICE_STATEMENT.fullmatch(text)
    drink = evidence.menu.find_drink(found["drink"]) if found and evidence.menu else None
    if found is None or drink is None:
        return False
    said_price = re.sub(r",(?=\d\d$)", ".", found["price"])  # a Spanish decimal
    read = find_amounts(said_price, (), evidence.bill.currency)
    return len(read) == 1 and bool(read[0].cents & evidence.item_prices(drink.name))
