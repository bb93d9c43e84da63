"""Claims in Spanish. Their wordings are an open set, so they are not weighed but shut out: of deeds, of
money and of numbers a model says what a tool said, word for word, and the menu's prices.

Every sentence of a model is read, whatever the visit's language: none hides from the English rules.
"""

from __future__ import annotations

import re

from bartender.conversation.gate.truth import Backing
from bartender.spanish.reading import speaks_spanish

# In no English sentence, so that a claim cannot hide among English words.
_DONE = (
    r"(?:apunt|anot|anadi|agreg|sum|pues|pus|quit|retir|borr|elimin|cancel|anul|cambi|envi|mand|pedi|"
    r"orden|encarg|"
    r"confirm|registr|cobr|pag|abon|carg|serv|prepar|incluy|inclui|met|sac|hech|devuelt|reembols|cerr|"
    r"sald|liquid|"
    r"descont|rebaj|regal|invit|deshech|reducid|bajad|ajustad|perdonad|condonad)"
)
_SURELY = re.compile(
    r"\b(?:(?:te|le|les|os|lo|la|los|las|se|ya|nos) (?:he|hemos|ha|han|has)|hemos|habeis)\b"
    rf"|\b{_DONE}(?:ado|ada|ados|adas|ido|ida|idos|idas|to|ta|tos|tas)\b"
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
# Said where the sentence is Spanish.
_NUMBERS = re.compile(
    r"[\d$€£%]|\b(?:cero|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce|trece|catorce|"
    r"quince|dieci\w+|veint\w+|"
    r"treinta|cuarenta|cincuenta|sesenta|setenta|ochenta|noventa|cien\w*|\w*cientos|mil|medi[oa]|docena|"
    r"par de|ambos|ambas|"
    r"doble|mitad|tercio|cuarto|nada|cero)\b"
)
_DEEDS = re.compile(
    rf"\b(?:{_DONE}\w*|pon\w*|pong\w*|hago|hice|hecha|hechos|va|van|voy|vas|vamos|viene|vienen|sale|"
    rf"salen|enseguida|camino|"
    r"barra|cocina|tienes|teneis|llevas|llevais|queda|quedan|quedo|quedas|esta|estan|ya|tuy[oa]s?|aqui|"
    r"ahi|trae|traigo|traen|"
    r"marcha|precio|precios|cuesta|cuestan|vale|valen|total|suma|sumas|costara|sera|seran|gastado|sube|"
    r"baja|nuevo precio|"
    r"cerrad[oa]s?|abiert[oa]s?|terminad[oa]s?|complet\w+|actualiz\w+|guard\w+|recib\w+|acept\w+|aprob\w+|"
    r"gratis|euros?|pesos|oferta|promocion|barat[oa]s?|sin coste|coste|costo|paga\w*|deb\w+|enlace)\b"
)
_ASKS = re.compile(
    r"\b(?:he|hemos|ha|han|ya|queda\w*|esta|estan|son|era\w*|fue\w*|tienes|llevas|debes|cuesta\w*|vale)\b"
)
_PRICE = re.compile(
    r"(?:(?:el|la|un|una|nuestro|nuestra) )?(?P<drink>[a-z0-9 ]+?) (?:cuesta|vale|esta a|sale a) "
    r"\$ ?(?P<dollars>\d+)(?:[.,](?P<cents>\d\d))?[.!]*"
)
_SHOWN = re.compile(r"\$ ?(\d[\d,]*)(?:\.(\d\d))?")
_QUESTION = re.compile(r"\?[\"')]*$")


def false_in_spanish(said: str, backing: Backing, *, spanish: bool) -> bool:
    """`said` is plain, `spanish` the visit's language. A price of the menu is the one number let through."""
    if _a_price(said, backing):
        return False
    asks = _QUESTION.search(said) is not None
    if _SURELY.search(said):
        return not (asks and _only_asks(said))
    if not speaks_spanish(said, spanish=spanish):
        return False
    if _NUMBERS.search(said):
        return True
    return _DEEDS.search(said) is not None and not (asks and _only_asks(said))


def unknown_amount(said: str, backing: Backing) -> bool:
    """The house's own Spanish tells facts; its amounts must be known ones. What it quotes is not for here."""
    known = backing.anything() | {
        drink.price_cents + modifier.price_cents
        for drink in (backing.menu.drinks if backing.menu else ())
        for modifier in drink.modifiers
    }
    shown = {int(whole.replace(",", "")) * 100 + int(part or 0) for whole, part in _SHOWN.findall(said)}
    return not shown <= known


def _only_asks(said: str) -> bool:
    """ "¿Te traigo la cuenta?" offers; "¿ya está pagada, verdad?" tells."""
    return not (_ASKS.search(said) or _NUMBERS.search(said) or re.search(r"[.!;:,] ?\S", said))


def _a_price(said: str, backing: Backing) -> bool:
    found = _PRICE.fullmatch(said)
    drink = backing.menu.find(found["drink"]) if found and backing.menu else None
    if found is None or drink is None:
        return False
    return int(found["dollars"]) * 100 + int(found["cents"] or 0) in backing.prices(drink.name)
